"""How a day is laid out: pure, with times that one can read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from home.queries.days import lay_out
from home.vocabulary import MomentKind as Kind
from scheduling.agendas.vocabulary import ConsultationMode
from scheduling.appointments.queries.appointments import AppointmentRow
from scheduling.appointments.vocabulary import AppointmentStatus


def at(clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return datetime(2026, 11, 23, int(hours), int(minutes), tzinfo=UTC)


def row(starts: str, ends: str) -> AppointmentRow:
    return AppointmentRow(
        id=1,
        starts_at=at(starts),
        ends_at=at(ends),
        status=AppointmentStatus.BOOKED,
        enrolment_id=1,
        given_name="Ada",
        family_name="Zola",
        caregiver_id=1,
        caregiver_name="Bob Garnier",
        type_name="Suivi",
        mode=ConsultationMode.ON_SITE,
        bubble_id=1,
        bubble_name="Les Tilleuls",
        place="",
        zone="UTC",
    )


def told(now: str, *appointments: tuple[str, str]) -> list[tuple[Kind, str]]:
    moments = lay_out([row(*one) for one in appointments], at(now), "UTC")
    return [(one.kind, f"{one.starts_at:%H:%M}") for one in moments]


def test_an_empty_day_has_no_line():
    assert told("10:00") == []


def test_what_is_over_now_next_and_free_follow_each_other():
    day = told(
        "10:12", ("09:00", "09:45"), ("10:30", "11:15"), ("14:00", "14:45"), ("15:30", "16:00")
    )
    assert day == [
        (Kind.PAST, "09:00"),
        (Kind.NOW, "10:12"),
        (Kind.NEXT, "10:30"),
        (Kind.FREE, "11:15"),
        (Kind.COMING, "14:00"),
        (Kind.FREE, "14:45"),
        (Kind.COMING, "15:30"),
    ]


@pytest.mark.parametrize(
    ("now", "kind"),
    [("08:59", Kind.NEXT), ("09:00", Kind.CURRENT), ("09:29", Kind.CURRENT), ("09:30", Kind.PAST)],
)
def test_an_appointment_begins_at_its_first_instant_and_is_over_at_its_end(now, kind):
    assert kind in dict(told(now, ("09:00", "09:30")))


def test_the_one_under_way_leaves_the_next_one_its_place():
    assert told("09:10", ("09:00", "09:30"), ("09:30", "10:00")) == [
        (Kind.NOW, "09:10"),
        (Kind.CURRENT, "09:00"),
        (Kind.NEXT, "09:30"),
    ]


def test_a_day_that_is_over_ends_with_now():
    assert told("18:00", ("09:00", "09:30")) == [(Kind.PAST, "09:00"), (Kind.NOW, "18:00")]


@pytest.mark.parametrize(("begins", "is_shown"), [("09:44", False), ("09:45", True)])
def test_a_short_pause_is_not_called_free(begins, is_shown):
    kinds = [kind for kind, _ in told("08:00", ("09:00", "09:30"), (begins, "10:30"))]
    assert (Kind.FREE in kinds) is is_shown
