"""Conversations between patients and those who follow them."""
