"""Socket handlers that look like views: fresh actor in, plain answer out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any

import structlog
from flask import current_app, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import disconnect, join_room

from core.database import db
from core.errors import DomainError, TooManyRequestsError
from core.extensions import socketio
from core.transaction import after_commit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

    from core.config import Config

log = structlog.get_logger(__name__)
Payload = dict[str, Any]
Handler = Callable[[Any, Payload], Payload]
Identify = Callable[[], tuple[Any, int] | None]
Reload = Callable[[int, bool], Any]

MAX_PER_PERSON = 10
SPARE = 50
"""Connections beyond the share that may knock, to be told politely that it is full."""
PATH = "/socket.io/"
FRAME_BYTES = 64 * 1024
_sessions: dict[str, tuple[int, int]] = {}
"""This process's connections: socket id → (session id, user id)."""
_identify: list[Identify] = []
_reload: list[Reload] = []


def register_identity(identify: Identify, reload: Reload) -> None:
    """Say how a connection tells who it is, and how that is asked again at each event.

    ``identify`` reads the request and returns the person and the id of their session; ``reload``
    takes that id and returns the person, or ``None`` once the session has ended; it is also told
    whether a person did something, which keeps their session alive.
    """
    _identify[:] = [identify]
    _reload[:] = [reload]


def user_room(user_id: int) -> str:
    """Name the one room each connection joins: its own person's."""
    return f"user:{user_id}"


def hint(event: str, payload: Payload, user_ids: list[int]) -> None:
    """After the commit, tell these people's open pages to look again; may be lost.

    The recipients are the ones given, computed by the caller inside the transaction.
    """
    rooms = [user_room(user_id) for user_id in user_ids]
    if rooms:
        after_commit(lambda: socketio.emit(event, payload, to=rooms))


def close_session(session_id: int) -> None:
    """After the commit, cut the connections of one ended session that this process holds."""

    def cut() -> None:
        for sid, (known, _user) in list(_sessions.items()):
            if known == session_id:
                disconnect(sid=sid, namespace="/")

    after_commit(cut)


def on(event: str, *, by_person: bool = True) -> Callable[[Handler], Handler]:
    """Register a handler; the session and its person are loaded again for every single event.

    ``by_person`` is false for what a page sends by itself: it prolongs no session.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def run(data: object = None) -> Payload | None:
            actor = _actor_now(by_person=by_person)
            if actor is None:
                disconnect()
                return None
            if not isinstance(data, dict):
                return {"ok": False, "error": "malformed"}
            return _answer(handler, actor, data)

        socketio.on_event(event, run)
        return handler

    return decorate


def _answer(handler: Handler, actor: Any, data: Payload) -> Payload:
    try:
        return {"ok": True, **handler(actor, data)}
    except TooManyRequestsError as error:
        return {"ok": False, "error": error.code, "retry_after": error.retry_after}
    except DomainError as error:
        return {"ok": False, "error": error.code, "message": str(error.message)}
    except Exception:  # the socket outlives a fault, as a page does
        log.exception("socket_handler_failed")
        return {"ok": False, "error": "internal_error"}
    finally:
        db.session.remove()


def _actor_now(*, by_person: bool) -> Any:
    known = _sessions.get(request.sid)  # type: ignore[attr-defined]
    return _reload[0](known[0], by_person) if known else None


def _connect(_auth: object = None) -> None:
    identity = _identify[0]() if _identify else None
    if identity is None:
        raise Refused("signed_out")
    actor, session_id = identity
    config: Config = current_app.config["ALVEOLE"]
    if len(_sessions) >= config.realtime.max_sockets:
        raise Refused("full")
    if sum(user == actor.id for _session, user in _sessions.values()) >= MAX_PER_PERSON:
        raise Refused("full")
    _sessions[request.sid] = (session_id, actor.id)  # type: ignore[attr-defined]
    join_room(user_room(actor.id))
    db.session.remove()


def _disconnect(_reason: object = None) -> None:
    _sessions.pop(request.sid, None)  # type: ignore[attr-defined]


def _at_the_door(app: Flask, inside: WSGIApplication, most: int) -> WSGIApplication:
    """Turn away, before anything stays open, who is not signed in and whom there is no room for.

    Otherwise a visitor could leave silent connections open until no page is answered any more.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PATH):
            return inside(environ, start_response)
        status = ""
        if _count_open() >= most + SPARE:
            status = "503 Service Unavailable"
        elif not _is_known(app, environ):
            status = "401 Unauthorized"
        if not status:
            return inside(environ, start_response)
        start_response(status, [("Content-Length", "0"), ("Cache-Control", "no-store")])
        return [b""]

    return answer


def _count_open() -> int:
    """Count without the closed ones, which the library keeps for some twenty seconds more."""
    return sum(not one.closed for one in socketio.server.eio.sockets.values())


def _is_known(app: Flask, environ: WSGIEnvironment) -> bool:
    with app.request_context(environ):
        try:
            return bool(_identify and _identify[0]())
        finally:
            db.session.remove()


def init_app(app: Flask, config: Config) -> None:
    """Accept signed-in connections only, and no more than pages can bear."""
    _sessions.clear()
    socketio.init_app(
        app,
        async_mode=app.config.get("SOCKETIO_ASYNC_MODE", "threading"),
        message_queue=config.realtime.message_queue or None,
        max_http_buffer_size=FRAME_BYTES,
        manage_session=False,
        cors_allowed_origins=app.config.get("SOCKETIO_ORIGINS"),
        serve_client=False,
        transports=["websocket"],  # the only one that our pages speak
        logger=False,
        engineio_logger=False,
    )
    app.wsgi_app = _at_the_door(app, app.wsgi_app, config.realtime.max_sockets)  # type: ignore[assignment,method-assign]
    socketio.on_event("connect", _connect)
    socketio.on_event("disconnect", _disconnect)
