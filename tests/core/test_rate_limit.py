"""Brakes hold across roll-backs and restarts; keys make two requests one act."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import idempotency, rate_limit
from core.database import db
from core.errors import TooManyRequestsError
from core.idempotency import KeyReusedError
from core.rate_limit import RateLimit, RateLimitHit
from core.transaction import transaction

pytestmark = pytest.mark.both_databases
THREE = RateLimit("test", 3, timedelta(minutes=15))


def test_the_fourth_act_waits_until_the_first_is_old(app, travel_to):
    for _ in range(3):
        rate_limit.hit(THREE, "a")
        travel_to(timedelta(minutes=1))
    with pytest.raises(TooManyRequestsError) as refused:
        rate_limit.hit(THREE, "a")
    assert 11 * 60 < refused.value.retry_after <= 12 * 60 + 1
    rate_limit.hit(THREE, "b")
    travel_to(timedelta(seconds=refused.value.retry_after))
    rate_limit.hit(THREE, "a")


def test_the_right_person_clears_the_count(app):
    for _ in range(3):
        rate_limit.hit(THREE, "a")
    rate_limit.clear(THREE, "a")
    rate_limit.check(THREE, "a")


def test_counting_inside_an_operation_is_a_mistake_of_ours(app):
    with transaction(), pytest.raises(RuntimeError, match="survive"):
        rate_limit.hit(THREE, "a")


def test_the_table_names_nobody(app):
    rate_limit.hit(THREE, "bob@example.org")
    keys = db.session.scalars(select(RateLimitHit.key)).all()
    assert all("bob" not in key for key in keys)


def test_the_same_key_is_one_act_and_another_request_is_refused(cast):
    made = []

    def act():
        made.append(1)
        return len(made)

    def once(key, request):
        with transaction():
            return idempotency.once(cast.alice.id, "test", key, request, act)

    assert [once("k", "r"), once("k", "r"), once("other", "r")] == [1, 1, 2]
    with pytest.raises(KeyReusedError):
        once("k", "another request")
    assert [once(None, "r"), once("", "r")] == [3, 4]
