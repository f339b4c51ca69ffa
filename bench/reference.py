"""Two references: Flask doing the same work and nothing else, and the same behind a sign-in.

The bare one has no session, rights, audit or look: nobody who answers with Flask and writes durably
is below it. The signed one (``/signed/…``) also looks up one session for each request, checks the
CSRF token of each form, and writes one audit row with each act.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, abort, g, render_template, request
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_socketio import SocketIO, join_room
from itsdangerous import URLSafeTimedSerializer

from bench.reference_store import Signed, Store

ZONE = ZoneInfo("Europe/Paris")
SEAL = URLSafeTimedSerializer("of the reference alone", salt="csrf")


def reference_token(number: int) -> str:
    """Return the session token of one of those who may use the signed reference."""
    return hashlib.sha256(f"session {number}".encode()).hexdigest()


def reference_csrf(number: int) -> str:
    """Return what the forms of that session carry."""
    return str(SEAL.dumps(reference_secret(number)))


def reference_secret(number: int) -> str:
    """Return what that session keeps to know its forms again."""
    return hashlib.sha256(f"csrf {number}".encode()).hexdigest()


class NoCookies(SecureCookieSessionInterface):
    """Flask's own session would be read and written for nothing."""

    def open_session(self, app: Flask, request: Any) -> None:
        """Open none."""

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        """Keep none."""


def day_rows(length: int) -> list[dict[str, object]]:
    """Return what a page of so many appointments shows."""
    return [
        {
            "id": number,
            "starts_at": f"2026-11-23T{7 + number // 4:02}:{number % 4 * 15:02}:00+00:00",
            "hour": f"{7 + number // 4:02}:{number % 4 * 15:02}",
            "length": "15 min",
            "patient": f"Prénom{number} Nom{number}",
            "is_past": number < length // 2,
            "type": "Suivi",
            "mode": "Au cabinet",
        }
        for number in range(length)
    ]


def bookable_hours(length: int) -> list[tuple[int, dict[str, str]]]:
    """Return the half-hours of so many days from today, weeks of 35 hours, as a page says them."""
    today = datetime.now(ZONE).date()
    days = [today + timedelta(days=place) for place in range(length)]
    halves = (*range(18, 24), *range(28, 36))
    starts = [
        datetime(day.year, day.month, day.day, half // 2, half % 2 * 30, tzinfo=ZONE)
        for day in days
        if day.weekday() < 5
        for half in halves
    ]
    return [
        (
            int(hour.timestamp()),
            {"value": hour.isoformat(), "day": f"{hour:%d/%m}", "hour": f"{hour:%H:%M}"},
        )
        for hour in starts
    ]


def _who(store: Store) -> None:
    """Look up the session, and check what a form carries."""
    g.signed = store.session_of(request.cookies.get("session", ""))
    if g.signed is None:
        abort(401)
    if request.method == "POST":
        sealed = request.form.get("csrf_token", "")
        if not hmac.compare_digest(str(SEAL.loads(sealed)), g.signed.csrf):
            abort(400)


def create() -> Flask:
    """Build both references on the tables in the database that ``BENCH_DATABASE`` names."""
    app = Flask(__name__)
    app.session_interface = NoCookies()
    store = app.extensions["store"] = Store(os.environ["BENCH_DATABASE"])
    sockets = SocketIO(app, async_mode="gevent", cors_allowed_origins=None, manage_session=False)
    signed = _views("signed", store)
    signed.before_request(lambda: _who(store))
    app.register_blueprint(_views("bare", store))
    app.register_blueprint(signed, url_prefix="/signed")
    _talk(sockets, store)
    return app


def _views(name: str, store: Store) -> Blueprint:  # noqa: C901  (one small view after another)
    views = Blueprint(name, __name__)
    bodies = {size: b"X" * (size * 400) for size in (50, 500, 5000)}
    rows, bookable = day_rows(60), bookable_hours(90)

    @views.before_request
    def nobody() -> None:
        g.signed = None

    @views.get("/hello")
    def hello() -> str:
        return "Bonjour"

    @views.get("/hours/<int:most>")
    def hours(most: int) -> str:
        first = date.fromisoformat(request.args["from"])
        taken = store.taken(first, days=28)
        free = [words for starts, words in bookable if starts not in taken]
        return render_template("bare_hours.html", hours=free[:most])

    @views.post("/hold")
    def hold() -> ResponseReturnValue:
        held = store.hold(int(request.form["start"]), g.signed)
        return ({"id": held}, 200) if held else ({"error": "slot_taken"}, 409)

    @views.post("/confirm/<int:appointment_id>")
    def confirm(appointment_id: int) -> ResponseReturnValue:
        store.mark(appointment_id, "booked", g.signed)
        return {"ok": True}

    @views.post("/cancel/<int:appointment_id>")
    def cancel(appointment_id: int) -> ResponseReturnValue:
        store.mark(appointment_id, "cancelled", g.signed)
        return {"ok": True}

    @views.get("/feed/<token>/<int:size>")
    def feed(token: str, size: int) -> Response:
        etag = f"{token}-{store.version(token)}"
        answer = Response(mimetype="text/calendar")
        answer.set_etag(etag)
        if etag in request.if_none_match:
            answer.status_code = 304
        else:
            answer.set_data(bodies[size])
        return answer

    @views.get("/appointment/<int:appointment_id>")
    def appointment(appointment_id: int) -> str:
        return str(appointment_id)

    @views.get("/day")
    def day() -> str:
        return render_template("bare_day.html", rows=rows)

    @views.get("/account")
    def account() -> str:
        return render_template("bare_account.html", name=store.name(1))

    @views.get("/news")
    def news() -> ResponseReturnValue:
        return {"messages": store.news(int(request.args["after"]))}

    return views


def _room() -> str:
    """Return where everybody hears everybody: those who are signed in, and the others."""
    return "signed" if request.cookies.get("session") else "bare"


def _talk(sockets: SocketIO, store: Store) -> None:
    numbers = count()

    def connect(_auth: object = None) -> None:
        if request.args.get("room"):
            join_room(_room())

    def post_message(data: dict[str, str]) -> dict[str, object]:
        token = request.cookies.get("session")
        signed: Signed | None = store.session_of(token) if token else None
        seq = store.post(f"{data['body']} {next(numbers)}", signed)
        sockets.emit("message", {"conversation": 1, "seq": seq}, to=_room())
        return {"ok": True, "seq": seq}

    sockets.on_event("connect", connect)
    sockets.on_event("post_message", post_message)
