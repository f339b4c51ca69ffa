"""Finding people cared for, by subject."""
