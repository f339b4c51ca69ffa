"""A sealed day cannot be touched without being seen."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from core import audit, audit_seals, clock, retention
from core.audit import AuditEntry
from core.audit_seals import AuditSeal, broken_seals, seal_finished_days
from core.authorization import System
from core.database import db
from core.transaction import transaction

pytestmark = pytest.mark.both_databases


@pytest.fixture
def three_days(app, travel_to):
    """Two entries a day, three days, all sealed on the fourth."""
    for _day in range(3):
        for _act in range(2):
            with transaction():
                audit.record(actor=System("test"), permission="a:b", subject=None, outcome="done")
        travel_to(timedelta(days=1))
    assert seal_finished_days() == 3
    assert seal_finished_days() == 0
    return list(db.session.scalars(select(AuditSeal.day).order_by(AuditSeal.day)))


def test_untouched_days_verify_and_today_stays_open(three_days):
    with transaction():
        audit.record(actor=System("test"), permission="a:b", subject=None, outcome="done")
    assert broken_seals() == []


@pytest.mark.parametrize("harm", ["change", "remove", "add"])
def test_a_touched_day_is_named(three_days, harm):
    at = db.session.scalars(select(AuditEntry.at).order_by(AuditEntry.id)).all()[2]
    second_day = db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all()[2]
    with transaction():
        if harm == "change":
            db.session.execute(
                update(AuditEntry).where(AuditEntry.id == second_day).values(outcome="refused")
            )
        elif harm == "remove":
            db.session.execute(delete(AuditEntry).where(AuditEntry.id == second_day))
        else:
            audit.record(actor=System("test"), permission="a:b", subject=None, outcome="done")
            db.session.flush()  # to date it back
            newest = select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)
            db.session.execute(
                update(AuditEntry).where(AuditEntry.id == newest.scalar_subquery()).values(at=at)
            )
    assert broken_seals() == [three_days[1]]


def test_the_command_tells_and_exits_with_one(three_days, app):
    runner = app.test_cli_runner()
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0
    with transaction():
        db.session.execute(delete(AuditEntry))
    found = runner.invoke(args=["audit", "verify"])
    assert found.exit_code == 1
    assert "altered" in found.output


def seal_without_a_key():
    """Do what somebody who may write to the database, and has no key of the host, can do."""
    previous = audit_seals.FIRST
    with transaction():
        for seal in db.session.scalars(select(AuditSeal).order_by(AuditSeal.day)):
            previous, seal.entries = audit_seals._digest(previous, seal.day, None)
            seal.digest = previous


def test_seals_of_before_still_verify_are_named_and_get_a_key(three_days, app):
    seal_without_a_key()
    runner = app.test_cli_runner()
    found = runner.invoke(args=["audit", "verify"])
    assert found.exit_code == 0
    assert "3 days are sealed without a key" in found.output
    assert runner.invoke(args=["keys", "reseal"]).exit_code == 0
    assert "without a key" not in runner.invoke(args=["audit", "verify"]).output


def test_whoever_has_no_key_cannot_seal_what_they_changed(three_days, travel_to):
    with transaction():
        db.session.execute(update(AuditEntry).values(outcome="refused"))
        seals = list(db.session.scalars(select(AuditSeal).order_by(AuditSeal.day)))
        for seal in seals[1:]:
            seal.digest, seal.entries = audit_seals._digest(audit_seals.FIRST, seal.day, None)
    assert broken_seals() == three_days


def test_a_chain_that_was_touched_is_not_sealed_anew(three_days, app):
    seal_without_a_key()
    with transaction():
        db.session.execute(update(AuditEntry).values(outcome="refused"))
    before = db.session.scalars(select(AuditSeal.digest)).all()
    done = app.test_cli_runner().invoke(args=["keys", "reseal"])
    assert done.exit_code == 1
    assert db.session.scalars(select(AuditSeal.digest)).all() == before


def test_a_seal_fits_its_column(three_days):
    assert all(len(one) <= 64 for one in db.session.scalars(select(AuditSeal.digest)))


@pytest.fixture
def sealed_every_day(app, travel_to):
    """Three days with entries, each sealed on the day after."""
    for _day in range(3):
        with transaction():
            audit.record(actor=System("test"), permission="a:b", subject=None, outcome="done")
        travel_to(timedelta(days=1))
        assert seal_finished_days() == 1


def test_who_takes_the_last_seals_away_has_no_others_made_in_secret(
    sealed_every_day, app, travel_to
):
    runner = app.test_cli_runner()
    assert "after their end" not in runner.invoke(args=["audit", "verify"]).output
    travel_to(timedelta(days=2))
    with transaction():
        db.session.execute(delete(AuditSeal))
        db.session.execute(update(AuditEntry).values(outcome="refused"))
    assert seal_finished_days() == 5
    assert "3 days were sealed more than 2 days after their end" in (
        runner.invoke(args=["audit", "verify"]).output
    )


def test_the_hour_of_a_seal_cannot_be_put_back(sealed_every_day, travel_to):
    days = list(db.session.scalars(select(AuditSeal.day).order_by(AuditSeal.day)))
    with transaction():
        db.session.execute(
            update(AuditSeal).where(AuditSeal.day == days[0]).values(sealed_at=clock.now())
        )
    assert broken_seals() == days[:1]


# ── What has reached its term ─────────────────────────────────────────────────────────────────


def entries() -> int:
    return len(db.session.scalars(select(AuditEntry.id)).all())


def test_days_go_whole_at_their_term_and_the_others_still_verify(three_days, app, travel_to):
    """Two days of three are more than 365 days old: one seal stays to carry the chain on."""
    travel_to(timedelta(days=364, hours=1))
    retention.apply(1, {})
    assert entries() == 2
    assert list(db.session.scalars(select(AuditSeal.day))) == three_days[1:]
    assert broken_seals() == []
    assert audit_seals.renew_seals()
    assert broken_seals() == []


def test_a_day_emptied_before_its_term_is_named_still(three_days, app, travel_to):
    with transaction():
        db.session.execute(delete(AuditEntry))
    assert broken_seals() == three_days
    travel_to(timedelta(days=364, hours=1))
    assert broken_seals() == three_days[1:]


def test_what_is_not_sealed_yet_stays(app, travel_to):
    with transaction():
        audit.record(actor=System("test"), permission="a:b", subject=None, outcome="done")
    travel_to(timedelta(days=500))
    retention.apply(1, {})
    assert entries() == 1


def test_a_day_after_the_forgotten_ones_cannot_be_touched_unseen(three_days, app, travel_to):
    travel_to(timedelta(days=364, hours=1))
    retention.apply(1, {})
    with transaction():
        db.session.execute(update(AuditEntry).values(outcome="refused"))
    assert broken_seals() == [three_days[2]]
