"""Appointments hit by an absence, and proposals of another hour."""
