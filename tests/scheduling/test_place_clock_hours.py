"""Hours on another clock: the calculations, and what is kept for somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bubbles.models import Bubble
from bubbles.vocabulary import Kept
from core import clock
from core.database import db
from core.transaction import transaction
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.replanning.models import HourProposal
from scheduling.time.clock_moves import Stretch, first_overlap, in_safe_order, same_hour, shift_week
from scheduling.time.openings import WeeklyRange
from tests.scheduling.clock_steps import NOUMEA, change, noumea, promise
from tests.scheduling.conftest import paris

__all__ = ["change", "promise"]


def test_the_same_hour_on_another_clock():
    assert same_hour(paris("2026-11-24 10:30"), "Europe/Paris", NOUMEA) == noumea(
        "2026-11-24 10:30"
    )
    assert same_hour(paris("2027-03-14 02:30"), "Europe/Paris", "America/Miquelon") is None


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (60, [(6, 23 * 60, 1440), (0, 0, 60)]),
        (-23 * 60, [(5, 23 * 60, 1440), (6, 0, 60)]),
        (120, [(0, 0, 120)]),
        (0, [(6, 22 * 60, 1440)]),
    ],
)
def test_a_weekly_range_is_cut_at_midnight_and_the_week_goes_round(minutes, expected):
    parts = shift_week(WeeklyRange(6, 22 * 60, 1440), minutes)
    assert [(one.weekday, one.start, one.end) for one in parts] == expected


def test_what_goes_later_leaves_last_and_overlaps_are_found():
    at = [datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in range(10, 16)]
    rows = [Stretch(number, 1, at[number], at[number + 1]) for number in range(3)]
    later = in_safe_order((one, one.start + timedelta(hours=1)) for one in rows)
    assert [one.id for one, _start in later] == [2, 1, 0]
    earlier = in_safe_order((one, one.start - timedelta(hours=1)) for one in rows)
    assert [one.id for one, _start in earlier] == [0, 1, 2]
    assert first_overlap(rows, []) is None
    assert first_overlap(rows, [Stretch(9, 2, at[0], at[5])]) is None
    assert first_overlap(rows, [Stretch(9, 1, at[2], at[3])]) is not None
    assert first_overlap([], [Stretch(8, 1, at[0], at[2]), Stretch(9, 1, at[1], at[3])]) is None


@pytest.mark.parametrize("keep", list(Kept))
def test_an_hour_proposed_to_a_patient_stays_as_it_is_read_or_when_it_is(
    cast, promise, change, keep
):
    standing = promise("2026-11-24 10:30")
    kept = promise(
        "2026-11-25 15:00",
        status=AppointmentStatus.HELD,
        held_until=clock.now() + timedelta(days=1),
    )
    with transaction():
        proposal = HourProposal(
            appointment_id=standing.id,
            hold_id=kept.id,
            starts_at=kept.starts_at,
            expires_at=clock.now() + timedelta(days=1),
            created_at=clock.now(),
        )
        db.session.add(proposal)
    change(NOUMEA, keep)
    db.session.expire_all()
    expected = noumea if keep is Kept.HOURS else paris
    shown = db.session.get_one(HourProposal, proposal.id)
    assert shown.starts_at == shown.hold.starts_at == expected("2026-11-25 15:00")


def test_another_name_of_the_same_clock_asks_and_tells_nothing(
    cast, promise, change, reload, outbox
):
    booked = promise("2026-11-24 10:30")
    change("Europe/Madrid")
    assert db.session.get_one(Bubble, cast.bubble.id).time_zone == "Europe/Madrid"
    assert (reload(booked).starts_at, reload(booked).sequence) == (paris("2026-11-24 10:30"), 0)
    assert outbox.mails() == []
