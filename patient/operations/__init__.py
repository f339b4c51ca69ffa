"""The verbs of people cared for, by subject."""
