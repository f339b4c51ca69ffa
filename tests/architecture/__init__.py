"""The house rules that a machine can check, each shown to be able to fail."""
