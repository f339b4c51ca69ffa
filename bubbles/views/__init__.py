"""The pages of bubbles, by subject."""
