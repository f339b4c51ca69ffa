"""Fill an empty site: the only module of the bench that knows the product from inside.

Run as a program in a checkout of the product (the folder that PYTHONPATH names): migrates the
database that CONFIG names, fills it, and prints as JSON who is there and how they are reached.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask_migrate import upgrade
from sqlalchemy import Table, insert, select

from app import create_app
from core import clock, tokens, wording
from core.authorization import System
from core.database import Base, db
from core.transaction import transaction
from security.operations.sessions import open_session
from tests import factories as make

ZONE = ZoneInfo("Europe/Paris")
PATIENTS, TEAM, BUSY = 50, 9, 97
SAME_DAY = 14
"""Events of a calendar in one day, from seven o'clock on: the afternoon is free to be booked."""
GIVEN = ("Éloïse", "Jean-Paul", "Aïcha", "Thérèse", "Łukasz")


class Seed:
    """What is written, in the order in which it needs what came before."""

    def __init__(self, monday: date, feeds: list[int], lists: list[int]) -> None:
        """``feeds``: calendars of so many events; ``lists``: caregivers of so many patients."""
        self.monday = monday
        self.accounts: dict[str, Any] = {}
        with transaction():
            self._people()
            self._agendas()
            self.feeds = {size: self._feed(size) for size in feeds}
            self.lists = {size: self._list(size) for size in lists}

    def _people(self) -> None:
        admin = self._account("admin", "Alice Martin")
        self.bubble = make.bubble("Les Tilleuls", admin=admin)
        self.team = [self._account(f"team{number}", f"Équipe {number}") for number in range(TEAM)]
        for caregiver in self.team:
            make.caregiver(caregiver, self.bubble)
        self.type = make.consultation_type(self.bubble, "Suivi", caregivers=self.team)
        self.enrolments = []
        for number in range(PATIENTS):
            account = self._account(f"patient{number}", f"Prénom{number} Nom{number}")
            patient = make.patient(f"Prénom{number}", f"Nom{number}", account=account)
            followers = self.team if number == 0 else self.team[:1]
            self.enrolments.append(make.enrolment(patient, self.bubble, followers=followers))
        self.conversation = make.conversation(self.enrolments[0])

    def _account(self, name: str, words: str = "") -> Any:
        self.accounts[name] = make.user(name, words)
        return self.accounts[name]

    def _agendas(self) -> None:
        """The nurse, whose hours are booked; and a caregiver with full days."""
        nurse = make.agenda(self.team[0], self.bubble)
        for weekday in range(5):
            make.hours(nurse, weekday, time(9), time(12))
            make.hours(nurse, weekday, time(14), time(18))
        days = [self.monday + timedelta(days=day) for day in range(21) if day % 7 < 5]
        hours = [time(hour) for hour in (9, 10, 11, 14, 15, 16, 17)]
        busy = [datetime.combine(day, hour, ZONE) for day in days for hour in hours][:BUSY]
        self.busy = self._take(nurse, busy, minutes=30)
        keeper = self._caregiver("keeper")
        self._take(keeper, _quarters(self.monday, 60))
        for day in range(5):
            self._take(keeper, _quarters(self.monday + timedelta(days=7 + day), 12))

    def _caregiver(self, name: str) -> Any:
        """Add a caregiver of everybody but the first patient, and return their agenda."""
        account = self._account(name, name.title())
        make.caregiver(account, self.bubble)
        self.type.caregivers.append(account)
        now = clock.now()
        rows = [
            {"enrolment_id": enrolment.id, "user_id": account.id, "since": now}
            for enrolment in self.enrolments[1:]
        ]
        db.session.execute(insert(_table("care_assignments")), rows)
        return make.agenda(account, self.bubble)

    def _take(
        self, agenda: Any, starts: list[datetime], *, minutes: int = 15
    ) -> list[tuple[int, int]]:
        """Write appointments like the one that the factory makes first, whatever columns it has."""
        appointments = _table("appointments")
        first = make.appointment(
            agenda,
            self.enrolments[1],
            self.type,
            starts[0].astimezone(UTC),
            minutes=minutes,
            confirmed_at=clock.now(),
        )
        row = db.session.execute(select(appointments).where(appointments.c.id == first.id)).one()
        model = {name: value for name, value in row._mapping.items() if name != "id"}
        length = timedelta(minutes=minutes)
        rows = [
            {
                **model,
                # The first patient is followed by the team only.
                "enrolment_id": self.enrolments[1 + place % (PATIENTS - 1)].id,
                "starts_at": begins.astimezone(UTC),
                "ends_at": begins.astimezone(UTC) + length,
                "uid": f"{tokens.new_token()}@bench",
            }
            for place, begins in enumerate(starts)
        ]
        if rows[1:]:
            db.session.execute(insert(appointments), rows[1:])
        return [(int(start.timestamp()), int((start + length).timestamp())) for start in starts]

    def _feed(self, size: int) -> dict[str, Any]:
        agenda = self._caregiver(f"feed{size}")
        for weekday in range(5):
            make.hours(agenda, weekday, time(14), time(18))
        days = range(-(-size // SAME_DAY))
        spread = [
            quarter
            for day in days
            for quarter in _quarters(self.monday + timedelta(days=day), SAME_DAY)
        ]
        self._take(agenda, spread[:size])
        token, now = tokens.new_token(), clock.now()
        db.session.add(
            _model("feed_links")(
                agenda_id=agenda.id,
                name="Téléphone",
                token=token,
                token_hash=tokens.hash_token(token),
                detail_level="full_name",
                created_at=now,
                last_fetched_at=now,
                last_program="bench",
            )
        )
        return {"token": token, "caregiver": agenda.user_id}

    def _list(self, size: int) -> int:
        """Make a bubble of so many patients, followed by one caregiver; return its id."""
        admin, keeper = self._account(f"admin{size}"), self._account(f"keeper{size}")
        bubble = make.bubble(f"Bulle {size}", admin=admin)
        make.caregiver(keeper, bubble)
        now = clock.now()
        patients, enrolments = _table("patients"), _table("enrolments")
        persons = db.session.scalars(
            insert(patients).returning(patients.c.id), [_person(number) for number in range(size)]
        ).all()
        places = db.session.scalars(
            insert(enrolments).returning(enrolments.c.id),
            [
                {"bubble_id": bubble.id, "patient_id": patient_id, "started_at": now}
                for patient_id in persons
            ],
        ).all()
        rows = [
            {"enrolment_id": enrolment_id, "user_id": keeper.id, "since": now}
            for enrolment_id in places
        ]
        db.session.execute(insert(_table("care_assignments")), rows)
        return bubble.id

    def facts(self) -> dict[str, Any]:
        """Open everybody's session; return what a client must know."""
        actor, device = System("bench"), "computer Linux Firefox"
        return {
            "monday": self.monday.isoformat(),
            "sessions": {
                name: open_session(actor, account, device=device)
                for name, account in self.accounts.items()
            },
            "hash": make.password_hash(),
            "enrolments": [enrolment.id for enrolment in self.enrolments],
            "nurse": self.team[0].id,
            "type": self.type.id,
            "conversation": self.conversation.id,
            "feeds": self.feeds,
            "lists": self.lists,
            "busy": self.busy,
        }


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _model(table: str) -> Any:
    return next(
        mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is _table(table)
    )


def _quarters(day: date, number: int) -> list[datetime]:
    first = datetime.combine(day, time(7), ZONE).astimezone(UTC)
    return [first + timedelta(minutes=15 * place) for place in range(number)]


def _person(number: int) -> dict[str, object]:
    given, family = GIVEN[number % len(GIVEN)], f"Nom{number}"
    return {
        "given_name": given,
        "family_name": family,
        "birth_date": date(1950, 1, 1),
        "created_at": clock.now(),
        "search_text": wording.searchable(given, family),
        "sort_key": wording.sorting_key(family, given),
    }


def next_monday() -> date:
    """Return the first Monday to come."""
    today = clock.now().astimezone(ZONE).date()
    return today + timedelta(days=7 - today.weekday())


def main() -> None:
    """Migrate, fill, print."""
    asked = json.loads(sys.argv[1])
    with create_app().app_context():
        upgrade(directory=str(Path(make.__file__).parents[1] / "migrations"))
        facts = Seed(next_monday(), asked["feeds"], asked["lists"]).facts()
        db.session.remove()
        db.engine.dispose()
    print("\n" + json.dumps(facts))


if __name__ == "__main__":
    main()
