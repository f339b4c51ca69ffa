"""Forms of this part."""
