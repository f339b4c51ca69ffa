"""A sealed day cannot be touched without being seen."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from core import audit
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
