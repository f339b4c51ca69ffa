"""The verbs of bubbles, by subject."""
