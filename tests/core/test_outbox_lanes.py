"""Who waits behind whom: a code behind nobody, and nobody behind a far side that is away."""

from datetime import timedelta

import pytest

from core.outbox import AwayError, Lane, OutboxState, RefusedForGoodError, Worker
from core.outbox.breaker import LONGEST_REST, TOLERATED, Breaker
from core.outbox.endings import KEPT_TRYING
from core.outbox.kinds import KINDS, Kind
from core.outbox.worker import URGENT_IN_A_ROW
from tests.core.outboxes import fail_with, rows, states, write

pytestmark = pytest.mark.both_databases


@pytest.fixture
def order(monkeypatch):
    """The kinds of what left, in their order."""
    left: list[str] = []

    def noting(kind):
        return lambda _row, _payload: left.append(kind)

    for kind, lane in (("code", Lane.URGENT), ("notice", Lane.ORDINARY)):
        monkeypatch.setitem(KINDS, kind, Kind(noting(kind), lane=lane))
    return left


def test_a_code_does_not_wait_behind_two_hundred_notices(app, order):
    write(200, kind="notice")
    worker = Worker()
    worker.run_once(at_most=1)
    write(kind="code")
    worker.run_once(at_most=1)
    assert order == ["notice", "code"]


def test_notices_have_their_turn_among_codes(app, order):
    write(30, kind="code")
    write(2, kind="notice")
    worker = Worker()
    while worker.run_once():
        pass
    rhythm = ["code"] * URGENT_IN_A_ROW + ["notice"]
    assert order == [*rhythm, *rhythm, *["code"] * (30 - 2 * URGENT_IN_A_ROW)]


def test_a_message_may_be_more_urgent_than_its_kind(app, order):
    write(3, kind="notice")
    write(kind="notice", lane=Lane.URGENT)
    Worker().run_once(at_most=1)
    assert [row.lane for row in rows() if row.state is OutboxState.ACCEPTED] == [Lane.URGENT]


# ── A far side that is away ───────────────────────────────────────────────────────────────────


@pytest.fixture
def seconds():
    """The breaker's own clock, which a test moves."""
    return [0.0]


@pytest.fixture
def worker(seconds):
    return Worker(breaker=Breaker(clock=lambda: seconds[0]))


@pytest.fixture
def relay(monkeypatch):
    """Two kinds go by the relay, one goes nowhere; ``relay.is_away`` is what a test changes."""

    class Relay:
        is_away = True
        tries = 0
        left: list[int] = []  # noqa: RUF012  (one for each test)

        def send(self, row_id, _payload):
            self.tries += 1
            if self.is_away:
                raise AwayError("connection refused")
            self.left.append(row_id)

    relay = Relay()
    relay.left = []
    for kind in ("mail", "digest"):
        monkeypatch.setitem(KINDS, kind, Kind(relay.send, destination="relay:25"))
    monkeypatch.setitem(KINDS, "note", Kind(lambda row_id, _payload: relay.left.append(row_id)))
    return relay


def test_what_goes_to_a_far_side_that_is_away_is_not_even_tried(app, relay, worker):
    write(10, kind="mail")
    write(10, kind="digest")
    [here] = write(kind="note")
    worker.run_once()
    assert relay.tries == TOLERATED
    assert relay.left == [here], "what goes elsewhere leaves all the same"
    assert [row.attempts for row in rows()].count(0) == 20 - TOLERATED
    assert worker.breaker.resting() == ["relay:25"]
    assert worker.run_once() == 0


def test_after_its_rest_one_message_asks_whether_it_is_back(app, relay, worker, seconds, travel_to):
    write(10, kind="mail")
    worker.run_once()
    for rest in (30, 60, 120, 240, LONGEST_REST, LONGEST_REST):
        tries = relay.tries
        seconds[0] += rest - 1
        assert worker.run_once() == 0
        seconds[0] += 2
        worker.run_once()
        assert relay.tries == tries + 1
    relay.is_away = False
    seconds[0] += LONGEST_REST + 1
    travel_to(timedelta(hours=2))
    while worker.run_once():
        pass
    assert len(relay.left) == 10
    assert worker.breaker.resting() == []


def test_a_refusal_of_one_mail_says_that_the_relay_is_there(app, monkeypatch, worker):
    refuse = Kind(fail_with(RefusedForGoodError("no such mailbox")), destination="relay:25")
    monkeypatch.setitem(KINDS, "mail", refuse)
    write(10, kind="mail")
    worker.run_once()
    assert states() == [OutboxState.DEAD] * 10


def test_what_waits_for_a_far_side_ends_when_it_is_of_no_use(app, relay, worker, travel_to):
    write(4, kind="mail", not_after=travel_to.now + timedelta(minutes=10))
    write(4, kind="digest")
    worker.run_once()
    travel_to(timedelta(minutes=11))
    worker.run_once()
    assert states() == [OutboxState.EXPIRED] * 4 + [OutboxState.QUEUED] * 4
    assert {row.payload for row in rows()[:4]} == {None}
    travel_to(KEPT_TRYING)
    worker.run_once()
    assert states()[4:] == [OutboxState.DEAD] * 4
