"""Fifty people press one hour, through the pages: one wins, the others read why."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy import event

from core import waiting_room
from core.database import db
from core.errors import UnavailableError
from core.transaction import transaction
from scheduling.agendas.models import Agenda
from scheduling.appointments.models import Appointment
from scheduling.calendars.operations import create_link
from scheduling.calendars.vocabulary import DetailLevel
from security.models import User
from tests.concurrency.test_booking_race import TEN

TAKEN = "Ce créneau vient d’être pris"
AWAY = "Une partie du service"


@dataclass
class Answer:
    status: int
    text: str
    """Of the page that it led to, for who was refused."""
    location: str


def press(app, cast, sign_in, crowd) -> list[Answer]:
    """Everybody has the page open, and presses the same hour in the same instant."""
    browsers = [sign_in(db.session.get(User, account_id)) for account_id, _place in crowd]
    bodies = [
        {
            "pour": "",
            "avec": f"{place}-{cast.bob.id}",
            "type": str(cast.type.id),
            "heure": TEN.isoformat(),
            "cle": f"{place:032}",
        }
        for _account, place in crowd
    ]
    answers: list[Answer] = []
    start = threading.Barrier(len(crowd))
    db.session.remove()

    def go(number: int) -> None:
        start.wait(60)
        answer = browsers[number].post("/rendez-vous/nouveau/heure", data=bodies[number])
        status, location = answer.status_code, answer.location or ""
        if status == 303:
            answer = browsers[number].get(location)
        answers.append(Answer(status, answer.text, location))

    threads = [threading.Thread(target=go, args=(number,)) for number in range(len(crowd))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def server_limits(app, database):
    """What a server lets its database wait for a lock, not the ceiling of other tests."""

    def limit(connection, _record):
        connection.execute("SET lock_timeout = 2000")
        connection.commit()

    event.listen(db.engine, "connect", limit)
    db.engine.dispose()
    yield
    event.remove(db.engine, "connect", limit)
    db.engine.dispose()


@pytest.mark.both_databases
def test_one_wins_and_all_the_others_read_that_it_was_just_taken(
    app, cast, sign_in, crowd, database
):
    answers = press(app, cast, sign_in, crowd)
    assert sum(answer.status == 302 for answer in answers) == 1
    losers = [answer for answer in answers if answer.status != 302]
    assert {answer.status for answer in losers} == {303}
    for answer in losers:
        assert TAKEN in answer.text
        assert AWAY not in answer.text
        nearest = re.findall(r'name="heure" value="([^"]+)"', answer.text)
        assert len(set(nearest)) >= 3
        assert TEN.isoformat() not in nearest
    with transaction():
        assert db.session.query(Appointment).count() == 1


@pytest.mark.on_postgresql
def test_control_without_turns_people_are_told_that_the_service_is_away(
    app, cast, sign_in, crowd, monkeypatch, server_limits, database
):
    """The same crowd, a slow database, and nobody waits outside: the queue would be inside."""

    def take_long(_connection, _cursor, statement, *_rest):
        if statement.rstrip().endswith("UPDATE"):  # with the lock in one's hands
            time.sleep(0.5)

    monkeypatch.setattr(waiting_room, "need", lambda names: None)
    event.listen(db.engine, "after_cursor_execute", take_long)
    try:
        answers = press(app, cast, sign_in, crowd)
    finally:
        event.remove(db.engine, "after_cursor_execute", take_long)
    assert any(AWAY in answer.text for answer in answers)


# ── A lock that really lasts ──────────────────────────────────────────────────────────────────


@contextmanager
def somebody_else_holds(app, user_id):
    """Another process works on this agenda, and does not end."""
    url = db.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(url) as other:
        other.execute("SELECT 1 FROM users WHERE id = %s FOR UPDATE", [user_id])
        yield


@pytest.mark.on_postgresql
def test_a_lock_that_lasts_is_said_and_written_down(
    app, cast, sign_in, crowd, caplog, server_limits, database
):
    with somebody_else_holds(app, cast.bob.id):
        [answer] = press(app, cast, sign_in, crowd[:1])
    assert answer.status == 503
    assert AWAY in answer.text
    assert "'reason': 'lock'" in caplog.text
    [answer] = press(app, cast, sign_in, crowd[:1])
    assert answer.status == 302


# ── Turns by themselves ───────────────────────────────────────────────────────────────────────


def test_a_turn_is_taken_by_one_at_a_time_and_begun_anew_by_the_next():
    told: list[str] = []
    inside = threading.Event()
    may_end = threading.Event()

    def first() -> None:
        def act() -> None:
            waiting_room.need(["a", "b"])
            inside.set()
            assert may_end.wait(10)
            told.append("first")

        waiting_room.in_turn(act)

    def second() -> None:
        attempts.append(1)
        waiting_room.need(["b"])
        told.append("second")

    attempts: list[int] = []
    one = threading.Thread(target=first)
    one.start()
    assert inside.wait(10)
    two = threading.Thread(target=waiting_room.in_turn, args=(second,))
    two.start()
    while not attempts:
        time.sleep(0.01)
    assert told == []
    may_end.set()
    one.join()
    two.join()
    assert (told, len(attempts)) == (["first", "second"], 2)
    assert not any(map(waiting_room._turns.count, "ab"))


def test_many_who_need_two_turns_in_any_order_all_come_through():
    done: list[int] = []

    def act(number: int) -> None:
        names = ["a", "b"] if number % 2 else ["b", "a"]
        waiting_room.need(names[:1])
        time.sleep(0.001)
        waiting_room.need(names[1:])
        done.append(number)

    threads = [
        threading.Thread(target=waiting_room.in_turn, args=(lambda number=number: act(number),))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(20))
    assert not any(map(waiting_room._turns.count, "ab"))


def test_who_waits_too_long_is_told_so(monkeypatch):
    monkeypatch.setattr(waiting_room, "WAIT", 0.1)
    inside, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        waiting_room.need(["a"])
        inside.set()
        may_end.wait(10)

    holder = threading.Thread(target=waiting_room.in_turn, args=(hold,))
    holder.start()
    assert inside.wait(10)
    try:
        with pytest.raises(UnavailableError):
            waiting_room.in_turn(lambda: waiting_room.need(["a"]))
    finally:
        may_end.set()
        holder.join()
    assert not any(map(waiting_room._turns.count, "ab"))


@pytest.mark.on_postgresql
def test_a_calendar_link_is_made_before_or_after_an_act_never_beside_it(app, cast, database):
    """What changes while nobody reads an agenda tells no reader: there must be none by then."""
    bob, agenda_id, done = cast.bob.id, cast.agenda.id, threading.Event()

    def make_link():
        with app.app_context():
            owner, agenda = db.session.get(User, bob), db.session.get(Agenda, agenda_id)
            create_link(owner, agenda, name="x", detail_level=DetailLevel.DISCREET)
            db.session.remove()
        done.set()

    db.session.remove()
    with somebody_else_holds(app, bob):
        thread = threading.Thread(target=make_link)
        thread.start()
        assert not done.wait(0.5)
    thread.join()
    assert done.is_set()
