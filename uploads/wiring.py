"""Plug uploads into the application."""

from __future__ import annotations

from flask import Flask

from core import outbox
from core.authorization import register_rules
from uploads import cli as _commands  # noqa: F401  (adds its commands to « flask doctor »)
from uploads import storage, upkeep
from uploads.operations import DISCARD, discard_bytes
from uploads.policy import RULES
from uploads.views import bp


def init_app(app: Flask) -> None:
    register_rules(RULES)
    app.register_blueprint(bp)
    storage.init_app(app, app.config["ALVEOLE"])
    outbox.register_handler(DISCARD, discard_bytes)
    outbox.register_handler(upkeep.KIND, upkeep.tidy)
    outbox.register_regular(upkeep.KIND)
