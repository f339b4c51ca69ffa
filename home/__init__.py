"""Pages that compose: they read everything; their one table is how far first steps are."""
