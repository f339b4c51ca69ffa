"""Plug uploads into the application."""

from __future__ import annotations

from flask import Flask


def init_app(_app: Flask) -> None:
    """Register what this package offers."""
