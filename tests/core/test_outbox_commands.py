"""What a host sees of the outbox, and does about it; never an address, a text or a code."""

from datetime import timedelta

import pytest

from core import retention
from core.outbox import About, OutboxState, RefusedForGoodError, Worker, heartbeat, upkeep
from core.outbox.endings import forget_useless_words
from core.outbox.kinds import KINDS, Kind
from tests.core.outboxes import fail_with, rows, states, write

pytestmark = pytest.mark.both_databases
REFUSED = "550 <zoe.belanger@example.org>: nobody, code 481 027"


@pytest.fixture
def told():
    return []


@pytest.fixture
def run(app):
    """``run("list", "--dead")`` gives what the command prints, with how it ended."""

    def run(*args, group="outbox"):
        found = app.test_cli_runner().invoke(args=[group, *args])
        assert "Traceback" not in found.output
        return found.exit_code, found.output

    return run


@pytest.fixture
def dead(app, monkeypatch, told):
    """Three dead messages; their kind works again."""
    on_dead = lambda abouts, _payload: told.append(list(abouts))  # noqa: E731
    with monkeypatch.context() as patch:
        refuse = fail_with(RefusedForGoodError(REFUSED))
        patch.setitem(KINDS, "note", Kind(refuse, on_dead=on_dead))
        ids = write(3, about=[About("appointment", 12)])
        Worker().run_once()
    sent = []
    note = Kind(lambda _row, payload: sent.append(payload["n"]), on_dead=on_dead)
    monkeypatch.setitem(KINDS, "note", note)
    return ids, sent


def test_the_list_says_what_kind_and_about_what_never_to_whom(dead, run):
    (first, *_others), _sent = dead
    code, said = run("list", "--dead")
    assert code == 0
    assert "note: 0 due; 0 planned, 0 failing, 3 dead" in said
    assert f"{first}  dead  note" in said
    assert "appointment 12" in said
    assert "550 …" in said
    assert not {"zoe", "481", '"n"'} & set(said.replace("…", " ").split())
    assert "example.org" not in said
    assert run("list", "--kind", "other") == (0, "")


def test_the_list_says_since_when_something_waits(app, run, travel_to):
    write(2, kind="nobody sends this")
    travel_to(timedelta(hours=1))
    write(kind="nobody sends this", not_before=travel_to.now + timedelta(days=1))
    said = run("list")[1]
    assert "nobody sends this: 2 due (the oldest since 2026-11-23 07:00); 1 planned" in said


def test_dead_messages_leave_when_they_are_tried_again(dead, run):
    ids, sent = dead
    assert run("retry", str(ids[1]))[1] == "1 messages will be tried again.\n"
    Worker().run_once()
    assert sent == [1]
    run("retry", "--dead")
    Worker().run_once()
    assert sorted(sent) == [0, 1, 2]
    assert states() == [OutboxState.ACCEPTED] * 3
    assert run("retry")[0] == 2, "all of them only where that is said"


def test_what_is_of_no_use_any_more_is_not_tried_again(app, run, monkeypatch, travel_to):
    monkeypatch.setitem(KINDS, "note", Kind(fail_with(RefusedForGoodError("no"))))
    write(not_after=travel_to.now + timedelta(minutes=10))
    Worker().run_once()
    travel_to(timedelta(minutes=11))
    assert run("retry", "--dead")[1] == "0 messages will be tried again.\n"
    assert "cannot be sent again" in run("list", "--dead")[1]
    forget_useless_words(0, {})
    assert rows()[0].payload is None


def test_what_is_dropped_is_told_unless_it_was(dead, run, told):
    ids, sent = dead
    [waiting] = write(about=[About("appointment", 99)])
    assert run("drop", *map(str, ids), str(waiting))[1] == "4 messages were dropped.\n"
    Worker().run_once()
    assert sent == []
    assert told[3:] == [[About("appointment", 99)]]
    assert states() == [OutboxState.EXPIRED] * 4
    assert {row.payload for row in rows()} == {None}


def test_a_worker_that_lives_is_seen_and_one_that_died_is_missed(app, run, travel_to):
    assert "No worker gives signs of life" in run("outbox", group="doctor")[1]
    worker = Worker()
    heartbeat.beat(worker)
    assert run("outbox", group="doctor")[0] == 0
    travel_to(heartbeat.GONE + timedelta(seconds=1))
    code, said = run("outbox", group="doctor")
    assert code == 1
    assert "gives no sign of life" in said
    heartbeat.stop(worker)
    assert heartbeat.list_workers() == []


def test_the_doctor_names_the_dead_and_what_waits_too_long(dead, run, travel_to):
    heartbeat.beat(Worker())
    code, said = run("outbox", group="doctor")
    assert code == 1
    assert "Dead messages: note 3" in said
    write()
    travel_to(timedelta(minutes=20))
    assert "due for 20 minutes" in run("outbox", group="doctor")[1]


def test_ended_messages_are_kept_for_as_long_as_the_settings_say(dead, app, travel_to):
    ids, _sent = dead
    upkeep.retry(ids[:1])
    Worker().run_once()
    settings = app.config["ALVEOLE"].retention
    travel_to(timedelta(days=settings.sent_days, hours=1))
    retention.apply(0, {})
    assert [row.id for row in rows()] == ids[1:]
    travel_to(timedelta(days=settings.unsent_days - settings.sent_days))
    retention.apply(0, {})
    assert rows() == []
