"""Judging files by their content, before anything is kept."""
