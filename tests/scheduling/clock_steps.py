"""What the tests of a changing time zone say often."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bubbles.models import Bubble
from bubbles.operations.information import update_bubble
from bubbles.vocabulary import BubbleInformation, Kept
from core import clock
from core.database import db
from core.transaction import transaction
from scheduling.agendas.models import Availability
from scheduling.appointments.models import Appointment
from security.models import User
from tests import factories as make
from tests.scheduling.conftest import paris

NOUMEA = "Pacific/Noumea"


def noumea(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(NOUMEA)).astimezone(UTC)


@pytest.fixture
def change(cast):
    """``change("Pacific/Noumea", Kept.HOURS)``: Alice changes the zone of the bubble."""

    def change(zone: str, keep: Kept | None = None) -> None:
        changing(cast, zone, keep)()

    return change


def changing(cast, zone: str, keep: Kept | None):
    """Return the act, for a thread of its own."""
    alice_id, bubble_id = cast.alice.id, cast.bubble.id

    def act() -> None:
        alice = db.session.get_one(User, alice_id)
        bubble = db.session.get_one(Bubble, bubble_id)
        names = BubbleInformation.__dataclass_fields__
        known = BubbleInformation(**{name: getattr(bubble, name) for name in names})
        update_bubble(alice, bubble, information=replace(known, time_zone=zone), keep=keep)

    return act


@pytest.fixture
def promise(cast):
    """``promise("2026-11-24 10:30")``: an appointment of Jeanne's with Bob, written at once."""

    def promise(when, *, agenda=None, enrolment=None, **values) -> Appointment:
        with transaction():
            return make.appointment(
                agenda or cast.agenda,
                enrolment or cast.enrolment,
                cast.type,
                paris(when) if isinstance(when, str) else when,
                confirmed_at=clock.now(),
                **values,
            )

    return promise


def alone(cast) -> None:
    """Leave nothing in the bubble that depends on its clock."""
    with transaction():
        db.session.query(Availability).delete()
