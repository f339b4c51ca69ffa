"""What has reached its term goes, in small batches, and everything else stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from core import clock, rate_limit, retention
from core import outbox as core_outbox
from core.config import RetentionConfig
from core.database import db
from core.drafts import Draft, keep
from core.idempotency import IdempotencyKey, once
from core.mail import MailboxMessage, keep_in_mailbox
from core.rate_limit import RateLimit, RateLimitHit
from core.transaction import transaction

pytestmark = pytest.mark.both_databases
ONCE = RateLimit("once", 1, timedelta(days=31))


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def commits(app) -> Iterator[list[object]]:
    """Every commit of the test, in its order."""
    seen: list[object] = []

    def note(connection: object) -> None:
        seen.append(connection)

    event.listen(db.engine, "commit", note)
    yield seen
    event.remove(db.engine, "commit", note)


def hits(number: int) -> None:
    with transaction():
        db.session.add_all(
            RateLimitHit(limit_name="test", key=f"{n}", at=clock.now()) for n in range(number)
        )


def test_each_table_goes_at_its_own_term(app, cast, travel_to):
    keep(None, cast.bob.id, action="/x", fields=[("word", "typed")])
    with transaction():
        once(cast.bob.id, "test", "key", "request", lambda: 1)
    keep_in_mailbox({"to": "a@example.org", "subject": "s", "text": "t", "html": "h"})
    rate_limit.hit(ONCE, "somebody")
    gone = {Draft: "hours=1", IdempotencyKey: "hours=23", MailboxMessage: "days=29"}
    for model, wait in gone.items():
        retention.apply(1, {})
        assert count(model) == 1, model
        unit, _, number = wait.partition("=")
        travel_to(timedelta(**{unit: int(number)}, minutes=1))
        retention.apply(1, {})
        assert count(model) == 0, model
    assert count(RateLimitHit) == 1
    travel_to(timedelta(days=2))
    retention.apply(1, {})
    assert count(RateLimitHit) == 0


def test_a_host_may_keep_things_longer(app, travel_to, monkeypatch):
    longer = replace(app.config["ALVEOLE"], retention=RetentionConfig(counter_days=40))
    monkeypatch.setitem(app.config, "ALVEOLE", longer)
    hits(1)
    travel_to(timedelta(days=39))
    retention.apply(1, {})
    assert count(RateLimitHit) == 1
    travel_to(timedelta(days=2))
    retention.apply(1, {})
    assert count(RateLimitHit) == 0


def test_rows_go_in_small_transactions(app, travel_to, commits):
    hits(2 * retention.BATCH + 1)
    travel_to(timedelta(days=32))
    commits.clear()
    retention.apply(1, {})
    assert count(RateLimitHit) == 0
    assert len(commits) == 3


def test_where_nothing_is_due_nothing_is_written(app, cast, commits):
    commits.clear()
    retention.apply(1, {})
    assert commits == []


def test_what_does_not_fit_into_one_turn_goes_on_in_the_next(app, travel_to, monkeypatch, outbox):
    hits(3)
    travel_to(timedelta(days=32))
    monkeypatch.setattr(retention, "AT_ONCE", -1.0)
    retention.apply(1, {})
    assert count(RateLimitHit) == 3
    monkeypatch.setattr(retention, "AT_ONCE", 20.0)
    outbox.deliver()
    assert count(RateLimitHit) == 0


def test_the_worker_does_it(app, travel_to, outbox):
    hits(1)
    travel_to(timedelta(days=32))
    with transaction():
        core_outbox.enqueue(retention.KIND, {})
    outbox.deliver()
    assert count(RateLimitHit) == 0
