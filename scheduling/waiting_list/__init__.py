"""Wishes for an earlier slot, time that came back, and offers of it."""
