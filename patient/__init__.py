"""People cared for: who they are, in which bubbles, followed by whom."""
