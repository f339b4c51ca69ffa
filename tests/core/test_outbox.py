"""What is written with its fact leaves, whatever happens to the worker; once for one key."""

import threading
from datetime import timedelta

import pytest

from core import outbox as box
from core.config import MailConfig
from core.database import db
from core.mail import compose, send_by_smtp
from core.outbox import AwayError, OutboxState, RefusedForGoodError, Worker
from core.outbox.endings import KEPT_TRYING
from core.outbox.kinds import KINDS, REGULAR, Kind
from core.outbox.leases import LEASE
from core.outbox.regular import enqueue_regular
from core.outbox.worker import BACK_OFF
from core.transaction import transaction
from tests.core.outboxes import fail_with, rows, states, write
from tests.servers.smtp import Manner


@pytest.fixture
def sent(monkeypatch):
    """Register a kind of message for the test; what is sent is noted."""
    noted = []
    monkeypatch.setitem(KINDS, "note", Kind(lambda _row, payload: noted.append(payload["n"])))
    return noted


pytestmark = pytest.mark.both_databases


def test_what_is_rolled_back_never_leaves(app, sent):
    with pytest.raises(ValueError, match="no"), transaction():
        box.enqueue("note", {"n": 1})
        raise ValueError("no")
    assert Worker().run_once() == 0
    assert sent == []


def test_a_message_leaves_once_and_its_words_are_forgotten(app, sent):
    write(3)
    assert Worker().run_once() == 3
    assert Worker().run_once() == 0
    assert sorted(sent) == [0, 1, 2]
    assert {(row.state, row.payload) for row in rows()} == {(OutboxState.ACCEPTED, None)}


def test_payloads_are_unreadable_in_the_database(app, sent):
    write()
    stored = db.session.scalar(db.text("SELECT payload FROM outbox_messages"))
    assert stored.startswith("v2.")
    assert '"n"' not in stored


def test_the_same_key_is_written_once(app, sent):
    write(dedupe_key="reminder:1")
    write(dedupe_key="reminder:1")
    Worker().run_once()
    assert sent == [0]


def test_what_leaves_again_and_again_does_not_pile_up(app, monkeypatch, travel_to):
    for kind in [*REGULAR]:
        monkeypatch.delitem(REGULAR, kind)
    kind = f"turns on {db.engine.dialect.name}"  # a process writes no turn twice
    monkeypatch.setitem(REGULAR, kind, timedelta(hours=12))
    monkeypatch.setitem(KINDS, kind, Kind(lambda _row, _payload: None))
    for _turn in range(8):
        travel_to(timedelta(hours=12))
        enqueue_regular()
        enqueue_regular()
        Worker().run_once()
    assert states() == [OutboxState.ACCEPTED] * 4

    monkeypatch.setitem(KINDS, kind, Kind(fail_with(RuntimeError("not now"))))
    for _turn in range(6):
        travel_to(timedelta(hours=12))
        enqueue_regular()
        Worker().run_once()
    assert states() == [OutboxState.QUEUED] * 6  # what did not leave is given up by nobody


def test_a_killed_worker_loses_nothing(app, sent, travel_to, monkeypatch):
    """The first worker claims and dies before sending: when its lease is over, another sends."""
    write(2)

    class KilledError(BaseException):
        pass

    def die(*_args):
        raise KilledError

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setitem(KINDS, "note", Kind(die))
        Worker().run_once()
    assert Worker().run_once() == 1
    assert sent == [1]
    travel_to(LEASE + timedelta(seconds=1))
    assert Worker().run_once() == 1
    assert sorted(sent) == [0, 1]
    assert states() == [OutboxState.ACCEPTED] * 2


def test_a_worker_whose_lease_was_lost_marks_nothing(app, sent, travel_to, monkeypatch):
    write()

    def slow(_row, _payload):
        travel_to(LEASE + timedelta(seconds=1))
        monkeypatch.setitem(KINDS, "note", Kind(lambda _row, payload: sent.append(payload["n"])))
        Worker().run_once()
        raise OSError("too late")

    monkeypatch.setitem(KINDS, "note", Kind(slow))
    Worker().run_once()
    assert sent == [0]
    assert states() == [OutboxState.ACCEPTED]


def test_a_message_waits_two_weeks_for_its_far_side(app, travel_to, monkeypatch):
    tries = []

    def refuse(_row, _payload):
        tries.append(travel_to.now)
        raise OSError("connection refused")

    monkeypatch.setitem(KINDS, "note", Kind(refuse))
    write()
    begun = travel_to.now
    for wait in BACK_OFF:
        assert Worker().run_once() == 1
        assert Worker().run_once() == 0
        assert states() == [OutboxState.QUEUED]
        assert "connection refused" in rows()[0].last_error
        travel_to(timedelta(seconds=wait + 1))
    while states() == [OutboxState.QUEUED]:
        travel_to(timedelta(hours=8))
        assert Worker().run_once() == 1
    assert states() == [OutboxState.DEAD]
    assert timedelta(0) < tries[-1] - (begun + KEPT_TRYING) < timedelta(hours=9)
    assert rows()[0].payload == '{"n": 0}', "it can be sent again"


def test_a_far_side_that_was_away_for_three_days_gets_what_waited(
    app, sent, travel_to, monkeypatch
):
    write(3)
    with monkeypatch.context() as patch:
        patch.setitem(KINDS, "note", Kind(fail_with(OSError("away"))))
        for _time in range(3 * 6):
            assert Worker().run_once() == 3
            travel_to(timedelta(hours=4))
    assert states() == [OutboxState.QUEUED] * 3
    Worker().run_once()
    assert sorted(sent) == [0, 1, 2]


def test_what_a_refusal_repeats_of_a_person_is_not_kept(app, monkeypatch):
    said = "550 <zoe.belanger@example.org> unknown, call +33 6 39 98 12 34, code 481 027"
    monkeypatch.setitem(KINDS, "note", Kind(fail_with(RefusedForGoodError(said))))
    write()
    Worker().run_once()
    assert rows()[0].last_error == "550 … unknown, call +…, code …"


def test_a_message_whose_time_is_over_does_not_leave(app, sent, travel_to):
    write(not_after=travel_to.now + timedelta(minutes=10))
    travel_to(timedelta(minutes=11))
    Worker().run_once()
    assert sent == []
    assert states() == [OutboxState.EXPIRED]


def test_a_message_waits_for_its_hour(app, sent, travel_to):
    write(not_before=travel_to.now + timedelta(hours=1))
    assert Worker().run_once() == 0
    travel_to(timedelta(hours=1))
    assert Worker().run_once() == 1


def test_four_workers_share_the_work_and_send_nothing_twice(app, sent):
    write(60)

    def work():
        with app.app_context():
            worker = Worker()
            while worker.run_once():
                pass
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == list(range(60))


def test_a_mail_reaches_a_real_server_with_a_stable_id(app, smtp_server):
    config = MailConfig(
        backend="smtp",
        smtp_host=smtp_server.host,
        smtp_port=smtp_server.port,
        smtp_security="none",
    )
    payload = {"to": "a@example.org", "subject": "Été", "text": "Bonjour", "html": "<p>Bonjour</p>"}
    for _ in range(2):
        send_by_smtp(
            config, compose(payload, sender="Alvéole <no@example.org>", message_id="<1@x>")
        )
    first, second = (mail.message for mail in smtp_server.wait_for(2))
    assert first["Subject"] == "Été"
    assert first["Message-ID"] == second["Message-ID"] == "<1@x>"
    assert first.get_body(("plain",)).get_content().strip() == "Bonjour"


def test_a_mail_server_that_says_nothing_does_not_hold_the_worker(app, smtp_server):
    smtp_server.manner = Manner.HANG
    config = MailConfig(
        backend="smtp",
        smtp_host=smtp_server.host,
        smtp_port=smtp_server.port,
        smtp_security="none",
        smtp_timeout=0.3,
    )
    payload = {"to": "a@example.org", "subject": "s", "text": "t", "html": "h"}
    with pytest.raises(AwayError):
        send_by_smtp(config, compose(payload, sender="no@example.org", message_id="<1@x>"))
