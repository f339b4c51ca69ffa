"""The patient's path: what can be booked, hold, confirm, move, cancel, their appointments."""
