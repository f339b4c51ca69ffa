"""Who is there: visitors carry a signed cookie, signed-in people one random token.

The row behind the token can be ended at any moment; nothing about the person is in the cookie.
"""

from __future__ import annotations

import copy
import re
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, g, request
from flask import session as flask_session
from flask.globals import request_ctx
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from core import clock, database_faults, flashes
from core.database_faults import FAULT
from core.errors import DatabaseAwayError
from core.sockets import is_said_on_a_line
from core.transaction import end_reading
from core.web import PERSON_LOCALE, is_cookieless_request, is_unattended_request, observe
from security import cookies
from security.live_sessions import find_live_session, find_session_owner, get_live_session
from security.models import Session, User
from security.operations.sessions import is_proof_fresh, keep_data, note_seen

SEEN_EVERY = timedelta(minutes=1)


class VisitorSession(SecureCookieSession):
    """A visitor's few facts, signed, in the cookie itself."""

    successor: str | None = None
    """The token that replaces this session with the answer; empty to leave without any."""
    ended_token = ""
    """What the browser carries of a session that lives no more."""


class UnreadSession(VisitorSession):
    """What stands for a session that is not read: nothing of it reaches the browser.

    The database is away, or something is said on an open line, which is asked for by itself.
    """


class DeviceSession(VisitorSession):
    """A signed-in device's facts, kept in its row."""

    def __init__(self, row: Session) -> None:
        """Remember what was read, to write back only what changes."""
        super().__init__(row.data)
        self.modified = self.accessed = False
        self.session_id = row.id
        self.secret = row.secret
        self.user = row.user
        self.proved_at = row.proved_at
        self.lacks_strong_step = row.lacks_strong_step
        self.as_read = copy.deepcopy(row.data)  # a list that grows is a change as well
        self.said = cookies.said(row.id)
        """What the browser carries of what is to be said once."""
        self.ends_at = row.ends_at

    def hear(self) -> None:
        """Take in what the browser carries."""
        messages = flashes.read(self.said)
        if messages:
            self[flashes.KEY] = [*self.get(flashes.KEY, []), *messages]
        self.modified = self.accessed = False

    def see(self) -> None:
        """Note that the person is there: the session rests anew from now."""
        observe(self._note_seen)

    def _note_seen(self) -> None:
        self.ends_at = note_seen(self.session_id) or self.ends_at


class SessionInterface(SecureCookieSessionInterface):
    """Opens and saves both kinds. A token has no dot, a signed cookie always has."""

    session_class = VisitorSession

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie, unless the view works without one."""
        # A context that outlives a request (a command, a socket) must forget who was there.
        g.pop("_login_user", None)
        if request_ctx.url_adapter is not None:
            request_ctx.match_request()  # Flask would match later; which view it is matters here
        if is_said_on_a_line(request.environ):
            return UnreadSession()  # the cookie is of when it was opened: see reload_connection
        if is_cookieless_request():
            return None
        value = request.cookies.get(self.get_cookie_name(app), "")
        if not value or "." in value:
            return super().open_session(app, request)
        try:
            with database_faults.translated():
                return self._device(value, request)
        except DatabaseAwayError as error:
            end_reading()
            request.environ[FAULT] = error  # the first guard says it
            return UnreadSession()

    def _device(self, token: str, request: Request) -> SecureCookieSession:
        row = find_live_session(token)
        if row is None:
            stale = VisitorSession()
            stale.ended_token = token
            # Empty and modified: Flask deletes the cookie. Not for what pages ask by themselves: an
            # answer on its way while the token is renewed would take the new one away.
            stale.modified = not is_unattended_request()
            return stale
        request.environ[PERSON_LOCALE] = row.user.locale
        device = DeviceSession(row)
        device.hear()
        attended = request.endpoint is not None and not is_unattended_request()
        if attended and clock.now() - row.last_seen_at >= SEEN_EVERY:
            device.see()
        return device

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what changed; or hand the browser its new token, or take it away."""
        if isinstance(session, UnreadSession) or FAULT in request.environ:
            return  # the browser keeps the cookie that it has
        if not isinstance(session, VisitorSession):
            super().save_session(app, session, response)
        elif session.successor is not None:
            if session.successor and isinstance(session, DeviceSession):
                _save_device(
                    session, response
                )  # the same device goes on, with what it is to be told
            self._hand_over(app, session.successor, response)
        elif isinstance(session, DeviceSession):
            _save_device(session, response)
            response.vary.add("Cookie")
        else:
            super().save_session(app, session, response)

    def _hand_over(self, app: Flask, token: str, response: Response) -> None:
        settings: dict[str, Any] = {
            "path": "/",
            "httponly": True,
            "secure": self.get_cookie_secure(app),
            "samesite": self.get_cookie_samesite(app),
        }
        name = self.get_cookie_name(app)
        if token:
            response.set_cookie(name, token, **settings)
        else:
            response.delete_cookie(name, **settings)
        response.vary.add("Cookie")


def _save_device(session: DeviceSession, response: Response) -> None:
    if not session.modified:
        return
    said, others = flashes.written(session.pop(flashes.KEY, []))
    if others:
        session[flashes.KEY] = others
    if said != session.said:
        cookies.keep_said(response, session.session_id, said)
    changes = {key: value for key, value in session.items() if session.as_read.get(key) != value}
    removed = session.as_read.keys() - session.keys()
    if changes or removed:
        observe(lambda: keep_data(session.session_id, changes, set(removed)))


def _current() -> VisitorSession | None:
    session = flask_session._get_current_object()  # type: ignore[attr-defined]
    return session if isinstance(session, VisitorSession) else None


def start(token: str) -> None:
    """Give the browser a new token with the answer; what the visitor carried is dropped."""
    g.pop("_login_user", None)  # whoever was there is asked for again
    session = _current()
    if session is not None:
        session.successor = token


def forget() -> None:
    """Take the cookie away with the answer."""
    g.pop("_login_user", None)  # whoever was there is asked for again
    start("")


def current_session_id() -> int | None:
    """Return the id of the signed-in device that asks."""
    session = _current()
    return session.session_id if isinstance(session, DeviceSession) else None


def current_session_secret() -> str | None:
    """Return what only this signed-in device is bound by; a number could come back, this cannot."""
    session = _current()
    return session.secret if isinstance(session, DeviceSession) else None


def seconds_left() -> int | None:
    """Return how long the session at hand lasts if nothing more happens; nothing for a visitor."""
    session = _current()
    if not isinstance(session, DeviceSession):
        return None
    return max(0, int((session.ends_at - clock.now()).total_seconds()))


def prolong() -> int | None:
    """Let the session rest anew from this very moment, and say how long it lasts."""
    session = _current()
    if isinstance(session, DeviceSession):
        session.see()
    return seconds_left()


def is_fresh() -> bool:
    """Say whether the person proved on this device, minutes ago, who they are."""
    session = _current()
    return isinstance(session, DeviceSession) and is_proof_fresh(session.proved_at)


def owner_of_browser() -> int | None:
    """Return whose session this browser carries, alive or just ended: whose words a form holds."""
    session = _current()
    if isinstance(session, DeviceSession):
        return session.user.id
    ended = session.ended_token if session is not None else ""
    return find_session_owner(ended) if ended else None


def lacks_strong_step() -> bool:
    """Say whether this session opens nothing before the person adds an app or a passkey."""
    session = _current()
    return isinstance(session, DeviceSession) and session.lacks_strong_step


def load_person(_request: Request) -> User | None:
    """Answer Flask-Login: the person of the session that was opened for this request."""
    session = _current()
    return session.user if isinstance(session, DeviceSession) else None


def identify_connection() -> tuple[User, str] | None:
    """Tell whose socket this is, from the cookie of its handshake."""
    session = _current()
    if not isinstance(session, DeviceSession) or session.lacks_strong_step:
        return None
    return session.user, session.secret


def reload_connection(
    secret: str,
    user_id: int,
    by_person: bool,  # noqa: FBT001  (a hook)
) -> User | None:
    """Tell again who it is, at each event of an open socket; what a person does keeps it alive."""
    row = get_live_session(secret)
    if row is None or row.user_id != user_id or row.lacks_strong_step:
        return None
    request.environ[PERSON_LOCALE] = row.user.locale
    if by_person and clock.now() - row.last_seen_at >= SEEN_EVERY:
        observe(lambda: note_seen(row.id))
    return row.user


_KINDS = (
    (re.compile(r"iPad|Tablet|Android(?!.*Mobile)"), "tablet"),
    (re.compile(r"iPhone|Mobile"), "phone"),
    (re.compile(r"Windows|Macintosh|Linux|X11|CrOS"), "computer"),
)
_SYSTEMS = (
    (re.compile(r"Windows"), "Windows"),
    (re.compile(r"iPad"), "iPad"),
    (re.compile(r"iPhone"), "iPhone"),
    (re.compile(r"Macintosh"), "Mac"),
    (re.compile(r"Android"), "Android"),
    (re.compile(r"CrOS"), "ChromeOS"),
    (re.compile(r"Linux|X11"), "Linux"),
)
_BROWSERS = (
    (re.compile(r"Edg[A-Z/]"), "Edge"),
    (re.compile(r"OPR/"), "Opera"),
    (re.compile(r"SamsungBrowser"), "Samsung"),
    (re.compile(r"Firefox|FxiOS"), "Firefox"),
    (re.compile(r"Chrome|CriOS|Chromium"), "Chrome"),
    (re.compile(r"Safari"), "Safari"),
)


def describe_device(user_agent: str) -> str:
    """Return kind, system and browser, as far as they say it: « computer Windows Firefox »."""
    described = [
        next((word for pattern, word in words if pattern.search(user_agent)), "-")
        for words in (_KINDS, _SYSTEMS, _BROWSERS)
    ]
    return " ".join(described)


def configure(app: Flask) -> None:
    """Name the cookie, and let it travel as little as browsers allow."""
    production = not app.config["ALVEOLE"].is_demo
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if production else "session",
        SESSION_COOKIE_SECURE=production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        REMEMBER_COOKIE_NAME=";",  # none can be called so: Flask-Login reads no cookie of its own
    )
    app.session_interface = SessionInterface()
