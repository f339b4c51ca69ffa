"""What the tests of any bytes need: one of everything, everybody's browser, the forms of pages."""

from __future__ import annotations

import fcntl
import itertools
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask import Flask

from bubbles.operations.inviting import invite
from bubbles.vocabulary import InvitedAs
from caregiver.operations.documents import add_document
from caregiver.queries import get_own_caregiver
from caregiver.vocabulary import DocumentType
from core import clock, tokens
from core.database import db
from core.mail import MailboxMessage
from core.transaction import transaction
from messaging.operations import start_conversation
from scheduling.booking.operations.holding import hold_slot
from scheduling.calendars.operations import create_link
from scheduling.calendars.vocabulary import DetailLevel
from security.models import FirstAccountLink, Session
from security.operations.second_steps import start_authenticator
from tests import factories as make
from tests.architecture.routes import home, patient, scheduling, security, uploads
from tests.architecture.routes.world import own_world
from tests.cast import PASSWORD, Cast, build_cast
from tests.conftest import empty_tables
from tests.restoring import Kept, kind_of_rows
from tests.security.steps import choose, give_password
from tests.uploads.conftest import make_pdf
from uploads.operations import keep_bytes

ROLES = ("visitor", "mallory", "jeanne", "bob", "alice")


# ── A world in which every page has something to show ─────────────────────────────────────────


@dataclass
class World:
    cast: Cast
    pieces: dict[str, object]
    tokens: dict[str, str]

    def values(self, endpoint: str) -> dict[str, object]:
        found = {**self.pieces, "token": self.tokens.get(endpoint.partition(".")[0], "x")}
        if endpoint in {"scheduling.confirm", "scheduling.extend", "scheduling.give_up"}:
            found["appointment_id"] = self.pieces["held_id"]
        return found


@dataclass(frozen=True)
class KeptWorld:
    """A world that was built: its rows, its files, and what the pages call its things."""

    rows: Kept[Cast]
    files: dict[Path, bytes]
    world: World


_kept: dict[tuple[str, str], KeptWorld] = {}


def new_world(app: Flask) -> World:
    """Empty the database and write everybody and one of everything.

    It is built once in a process, which takes thirty times as long as writing its rows again.
    """
    db.session.remove()
    empty_tables()
    kind = kind_of_rows()
    if kind not in _kept:
        world = build_world()
        folder = app.config["ALVEOLE"].data_path / "files"
        files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        _kept[kind] = KeptWorld(Kept.now(world.cast), files, world)
        db.session.rollback()
        return world
    kept = _kept[kind]
    for path, content in kept.files.items():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return World(kept.rows.restore(), dict(kept.world.pieces), dict(kept.world.tokens))


def build_world() -> World:
    """Write everybody and one of everything into an empty database."""
    with transaction():
        cast = build_cast()
        made = _rows(cast)
    invitation = invite(
        cast.alice, cast.bubble, email=cast.mallory.email, invited_as=InvitedAs.PATIENT
    )
    start_authenticator(cast.bob, cast.bob)
    hour = datetime(2026, 11, 24, 8, tzinfo=UTC)
    held = hold_slot(
        cast.jeanne,
        cast.enrolment,
        consultation_type=cast.type,
        caregiver=cast.bob,
        starts_at=hour,
    )
    message = start_conversation(
        cast.jeanne, cast.enrolment, caregiver_id=None, body="Bonjour", client_id="a" * 16
    )
    link = create_link(cast.bob, cast.agenda, name="Téléphone", detail_level=DetailLevel.FULL_NAME)
    document = add_document(
        cast.bob,
        get_own_caregiver(cast.bob),
        kind=DocumentType.BANK_DETAILS,
        label="",
        stored=keep_bytes(cast.bob, make_pdf(), "rib.pdf"),
        bubble_ids=[cast.bubble.id],
    )
    invited, first = tokens.new_token(), tokens.new_token()
    things: dict[str, Any] = {}
    with transaction():
        for package in (home, patient, scheduling, security, uploads):
            things |= package.things(own_world(cast))
        invitation.token_hash = tokens.hash_token(invited)
        made["link"].token_hash = tokens.hash_token(first)
        db.session.add_all([invitation, made["link"]])
    pieces = {
        **things,
        "bubble_id": cast.bubble.id,
        "invitation_id": invitation.id,
        "user_id": cast.bob.id,
        "caregiver_id": cast.bob.id,
        "enrolment_id": cast.enrolment.id,
        "conversation_id": message.conversation_id,
        "agenda_id": cast.agenda.id,
        "link_id": link.id,
        "type_id": cast.type.id,
        "document_id": document.id,
        "number": 1,
        "page": 1,
        "mail_id": made["mail"].id,
        "appointment_id": made["booked"].id,
        "held_id": held.id,
        "session_id": made["session"].id,
        "day": "2026-11-23",
        "change": "administration",
        "filename": "css/alveole.css",
    }
    links = {"bubbles": invited, "patient": invited, "scheduling": link.token, "security": first}
    return World(cast, pieces, links)


def _rows(cast: Cast) -> dict[str, Any]:
    now, end = clock.now(), clock.now() + timedelta(days=1)
    later = datetime(2026, 11, 25, 9, tzinfo=UTC)
    booked = make.appointment(cast.agenda, cast.enrolment, cast.type, later, confirmed_at=now)
    mail = MailboxMessage(at=now, recipient="a@example.org", subject="é", text="é", html="é")
    session = Session(
        token_hash="0" * 64,
        user_id=cast.bob.id,
        second_step="email",
        created_at=now,
        last_seen_at=now,
        expires_at=end,
    )
    link = FirstAccountLink(token_hash="0" * 64, created_at=now, expires_at=end, used_at=None)
    db.session.add_all([mail, session, link])
    db.session.flush()
    return {"booked": booked, "mail": mail, "session": session, "link": link}


# ── Doors and forms ───────────────────────────────────────────────────────────────────────────

SAMPLES = {
    "email": "nouvelle@example.org",
    "password": PASSWORD,
    "current": PASSWORD,
    "new": "Girafe-Bleue-88-pont",
    "given_name": "Léa",
    "family_name": "Brun",
    "code": "123456",
    "name": "Bulle",
    "time_zone": "Europe/Paris",
    "duration": "30",
    "notice": "60",
    "horizon": "90",
    "type": "bank_details",
    "body": "Bonjour",
    "birth_date": "1/2/1950",
    "birth_day": "1",
    "birth_month": "2",
    "birth_year": "1950",
}
ASKED = {
    "scheduling.choose_type": ("avec",),
    "scheduling.choose_time": ("avec", "type", "heure"),
}
QUERIES = (
    "suite",
    "email",
    "liste",
    "q",
    "a",
    "role",
    "avant",
    "apres",
    "depuis",
    "jours",
    *ASKED["scheduling.choose_time"],
)


class Doors:
    """Everybody's browser."""

    def __init__(self, app, sign_in) -> None:
        self.app, self.sign_in = app, sign_in
        self.adapter = app.url_map.bind("localhost")
        self.world = new_world(app)

    def begin_anew(self) -> None:
        """Undo whatever was done: another world, which looks the same."""
        self.world = new_world(self.app)

    def open(self, role: str, endpoint: str = ""):
        if role != "visitor":
            return self.sign_in(getattr(self.world.cast, role))
        client = self.app.test_client()
        if endpoint in {"security.choose_step", "security.enter_code"}:
            give_password(client, self.world.cast.bob)
            choose(client, "email")
        if endpoint == "security.prove_address":
            for page in ("", "/adresse", "/mot-de-passe", "/conditions"):
                client.post(f"/inscription{page}", data={**SAMPLES, "terms": "y"})
        return client

    def rules(self, method: str):
        return [rule for rule in self.app.url_map.iter_rules() if method in rule.methods]

    def path(self, rule) -> str:
        values = self.world.values(rule.endpoint)
        arguments = {name: values.get(name, 1) for name in rule.arguments}
        return self.adapter.build(rule.endpoint, arguments)

    def answers(self) -> dict[str, str]:
        pieces = self.world.pieces
        avec = f"{pieces['enrolment_id']}-{pieces['caregiver_id']}"
        return {"avec": avec, "type": str(pieces["type_id"]), "heure": "2026-11-24T10:00:00+00:00"}


@dataclass(frozen=True)
class Found:
    """A form: where it is sent, on which page it stands, and who saw it there."""

    endpoint: str
    page: str
    role: str
    fields: dict[str, str]
    file_field: str


PARTS = range(4)
"""Tests of every form are divided, so that each process has its share of them."""


class Forms(HTMLParser):
    """Reads the forms that are posted, with what they hold."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self.here = here
        self.found: list[tuple[str, dict[str, str], list[str]]] = []
        self.is_inside = False

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "form" and values.get("method") == "post":
            self.found.append((values.get("action") or self.here, {}, []))
            self.is_inside = True
        name = values.get("name")
        if not self.is_inside or not name or tag not in {"input", "select", "textarea"}:
            return
        _action, fields, files = self.found[-1]
        if values.get("type") == "file":
            files.append(name)
        elif values.get("type") not in {"radio", "checkbox"} or name not in fields:
            fields[name] = values.get("value") or SAMPLES.get(name, "")

    def handle_endtag(self, tag):
        self.is_inside = self.is_inside and tag != "form"


def find_forms(doors: Doors) -> list[Found]:
    """Read every page as everybody; keep the fullest look of each form."""
    found: dict[str, Found] = {}
    browsers = {role: doors.open(role) for role in ROLES if role != "visitor"}
    for role, rule in itertools.product(ROLES, doors.rules("GET")):
        path = doors.path(rule)
        query = {name: doors.answers()[name] for name in ASKED.get(rule.endpoint, ())}
        browser = browsers.get(role) or doors.open(role, rule.endpoint)
        with browser.get(path, query_string=query) as answer:
            assert answer.status_code < 500, f"GET {path} as {role}"
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            page = Forms(path)
            page.feed(answer.text)
        for action, fields, files in page.found:
            endpoint, _values = doors.adapter.match(action.partition("?")[0], method="POST")
            known = found.get(endpoint)
            if known is None or len(known.fields) < len(fields):
                file_field = files[0] if files else ""
                found[endpoint] = Found(endpoint, rule.endpoint, role, fields, file_field)
    return list(found.values())


def every_form(doors: Doors, folder: Path) -> list[Found]:
    """Return every form; they are found once in a run, by whichever process asks first."""
    kept = folder / "forms.json"
    with (folder / "forms.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            found = [asdict(form) for form in find_forms(doors)]
            kept.write_text(json.dumps(found), "utf-8")
    return [Found(**form) for form in json.loads(kept.read_text("utf-8"))]
