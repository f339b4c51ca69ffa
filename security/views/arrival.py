"""The last answer of every sign-in: a session, a browser that is known from now on, a way on."""

from __future__ import annotations

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from core.web import safe_next
from security import cookies, sessions


def arrive(token: str, browser: str, *, is_asked_for_more: bool) -> Response:
    """Open the session, and lead where the person was going.

    Whoever answers for others is first asked for an app or a passkey.
    """
    suite = safe_next(session.get("suite")) or url_for("home.start")
    sessions.start(token)
    target = url_for("security.protect", suite=suite) if is_asked_for_more else suite
    answer = redirect(target)
    cookies.keep_browser(answer, browser)
    return answer
