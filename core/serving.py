"""What a serving process does beside its pages: hints, a look at its sockets, signs of life."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from core import hints, processes, sockets

if TYPE_CHECKING:
    from flask import Flask

    from core.config import Config

log = structlog.get_logger(__name__)


def start_beside_pages(app: Flask) -> Callable[[], None]:
    """Begin, once, in a process that serves; return what ends it.

    Raises:
        ConfigError: another process serves already, and nothing connects the two.
    """
    config: Config = app.config["ALVEOLE"]
    heart = processes.start(app, config)
    hints.line.open(app)
    sockets.keep_sweeping(app)

    def stop() -> None:
        with app.app_context():
            try:
                heart.stop()
            except Exception:  # its row is old in a few seconds
                log.exception("sign_of_life_not_taken_away")

    return stop
