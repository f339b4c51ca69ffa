"""Plug uploads into the application."""

from __future__ import annotations

from flask import Flask

from core import outbox
from core.authorization import register_rules
from uploads import storage
from uploads.operations import DISCARD, discard_bytes
from uploads.policy import RULES


def init_app(app: Flask) -> None:
    register_rules(RULES)
    storage.init_app(app, app.config["ALVEOLE"])
    outbox.register_handler(DISCARD, discard_bytes)
