"""Requests of somebody who is signed in, for what a view calls."""

from __future__ import annotations

import contextlib

from core.authorization import System
from security.operations.sessions import open_session


def cookie_of(app, actor) -> str:
    """Sign somebody in, and return what their browser sends from then on."""
    token = open_session(System("tests"), actor, device="computer Linux Firefox")
    return f"{app.config['SESSION_COOKIE_NAME']}={token}"


@contextlib.contextmanager
def request_of(app, actor, *args, **kwargs):
    """Open a request that carries the cookie of a session of theirs."""
    cookie = cookie_of(app, actor)
    with app.test_request_context(*args, headers={"Cookie": cookie}, **kwargs) as context:
        yield context
