"""The one blueprint that files sent in parts stand on."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("uploads", __name__)
