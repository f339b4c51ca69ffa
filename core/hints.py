"""What leaves for open pages: beside the requests, in order, and never waited for.

In a command or a test there is one thing at a time: it leaves at once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger(__name__)
Job = Callable[[], None]
MOST_WAITING = 2_000
"""Beyond this the newest are lost: pages look again by themselves."""


class HintLine:
    """The one line in which hints wait, and the thread that lets them out."""

    def __init__(self) -> None:
        """Nothing waits, and nobody serves yet."""
        self.waiting: queue.Queue[Job] | None = None
        self.is_full = False

    def open(self, app: Flask) -> None:
        """From now on nobody waits for a hint: the server begins."""
        self.waiting = queue.Queue(MOST_WAITING)
        threading.Thread(
            target=_let_out, args=(app, self.waiting), daemon=True, name="hints"
        ).start()

    def send(self, job: Job) -> None:
        """Do it soon, or now where nothing is served."""
        if self.waiting is None:
            _do(job)
            return
        was_full, self.is_full = self.is_full, False
        try:
            self.waiting.put_nowait(job)
        except queue.Full:
            self.is_full = True
        if self.is_full and not was_full:
            log.error("hints_lost", waiting=MOST_WAITING)


line = HintLine()


def _let_out(app: Flask, waiting: queue.Queue[Job]) -> None:
    while True:
        job = waiting.get()
        with app.app_context():  # whose end lets the database go
            _do(job)


def _do(job: Job) -> None:
    try:
        job()
    except Exception:  # a hint may be lost; what it spoke of is stored
        log.exception("hint_failed")
