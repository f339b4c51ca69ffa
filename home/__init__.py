"""Pages that compose: they read everything; their only table is how far one is in the first steps."""
