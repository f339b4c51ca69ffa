"""The one blueprint that all the pages of accounts stand on."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("security", __name__)
