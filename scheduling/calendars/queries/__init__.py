"""Finding calendar links, and what they open."""
