"""Random interleavings of everything that can happen to an hour, with processes killed."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest
from icalendar import Calendar
from sqlalchemy import select

from core.database import db
from core.outbox import OutboxMessage
from core.transaction import transaction
from scheduling.agendas.queries.bookable import get_service
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.free import list_free_slots
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.calendars.operations import create_link
from scheduling.calendars.vocabulary import DetailLevel
from scheduling.time.slots import Window
from tests import factories as make
from tests.concurrency.agenda_history import Call, Ending, Row, faults, read_calls
from tests.concurrency.booker import FASTER
from tests.scheduling.conftest import paris
from tests.servers import commands

BASE = datetime(2026, 11, 23, 7, tzinfo=UTC)
SLOTS = [
    paris(f"2026-11-2{day} {hour}").isoformat()
    for day in (4, 5)
    for hour in ("09:00", "09:30", "10:00")
]
KILLED_AFTER = {1: 25, 2: 60}
"""Answers, by seed."""


@pytest.fixture
def people(cast):
    """Six patients whom Bob follows, and Bob, who books for two of them."""
    with transaction():
        cast.type.minimum_notice_minutes = 0
        found = []
        for number in range(6):
            account = make.user()
            person = make.patient("Patient", str(number), account=account)
            place = make.enrolment(person, cast.bubble, followers=[cast.bob])
            found.append((account.id, place.id, False))
        found += [(cast.bob.id, place_id, True) for _account, place_id, _keeps in found[:2]]
    return found


@dataclass
class Booker:
    """A process that books, what it says and what it complains about."""

    command: commands.Command
    said: IO[str]
    errors: IO[bytes]

    def complaints(self) -> str:
        self.errors.seek(0)
        return self.errors.read().decode()[-2000:]

    def end(self) -> None:
        self.command.kill()
        self.command.wait()
        self.said.close()
        self.errors.close()


def start(app, cast, people, folder: Path, *, seed: int, begun: float, is_doomed: bool):
    config = app.config["ALVEOLE"]
    given = {
        "data_dir": config.data_dir,
        "url": config.database.url,
        "seed": seed,
        "calls": 60,
        "is_doomed": is_doomed,
        "begun": begun,
        "base": BASE.isoformat(),
        "people": people,
        "slots": SLOTS,
        "type": cast.type.id,
        "caregiver": cast.bob.id,
        "journal": str(folder / f"{seed}.jsonl"),
    }
    reading, writing = os.pipe()
    errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `end`)
    with os.fdopen(writing, "wb") as output:
        command = commands.starter().start(
            ["-m", "tests.concurrency.booker", json.dumps(given)],
            folder=Path(__file__).parents[2],
            environment=os.environ,
            output=output,
            errors=errors,
        )
    return Booker(command, os.fdopen(reading), errors)


def ending(app, cast, link, travel_to, begun: float) -> Ending:
    """Read what is left, once every hold is over."""
    db.session.rollback()
    db.session.expire_all()
    now = BASE + timedelta(seconds=(time.monotonic() - begun) * FASTER)
    travel_to(now + timedelta(minutes=31))
    rows = [
        Row(
            row.id,
            row.starts_at.isoformat(),
            row.status.value,
            row.confirmed_at is not None,
        )
        for row in db.session.scalars(select(Appointment))
        if row.status is not AppointmentStatus.HELD
    ]
    uids = {row.uid: row.id for row in db.session.scalars(select(Appointment))}
    sent = Counter(
        int(key.split("-")[1])
        for key in db.session.scalars(select(OutboxMessage.dedupe_key))
        if key and key.startswith("appointment-") and _is_confirmation(key)
    )
    answer = app.test_client().get(f"/agenda/{link}.ics")
    shown = [
        uids[str(event["UID"])]
        for event in Calendar.from_ical(answer.data).walk("VEVENT")
        if str(event["STATUS"]) == "CONFIRMED"
    ]
    service = get_service(cast.enrolment.id, cast.bob.id, cast.type.id)
    whole = Window(paris("2026-11-24 00:00"), paris("2026-11-26 00:00"))
    free = {slot.isoformat() for slot in list_free_slots(service, whole)}
    assert now + timedelta(minutes=31) < paris("2026-11-24 08:00")  # all is still to come
    return Ending(rows, sent, shown, free, SLOTS)


def _is_confirmation(key: str) -> bool:
    """« …-confirmed », or « …-booked-<reader> »: what tells the patient that it is made."""
    parts = key.split("-")
    return parts[2] == "confirmed" or (parts[2] == "booked" and len(parts) == 4)


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_at_once_and_whoever_dies_the_history_holds(
    app, cast, people, tmp_path, travel_to, seed, database
):
    link = create_link(cast.bob, cast.agenda, name="PC", detail_level=DetailLevel.DISCREET).token
    db.session.rollback()
    begun = time.monotonic() + 3  # until everybody has started, hardly any time has passed
    seeds = [seed * 10 + number for number in range(3)]
    shares = [people[0:2] + people[6:7], people[2:4] + people[7:8], people[4:6]]
    processes = [
        start(app, cast, share, tmp_path, seed=one, begun=begun, is_doomed=one == seeds[seed % 2])
        for one, share in zip(seeds, shares, strict=True)
    ]
    db.session.rollback()  # nothing is open here while they work
    doomed = processes[seed % 2]
    try:
        for _answer in range(1 + KILLED_AFTER[seed]):  # « ready », then in the middle of its work
            assert doomed.said.readline(), doomed.complaints()
        doomed.command.kill()
        for one in processes:
            one.said.read()  # until it has said everything
            code = one.command.wait(120)
            assert code == (-signal.SIGKILL if one is doomed else 0), one.complaints()
    finally:
        for one in processes:
            one.end()
    lines = [
        json.loads(line)
        for path in sorted(tmp_path.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    calls = read_calls(lines)
    told = Counter((call.op, call.told) for call in calls)
    assert told["hold", "ok"] > 5, told
    assert told["confirm", "ok"] + told["book_for", "ok"] > 5, told
    assert told["move", "ok"] + told["cancel", "ok"] > 2, told
    assert sum(count for (_op, code), count in told.items() if code == "slot_taken") > 5, told
    assert faults(calls, ending(app, cast, link, travel_to, begun)) == []


# ── The judge, judged ─────────────────────────────────────────────────────────────────────────


class NaiveAgenda:
    """Looks, then writes; forgets keys; keeps holds for ever. Everything that must not be."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.held: set[str] = set()

    def is_free(self, slot: str) -> bool:
        return not any(row.slot == slot and row.status == "booked" for row in self.rows.values())

    def write(self, slot: str) -> int:
        id_ = len(self.rows) + 1
        self.rows[id_] = Row(id_, slot, "booked", was_promised=True)
        return id_

    def ending(self, **other) -> Ending:
        rows = list(self.rows.values())
        stands = [row.id for row in rows if row.status == "booked"]
        free = [slot for slot in ("a", "b") if self.is_free(slot) and slot not in self.held]
        values = {
            "rows": rows,
            "confirmations": dict.fromkeys([row.id for row in rows if row.was_promised], 1),
            "in_feed": stands,
            "free": free,
            "slots": ("a", "b"),
        }
        return Ending(**(values | other))


def kinds(found: list[str]) -> list[str]:
    return sorted({one.split()[0] for one in found})


def race_naively(agenda: NaiveAgenda) -> list[Call]:
    """Two look at the same instant, then both write."""
    calls: list[Call] = []
    everybody_has_looked = threading.Barrier(2)

    def book(name: str) -> None:
        asked = time.monotonic()
        is_free = agenda.is_free("a")
        everybody_has_looked.wait(60)
        id_ = agenda.write("a") if is_free else None
        told = "ok" if is_free else "slot_taken"
        calls.append(Call(name, "book_for", "a", asked, time.monotonic(), told, id_))

    threads = [threading.Thread(target=book, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return calls


def test_a_naive_twin_that_books_twice_is_found_out():
    agenda = NaiveAgenda()
    calls = race_naively(agenda)
    assert kinds(faults(calls, agenda.ending())) == ["B1"]


def test_one_after_the_other_is_no_fault():
    agenda = NaiveAgenda()
    first = agenda.write("a")
    calls = [
        Call("one", "book_for", "a", 1, 2, "ok", first),
        Call("two", "book_for", "a", 3, 4, "slot_taken"),
    ]
    assert faults(calls, agenda.ending()) == []


def test_an_hour_given_back_may_be_given_again_and_not_a_moment_before():
    agenda = NaiveAgenda()
    first = agenda.write("a")
    agenda.rows[first] = Row(first, "a", "cancelled", was_promised=True)
    second = agenda.write("a")
    book = Call("one", "book_for", "a", 1, 2, "ok", first)
    cancel = Call("one", "cancel", "a", 5, 6, "ok", first)
    for answered, expected in ((7.0, []), (5.5, []), (4.0, ["B1"])):
        again = Call("two", "book_for", "a", 3, answered, "ok", second)
        assert kinds(faults([book, cancel, again], agenda.ending())) == expected


def test_a_lost_promise_and_a_zombie_are_found_out():
    agenda = NaiveAgenda()
    id_ = agenda.write("a")
    book = Call("one", "book_for", "a", 1, 2, "ok", id_)
    lost = agenda.ending(rows=[], in_feed=[], free=["a", "b"], confirmations={})
    assert kinds(faults([book], lost)) == ["B2"]
    cancel = Call("one", "cancel", "a", 3, 4, "ok", id_)
    assert kinds(faults([book, cancel], agenda.ending())) == ["B2"]
    moved = Call("one", "move", "b", 3, 4, "ok", id_)
    assert kinds(faults([book, moved], agenda.ending())) == ["B2"]


def test_what_was_refused_and_written_all_the_same_is_found_out():
    agenda = NaiveAgenda()
    agenda.write("a")
    refused = Call("one", "book_for", "a", 1, 2, "slot_taken")
    assert kinds(faults([refused], agenda.ending())) == ["B3"]


def test_two_bookings_of_one_key_are_found_out():
    agenda = NaiveAgenda()
    ids = [agenda.write("a"), agenda.write("b")]
    calls = [
        Call("one", "book_for", slot, n, n + 0.5, "ok", id_, key="k")
        for n, (slot, id_) in enumerate(zip("ab", ids, strict=True))
    ]
    assert kinds(faults(calls, agenda.ending())) == ["B4"]


def test_two_mails_no_mail_and_a_stale_feed_are_found_out():
    agenda = NaiveAgenda()
    id_ = agenda.write("a")
    calls = [Call("one", "book_for", "a", 1, 2, "ok", id_)]
    for other in ({"confirmations": {id_: 2}}, {"confirmations": {}}, {"in_feed": []}):
        assert kinds(faults(calls, agenda.ending(**other))) == ["B5"]


def test_an_hour_that_an_expired_hold_keeps_is_found_out():
    agenda = NaiveAgenda()
    agenda.held.add("b")
    assert kinds(faults([], agenda.ending())) == ["B6"]
    agenda.write("a")
    made = [Call("one", "book_for", "a", 1, 2, "ok", 1)]
    assert kinds(faults(made, agenda.ending(free=["a", "b"]))) == ["B6"]


def test_of_a_process_that_died_nothing_definite_is_said():
    agenda = NaiveAgenda()
    id_ = agenda.write("a")
    died = Call("one", "book_for", "a", 1)
    assert faults([died], agenda.ending()) == []
    made = Call("one", "book_for", "a", 1, 2, "ok", id_)
    cancel = Call("one", "cancel", "a", 3, None, None, id_)
    assert faults([made, cancel], agenda.ending()) == []
    gone = agenda.ending(
        rows=[Row(id_, "a", "cancelled", was_promised=True)], in_feed=[], free=["a", "b"]
    )
    assert faults([made, cancel], gone) == []
    other = Call("two", "book_for", "a", 4, 5, "internal_error")
    assert kinds(faults([made, other], agenda.ending())) == ["neither"]
