"""The one blueprint that the pages of people cared for stand on."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("patient", __name__)
