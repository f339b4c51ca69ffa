"""What becomes of hours when a bubble changes its time zone."""
