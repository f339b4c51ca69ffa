"""What people write about bubbles, by subject."""
