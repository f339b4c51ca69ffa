"""The one blueprint that the pages of caregivers stand on."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("caregiver", __name__)
