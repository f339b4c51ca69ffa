"""Socket handlers that look like views: fresh actor in, plain answer out."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from flask import current_app, request
from flask.globals import request_ctx
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import disconnect, join_room
from socketio.packet import Packet
from werkzeug.wrappers import Response

from core import body_limits, database_faults, database_patience, hints, numbering, tokens
from core.database_faults import FAULT
from core.errors import (
    AWAY,
    DatabaseAwayError,
    DomainError,
    TooManyRequestsError,
    UnavailableError,
)
from core.extensions import socketio
from core.hint_queue import HintQueue, list_sids
from core.origins import is_foreign
from core.transaction import after_commit, let_go

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

    from core.config import Config

log = structlog.get_logger(__name__)
Payload = dict[str, Any]
Handler = Callable[[Any, Payload], Payload]
Identify = Callable[[], tuple[Any, str] | None]
Reload = Callable[[str, int, bool], Any]
Live = Callable[[list[int]], set[str]]


class Holder(NamedTuple):
    """Whose socket it is: a session, known by its secret and not by its number, of one person."""

    secret: str
    user_id: int


class Identity(NamedTuple):
    """How sockets learn who is there."""

    identify: Identify
    reload: Reload
    live: Live


MAX_PER_PERSON = 10
SPARE = 50
"""Connections beyond the share that may knock, to be told politely that it is full."""
SPARE_OF_ONE = 5
"""Of them, those of one person."""
PATH = "/socket.io/"
HOLDER = "alveole.socket_holder"
"""Where a handshake that was let in keeps whose it is, for all that is said on its line."""
FRAME_BYTES = 64 * 1024
SWEEP_SECONDS = 5.0
"""How often ended sessions are looked for that nobody announced: those that rested too long."""
_holders: dict[str, Holder] = {}
"""This process's connections that have said whose they are."""
_lines: Counter[int] = Counter()
"""Its open lines by person, those on which nothing was ever said included."""
_lines_lock = threading.Lock()
_identity: list[Identity] = []


class TextPacket(Packet):
    """What our pages say: texts. The library keeps announced attachments, however many come."""

    def decode(self, encoded_packet: str) -> int:
        """Read one.

        Raises:
            ValueError: it announces attachments.
        """
        if super().decode(encoded_packet):
            raise ValueError("attachments are taken by no event of ours")
        return 0


def register_identity(identify: Identify, reload: Reload, live: Live) -> None:
    """Say how a connection tells who it is, and how that is asked again.

    ``identify`` reads the request and returns the person and the secret of their session;
    ``reload`` takes that secret and the person's id, and returns the person, or ``None`` once the
    session has ended; it is also told whether a person did something, which keeps their session
    alive. ``live`` returns the secrets of all sessions of these people that have not ended.
    """
    _identity[:] = [Identity(identify, reload, live)]


def is_said_on_a_line(environ: WSGIEnvironment) -> bool:
    """Say whether a request stands for something said on an open line, whose session is known."""
    return HOLDER in environ


def session_room(secret: str) -> str:
    """Name the one room each connection joins: its session's, in letters that open nothing."""
    return f"session:{tokens.hash_token(f'room {secret}')}"


def hint(event: str, payload: Payload, user_ids: list[int]) -> None:
    """After the commit, tell these people's open pages to look again; may be lost.

    The recipients are the ones given, computed by the caller inside the transaction. Which of
    their sessions still live is asked when the hint leaves: one that has ended hears nothing, in
    whatever process its socket is.
    """
    if user_ids:
        after_commit(lambda: hints.line.send(lambda: _emit(event, payload, user_ids)))


def _emit(event: str, payload: Payload, user_ids: list[int]) -> None:
    secrets = _identity[0].live(user_ids) if _identity else set()
    if secrets:
        socketio.emit(event, payload, to=[session_room(secret) for secret in sorted(secrets)])


def close_session(secret: str) -> None:
    """After the commit, cut the connections of one ended session, in every process."""
    room = session_room(secret)

    def cut() -> None:
        _cut_here(room)
        hints.line.send(lambda: _cut_elsewhere(room))

    after_commit(cut)


def _cut_here(room: str) -> None:
    manager = socketio.server.manager if socketio.server else None
    for sid in list_sids(manager, room) if manager else []:
        socketio.server.disconnect(sid, namespace="/", ignore_queue=True)


def _cut_elsewhere(room: str) -> None:
    manager = socketio.server.manager if socketio.server else None
    if isinstance(manager, HintQueue):
        manager.end_room(room)


def sweep() -> int:
    """Cut the connections of this process whose session has ended without a word; say how many."""
    held = set(_holders.values())
    live = _identity[0].live(sorted({holder.user_id for holder in held})) if held else set()
    ended = {holder for holder in held if holder.secret not in live}
    for holder in ended:
        _cut_here(session_room(holder.secret))
    return len(ended)


def keep_sweeping(app: Flask) -> None:
    """Look for ended sessions every few seconds, beside the pages; run once, in a server."""

    def run() -> None:
        while True:
            time.sleep(SWEEP_SECONDS)
            with app.app_context():
                try:
                    sweep()
                except Exception:  # the next look may succeed, and events are judged anyway
                    log.exception("sockets_not_swept")

    threading.Thread(target=run, daemon=True, name="sockets").start()


def on(event: str, *, by_person: bool = True) -> Callable[[Handler], Handler]:
    """Register a handler; the session and its person are loaded again for every single event.

    ``by_person`` is false for what a page sends by itself: it prolongs no session.
    """

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def run(data: object = None) -> Payload | None:
            reference = numbering.give_number(method="SOCKET", path=event)
            answer = _answer(handler, data, by_person=by_person)
            if answer is None:
                disconnect()
            elif not answer["ok"]:
                log.info("refused", error=answer["error"])
                answer["reference"] = reference
            return answer

        socketio.on_event(event, run)
        return handler

    return decorate


def _answer(handler: Handler, data: object, *, by_person: bool) -> Payload | None:
    """Answer as a page would; nothing once the session has ended."""
    try:
        actor = _actor_now(by_person=by_person)
        if actor is None:
            return None
        if not isinstance(data, dict):
            return {"ok": False, "error": "malformed"}
        return {"ok": True, **handler(actor, data)}
    except Exception as error:  # noqa: BLE001  (the socket outlives a fault, as a page does)
        return _refusal(error)
    finally:
        let_go()
        database_patience.stop_counting()


def _refusal(error: Exception) -> Payload:
    refused = database_faults.translate(error) or error
    if not isinstance(refused, DomainError | DatabaseAwayError):
        log.error("socket_handler_failed", exc_info=error)
        return {"ok": False, "error": "internal_error"}
    if isinstance(refused, DatabaseAwayError):
        refused = database_faults.told(refused)
    said: Payload = {"ok": False, "error": refused.code, "message": str(refused.message)}
    if isinstance(refused, (TooManyRequestsError, *AWAY)):
        said["retry_after"] = refused.retry_after
    return said


def _actor_now(*, by_person: bool) -> Any:
    holder = _holders.get(request.sid)  # type: ignore[attr-defined]
    return _identity[0].reload(holder.secret, holder.user_id, by_person) if holder else None


def _connect(auth: object = None) -> None:
    try:
        holder = _holder_now()
    except DatabaseAwayError as error:
        raise Refused(error.code) from error
    finally:
        let_go()
    if holder is None:
        raise Refused("signed_out")
    shown_to = auth.get("account") if isinstance(auth, dict) else None
    if shown_to is not None and str(shown_to) != str(holder.user_id):
        raise Refused("account_changed")  # the page was shown to somebody else
    config: Config = current_app.config["ALVEOLE"]
    if len(_holders) >= config.realtime.max_sockets:
        raise Refused("full")
    if sum(each.user_id == holder.user_id for each in _holders.values()) >= MAX_PER_PERSON:
        raise Refused("full")
    _holders[request.sid] = holder  # type: ignore[attr-defined]
    request.environ[HOLDER] = holder  # whatever door the line came through
    join_room(session_room(holder.secret))


def _holder_now() -> Holder | None:
    """Ask again whose a line is that was let in, or read it.

    Raises:
        DatabaseAwayError: the database cannot say it now, which says nothing about the person.
    """
    holder: Holder | None = request.environ.get(HOLDER)
    if holder is None:
        return _identify_now()
    with database_faults.translated():
        is_there = _identity[0].reload(holder.secret, holder.user_id, False) is not None
    return holder if is_there else None


def _identify_now() -> Holder | None:
    """Read who knocks, and the secret of their session.

    Raises:
        DatabaseAwayError: see above.
    """
    fault = request.environ.get(FAULT)
    if fault is not None:
        raise fault
    identity = _identity[0].identify() if _identity else None
    return Holder(identity[1], identity[0].id) if identity is not None else None


def _disconnect(_reason: object = None) -> None:
    _holders.pop(request.sid, None)  # type: ignore[attr-defined]


def _at_the_door(app: Flask, inside: WSGIApplication, most: int) -> WSGIApplication:
    """Turn away, before anything stays open, who is not signed in and whom there is no room for.

    Otherwise a visitor could leave silent connections open until no page is answered any more, and
    a single person until nobody else hears anything.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PATH):
            return inside(environ, start_response)
        refusal = _refuse_at_the_door(app, environ, most)
        if refusal is not None:
            return refusal(environ, start_response)
        person = environ[HOLDER].user_id
        if not _take_line(person):
            full = _plain_refusal(environ, 503, "full", retry_after=UnavailableError.retry_after)
            return full(environ, start_response)
        try:
            return inside(environ, start_response)  # comes back once the line is closed
        finally:
            _give_line_back(person)

    return answer


def _take_line(person: int) -> bool:
    with _lines_lock:
        if _lines[person] >= MAX_PER_PERSON + SPARE_OF_ONE:
            return False
        _lines[person] += 1
    return True


def _give_line_back(person: int) -> None:
    with _lines_lock:
        _lines[person] -= 1
        if not _lines[person]:
            del _lines[person]


def _refuse_at_the_door(app: Flask, environ: WSGIEnvironment, most: int) -> Response | None:
    """Say why this handshake is not let in, cheapest first; nothing when it is."""
    if body_limits.is_longer(environ, FRAME_BYTES):
        body_limits.drain(environ)
        return _plain_refusal(environ, 413, "request_entity_too_large")
    if _count_open() >= most + SPARE:
        return _plain_refusal(environ, 503, "full", retry_after=UnavailableError.retry_after)
    with app.request_context(environ):
        try:
            status, code = _judge_handshake()
        except DatabaseAwayError as error:
            return _plain_refusal(environ, 503, error.code, retry_after=error.retry_after)
        finally:
            let_go()
    return _plain_refusal(environ, status, code) if status else None


def _judge_handshake() -> tuple[int, str]:
    if request_ctx.url_adapter is None:
        return 400, "bad_request"  # under a name that is not ours
    if is_foreign():
        return 403, "forbidden"
    identity = _identify_now()
    if identity is None:
        return 401, "signed_out"
    request.environ[HOLDER] = identity
    return 0, ""


def _plain_refusal(
    environ: WSGIEnvironment, status: int, code: str, *, retry_after: int | None = None
) -> Response:
    said = {"ok": False, "error": code, "reference": environ.get(numbering.KEY, "")}
    answer = Response(json.dumps(said), status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def _count_open() -> int:
    """Count without the closed ones, which the library keeps for some twenty seconds more."""
    return sum(not client.closed for client in socketio.server.eio.sockets.values())


def init_app(app: Flask, config: Config) -> None:
    """Accept signed-in connections only, and no more than pages can bear."""
    _holders.clear()
    url = config.realtime.message_queue
    socketio.init_app(
        app,
        async_mode=app.config.get("SOCKETIO_ASYNC_MODE", "threading"),
        **({"client_manager": HintQueue(url)} if url else {}),
        max_http_buffer_size=FRAME_BYTES,
        serializer=TextPacket,
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
