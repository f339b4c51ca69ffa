"""Everything that changes a professional face and its papers."""
