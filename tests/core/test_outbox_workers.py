"""Several workers and a slow mail server: the history of what the server took has no doubles."""

import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from core import clock
from core.config import MailConfig
from core.database import db
from core.mail import compose, send_by_smtp
from core.outbox import OutboxMessage, OutboxState, Worker
from core.outbox.kinds import KINDS, Kind
from core.outbox.leases import LEASE, LeaseLostError, require_held
from core.transaction import transaction
from tests.core.outboxes import states, write

pytestmark = pytest.mark.both_databases
SPAN = timedelta(seconds=0.5)
SLOWEST = 1.2
"""Longer than a lease: without renewal the next worker would take the message."""
MAILS, WORKERS = 8, 3


@pytest.fixture
def relay(app, smtp_server, monkeypatch):
    """A real mail server, and a kind of message that goes there."""
    config = MailConfig(
        backend="smtp",
        smtp_host=smtp_server.host,
        smtp_port=smtp_server.port,
        smtp_security="none",
    )

    def send(row_id, _payload):
        mail = {"to": "a@example.org", "subject": "s", "text": "t", "html": "h"}
        sender, message_id = "Alvéole <no@example.org>", f"<{row_id}@example.org>"
        send_by_smtp(config, compose(mail, sender=sender, message_id=message_id))

    monkeypatch.setitem(KINDS, "note", Kind(send, destination="relay"))
    return smtp_server


@pytest.fixture
def ticking(travel_to, monkeypatch):
    """Leases run out by themselves: this clock goes on."""
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC))


def doubles(server) -> list[str]:
    """The history checker: what the server took more than once."""
    taken = Counter(mail.message["Message-ID"] for mail in server.mails)
    return [name for name, count in taken.items() if count > 1]


def work_side_by_side(app, run_once, count=WORKERS) -> None:
    """Let several workers empty the outbox, each in a thread of its own."""

    def work():
        with app.app_context():
            turn = run_once()
            while waits():
                if not turn():
                    time.sleep(0.02)

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def waits() -> bool:
    query = select(OutboxMessage.id).where(OutboxMessage.state == OutboxState.QUEUED).limit(1)
    found = db.session.scalar(query) is not None
    db.session.rollback()
    return found


def slow(seed):
    """Think for a while that differs from mail to mail, and from seed to seed."""
    dice = random.Random(seed)
    return lambda: dice.choice((0.0, 0.05, 0.3, SLOWEST))


@pytest.mark.parametrize("seed", range(4))
def test_two_workers_and_a_slow_server_send_nothing_twice(app, relay, ticking, seed):
    relay.seconds = slow(seed)
    write(MAILS)
    work_side_by_side(app, lambda: Worker(span=SPAN).run_once)
    assert states() == [OutboxState.ACCEPTED] * MAILS
    assert len(relay.mails) == MAILS
    assert doubles(relay) == []


class OneLeaseForAll:
    """A worker as one would write it first: some messages, one lease, never renewed."""

    def __init__(self):
        self.name = str(random.random())

    def run_once(self):
        now = clock.now()
        with transaction():
            ids = db.session.scalars(
                select(OutboxMessage.id)
                .where(
                    OutboxMessage.state == OutboxState.QUEUED,
                    OutboxMessage.leased_until.is_(None) | (OutboxMessage.leased_until < now),
                )
                .limit(MAILS)
                .with_for_update(skip_locked=True)
            ).all()
            mine = update(OutboxMessage).where(OutboxMessage.id.in_(ids))
            db.session.execute(mine.values(worker=self.name, leased_until=now + SPAN))
        for row_id in ids:
            KINDS["note"].send(row_id, {})
            with transaction():
                own = update(OutboxMessage).where(OutboxMessage.id == row_id)
                db.session.execute(own.values(state=OutboxState.ACCEPTED, done_at=clock.now()))
        return len(ids)


def test_the_checker_sees_the_doubles_of_a_worker_with_one_lease_for_all(app, relay, ticking):
    relay.seconds = slow(1)
    write(MAILS)
    work_side_by_side(app, lambda: OneLeaseForAll().run_once)
    assert doubles(relay) != []


def test_who_dies_between_the_answer_and_the_mark_is_sent_once_more(
    app, relay, travel_to, monkeypatch
):
    class KilledError(BaseException):
        pass

    def send_and_die(row_id, payload):
        whole.send(row_id, payload)
        raise KilledError

    whole = KINDS["note"]
    write()
    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setitem(KINDS, "note", Kind(send_and_die))
        Worker().run_once()
    assert Worker().run_once() == 0
    travel_to(LEASE + timedelta(seconds=1))
    assert Worker().run_once() == 1
    assert Worker().run_once() == 0
    assert len(relay.mails) == 2
    assert len(doubles(relay)) == 1, "both carry one Message-ID: receivers can drop the second"
    assert states() == [OutboxState.ACCEPTED]


def test_a_worker_that_slept_through_its_lease_does_not_begin_to_send(app, monkeypatch):
    """As a machine that was suspended: neither the thread that renews nor the send went on."""
    sent = []

    def sleep_and_send(row_id, _payload):
        monkeypatch.setattr(time, "monotonic", lambda: awake + LEASE.total_seconds() + 1)
        try:
            require_held()
        finally:
            monkeypatch.setattr(time, "monotonic", lambda: awake)
        sent.append(row_id)

    awake = time.monotonic()
    monkeypatch.setitem(KINDS, "note", Kind(sleep_and_send))
    write()
    Worker().run_once()
    assert sent == []
    assert states() == [OutboxState.QUEUED], "whoever holds it now writes how it ended"


def test_outside_a_lease_nothing_needs_to_be_held():
    require_held()
    assert issubclass(LeaseLostError, Exception)
