"""Accounts: who you are, and how you prove it."""
