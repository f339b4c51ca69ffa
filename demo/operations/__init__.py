"""Writing the demonstration: who is there, what they do together, what they keep."""
