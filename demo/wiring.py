"""Plug the first look into the application, in demo mode only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from core.authorization import register_rules
from core.page_slots import fill
from demo.cli import greet, seed
from demo.policy import RULES
from demo.views import bp

if TYPE_CHECKING:
    from core.config import Config


def init_app(app: Flask) -> None:
    """Nothing of this exists in production: no page, no command."""
    config: Config = app.config["ALVEOLE"]
    if not config.is_demo:
        return
    register_rules(RULES)
    app.cli.add_command(seed)
    fill("greeting", greet)
    if config.has_mailbox:
        app.register_blueprint(bp)
