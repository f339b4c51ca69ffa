"""A site with people, appointments and messages, and the reference beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from unittest.mock import patch
from zoneinfo import ZoneInfo

from flask import Flask
from flask_migrate import upgrade
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import insert

from app import create_app
from bench import servers
from bench.bare import Store
from bench.servers import Server
from bubbles.models import Bubble
from core import clock, config_file, start, tokens
from core.authorization import System
from core.database import db
from core.database_age import MIGRATIONS
from core.transaction import transaction
from patient.models import CareAssignment, Enrolment
from scheduling.agendas.models import Agenda, ConsultationType
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.calendars.models import FeedLink
from scheduling.calendars.vocabulary import DetailLevel
from security.models import User
from security.operations.sessions import open_session
from security.queries import find_live_session
from tests import factories as make
from tests.servers import postgres as postgres_module
from tests.servers.processes import scratch_folder

ZONE = ZoneInfo("Europe/Paris")
PATIENTS, TEAM, BUSY = 50, 9, 97
FEEDS = (50, 500, 5000)
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
}
CONFIG = """
mode = "demo"
[server]
proxy_count = 1
feed_reads_per_hour = 100_000  # a day of a calendar program passes in a second here
[database]
url = "{url}"
[worker]
embedded = false
[log]
level = "error"
"""


@dataclass
class People:
    """Ids of who and what the jobs are about."""

    nurse: int
    patients: list[int]
    enrolments: list[int]
    team: list[int]
    """Who takes part in the conversation: one patient and nine caregivers."""
    type: int
    conversation: int
    busy_caregiver: int
    agendas: dict[int, int]
    """How many events → the agenda that has them."""


@dataclass
class Site:
    """What jobs work with."""

    on: str
    is_quick: bool
    app: Flask
    people: People
    feeds: dict[int, str]
    busy_day: date
    server: Server
    bare: Server
    bare_store: Store
    secret: str
    _tokens: dict[int, str] = field(default_factory=dict)
    _csrf: dict[int, str] = field(default_factory=dict)
    _keys: Iterator[int] = field(default_factory=count)

    def many(self, number: int) -> int:
        """Return how often to do something: less when in a hurry."""
        return max(2, number // 4) if self.is_quick else number

    def token(self, user_id: int) -> str:
        """Return the cookie of a signed-in person."""
        if user_id not in self._tokens:
            user = db.session.get_one(User, user_id)
            token = open_session(System("bench"), user, device="computer Linux Firefox")
            row = find_live_session(token)
            assert row is not None
            seal = URLSafeTimedSerializer(self.secret, salt="wtf-csrf-token")
            self._csrf[user_id] = str(seal.dumps(row.data["csrf_token"]))
            self._tokens[user_id] = token
            db.session.remove()
        return self._tokens[user_id]

    def csrf(self, user_id: int) -> str:
        """Return what this person's forms carry."""
        self.token(user_id)
        return self._csrf[user_id]

    def new_key(self) -> str:
        """Return an idempotency key that nobody used."""
        return f"bench-key-{next(self._keys)}"

    @cached_property
    def busy_week(self) -> date:
        """Return the Monday of the week that has as many appointments as the busy day."""
        return self.busy_day + timedelta(days=7)


@contextlib.contextmanager
def opened(on: str, *, is_quick: bool) -> Iterator[Site]:
    """Build, fill and serve a site; everything disappears afterwards."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(scratch_folder("bench"))
        url, bare_url = f"sqlite:///{folder}/alveole.db", f"{folder}/bare.db"
        if on == "PostgreSQL":
            # Measured as it is run: what was answered is on the disk.
            stack.enter_context(patch.dict(postgres_module.FAST_SETTINGS, DURABLE))
            server = stack.enter_context(postgres_module.postgres())
            address, bare_url = server.new_database(), server.new_database()
            url = address.replace("postgresql://", "postgresql+psycopg://")
        (folder / "config.toml").write_text(CONFIG.format(url=url), "utf-8")
        yield stack.enter_context(_filled(on, folder, bare_url, is_quick=is_quick))


@contextlib.contextmanager
def _filled(on: str, folder: Path, bare_url: str, *, is_quick: bool) -> Iterator[Site]:
    site = replace(config_file.read(folder / "config.toml"), data_dir=str(folder))
    site = start.prepare(site)
    app = create_app(site)
    with app.app_context(), contextlib.ExitStack() as stack:
        upgrade(directory=str(MIGRATIONS))
        busy_day = _monday_after(clock.now().astimezone(ZONE).date())
        with transaction():
            people, busy, feeds = _fill(busy_day)
        db.session.remove()
        store = Store(bare_url)
        seconds = [(int(one.timestamp()), int(end.timestamp())) for one, end in busy]
        store.make_tables(seconds, [str(size) for size in FEEDS])
        server = stack.enter_context(servers.product(folder))
        bare = stack.enter_context(servers.bare(folder, bare_url))
        secret = site.secrets.secret_key
        yield Site(on, is_quick, app, people, feeds, busy_day, server, bare, store, secret)
        db.session.remove()
        db.engine.dispose()


def _monday_after(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())


def _fill(monday: date) -> tuple[People, list[tuple[datetime, datetime]], dict[int, str]]:
    admin = make.user("admin", "Alice Martin")
    bubble = make.bubble("Les Tilleuls", admin=admin)
    team = [make.user(f"team{number}", f"Équipe {number}") for number in range(TEAM)]
    for caregiver in team:
        make.caregiver(caregiver, bubble)
    nurse = team[0]
    kind = make.consultation_type(bubble, "Suivi", caregivers=team)
    patients, enrolments = [], []
    for number in range(PATIENTS):
        account = make.user(f"patient{number}", f"Prénom{number} Nom{number}")
        person = make.patient(f"Prénom{number}", f"Nom{number}", account=account)
        followers = team if number == 0 else [nurse]
        patients.append(account)
        enrolments.append(make.enrolment(person, bubble, followers=followers))
    agenda = make.agenda(nurse, bubble)
    for weekday in range(5):
        make.hours(agenda, weekday, time(9), time(12))
        make.hours(agenda, weekday, time(14), time(18))
    busy = _take(agenda, enrolments, kind, _every_other_half_hour(monday))
    keeper = _with_patients("keeper", bubble, kind, enrolments)
    _take(keeper, enrolments, kind, _quarters(monday, 60), minutes=15)
    for day in range(5):
        later = monday + timedelta(days=7 + day)
        _take(keeper, enrolments, kind, _quarters(later, 12), minutes=15)
    agendas, feeds = {}, {}
    for size in FEEDS:
        shared = _with_patients(f"feed{size}", bubble, kind, enrolments)
        spread = [
            starts
            for day in range(-(-size // 14))
            for starts in _quarters(monday + timedelta(days=day), 14)
        ]
        _take(shared, enrolments, kind, spread[:size], minutes=15)
        agendas[size], feeds[size] = shared.id, _link(shared)
    people = People(
        nurse=nurse.id,
        patients=[one.id for one in patients],
        enrolments=[one.id for one in enrolments],
        team=[patients[0].id, *(one.id for one in team)],
        type=kind.id,
        conversation=make.conversation(enrolments[0]).id,
        busy_caregiver=keeper.user_id,
        agendas=agendas,
    )
    return people, busy, feeds


def _with_patients(
    name: str, bubble: Bubble, kind: ConsultationType, enrolments: list[Enrolment]
) -> Agenda:
    caregiver = make.user(name, name.title())
    make.caregiver(caregiver, bubble)
    kind.caregivers.append(caregiver)
    for enrolment in enrolments[1:]:
        db.session.add(
            CareAssignment(
                enrolment_id=enrolment.id, user_id=caregiver.id, since=enrolment.started_at
            )
        )
    return make.agenda(caregiver, bubble)


def _every_other_half_hour(monday: date) -> list[datetime]:
    """Return about a hundred beginnings over the four weeks from now on."""
    days = [monday + timedelta(days=day) for day in range(21) if day % 7 < 5]
    hours = [time(9), time(10), time(11), time(14), time(15), time(16), time(17)]
    return [datetime.combine(day, hour, ZONE) for day in days for hour in hours][:BUSY]


def _quarters(day: date, number: int) -> list[datetime]:
    first = datetime.combine(day, time(7), ZONE).astimezone(UTC)
    return [first + timedelta(minutes=15 * place) for place in range(number)]


def _take(
    agenda: Agenda,
    enrolments: list[Enrolment],
    kind: ConsultationType,
    starts: list[datetime],
    *,
    minutes: int = 30,
) -> list[tuple[datetime, datetime]]:
    now = clock.now()
    spans = [
        (one.astimezone(UTC), one.astimezone(UTC) + timedelta(minutes=minutes)) for one in starts
    ]
    rows = [
        {
            "caregiver_id": agenda.user_id,
            "agenda_id": agenda.id,
            # The first patient is followed by the team only.
            "enrolment_id": enrolments[1 + place % (len(enrolments) - 1)].id,
            "consultation_type_id": kind.id,
            "starts_at": begins,
            "ends_at": ends,
            "status": AppointmentStatus.CONFIRMED,
            "uid": f"{tokens.new_token()}@bench",
            "sequence": 0,
            "created_at": now,
            "updated_at": now,
            "confirmed_at": now,
            "hold_extended": False,
        }
        for place, (begins, ends) in enumerate(spans)
    ]
    db.session.execute(insert(Appointment), rows)
    return spans


def _link(agenda: Agenda) -> str:
    token = tokens.new_token()
    db.session.add(
        FeedLink(
            agenda_id=agenda.id,
            name="Téléphone",
            token=token,
            token_hash=tokens.hash_token(token),
            detail_level=DetailLevel.FULL_NAME,
            created_at=clock.now(),
            last_fetched_at=clock.now(),
            last_program="bench",
        )
    )
    return token
