"""Feed links, and appointments as calendar programs read them."""
