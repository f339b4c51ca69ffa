"""Pages that compose: they read everything and own no table."""
