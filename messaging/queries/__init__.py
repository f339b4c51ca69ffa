"""Finding conversations, by subject."""
