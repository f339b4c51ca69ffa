"""Whoever must know that a message did not leave is told: of all it was about, whatever happens."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import db
from core.outbox import (
    About,
    NoLongerTrueError,
    OutboxAbout,
    OutboxState,
    RefusedForGoodError,
    Worker,
    enqueue,
    forget_queued,
)
from core.outbox.endings import TOLD_AGAIN
from core.outbox.kinds import KINDS, Kind
from core.outbox.leases import LEASE
from core.outbox.writing import Message
from core.outbox.writing import write as write_all
from core.transaction import transaction
from tests.core.outboxes import fail_with, rows, states, write

pytestmark = pytest.mark.both_databases
THREE = [About("appointment", 3), About("appointment", 7), About("patient", 7)]


class Told(list):
    """Notes what it is told; may fail, as anybody may."""

    def __init__(self):
        super().__init__()
        self.error: BaseException | None = None

    def __call__(self, abouts, payload):
        if self.error is not None:
            raise self.error
        self.append((list(abouts), payload))


@pytest.fixture
def told(monkeypatch):
    told = Told()
    refuse = fail_with(RefusedForGoodError("no such mailbox"))
    monkeypatch.setitem(KINDS, "note", Kind(refuse, on_dead=told))
    return told


def test_a_message_about_three_things_is_told_about_three(app, told):
    write(about=THREE)
    Worker().run_once()
    assert told == [(THREE, {"n": 0})]
    assert states() == [OutboxState.DEAD]
    assert Worker().run_once() == 0
    assert len(told) == 1


def test_what_came_too_late_is_told_as_well_and_then_forgotten(app, told, travel_to):
    write(about=THREE, not_after=travel_to.now + timedelta(minutes=10))
    travel_to(timedelta(minutes=11))
    Worker().run_once()
    assert told == [(THREE, {"n": 0})]
    assert [(row.state, row.payload) for row in rows()] == [(OutboxState.EXPIRED, None)]


@pytest.mark.parametrize("is_killed_while_told", [False, True])
def test_a_worker_that_dies_between_the_end_and_the_telling_loses_nothing(
    app, told, travel_to, is_killed_while_told
):
    class KilledError(BaseException):
        pass

    write(about=THREE)
    told.error = KilledError()
    with pytest.raises(KilledError):
        Worker().run_once()
    assert states() == [OutboxState.DEAD]
    assert told == []
    told.error = None
    assert Worker().run_once() == 0, "whoever tells has a lease, too"
    travel_to(LEASE + timedelta(seconds=1))
    Worker().run_once()
    assert told == [(THREE, {"n": 0})]


def test_who_cannot_be_told_now_is_told_later(app, told, travel_to):
    write(about=THREE)
    told.error = RuntimeError("not now")
    Worker().run_once()
    assert Worker().run_once() == 0
    told.error = None
    travel_to(TOLD_AGAIN + timedelta(seconds=1))
    Worker().run_once()
    assert len(told) == 1


def test_what_is_withdrawn_or_no_longer_true_is_missed_by_nobody(app, told, monkeypatch):
    write(dedupe_key="a")
    with transaction():
        forget_queued("a")
    silent = Kind(fail_with(NoLongerTrueError()), on_dead=told)
    monkeypatch.setitem(KINDS, "silent", silent)
    write(kind="silent")
    Worker().run_once()
    assert told == []
    assert states() == [OutboxState.EXPIRED] * 2
    assert {row.payload for row in rows()} == {None}


# ── Writing ───────────────────────────────────────────────────────────────────────────────────


def test_many_messages_are_three_statements(app, count_queries):
    messages = [
        Message(kind="note", payload={"n": n}, key=f"note-{n}", about=THREE) for n in range(25)
    ]
    with transaction(), count_queries() as count:
        ids = write_all(messages)
    assert len(count.statements) == 3, count.statements
    assert len(set(ids)) == 25
    assert len(db.session.scalars(select(OutboxAbout)).all()) == 75


def test_a_key_is_written_once_even_within_one_statement(app):
    messages = [Message(kind="note", payload={"n": n}, key=f"key-{n % 2}") for n in range(4)]
    with transaction():
        first = write_all(messages)
        again = enqueue("note", {}, dedupe_key="key-0")
    assert [one is None for one in first] == [False, False, True, True]
    assert again is None
    assert [row.payload for row in rows()] == ['{"n": 0}', '{"n": 1}']


def test_who_writes_a_known_key_adds_nothing_to_what_it_is_about(app):
    with transaction():
        enqueue("note", {}, dedupe_key="key", about=THREE[:1])
        enqueue("note", {}, dedupe_key="key", about=THREE)
    assert len(db.session.scalars(select(OutboxAbout)).all()) == 1
