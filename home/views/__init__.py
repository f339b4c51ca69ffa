"""The composed pages, by subject."""
