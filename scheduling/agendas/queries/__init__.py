"""Queries of this part."""
