"""Who may do what with agendas and appointments: the whole table."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

import pytest

from core import clock
from core.authorization import Anonymous, System, can
from core.transaction import transaction
from scheduling.agendas.policy import AgendaPermission
from scheduling.appointments.models import Appointment
from scheduling.appointments.policy import AppointmentPermission
from scheduling.booking.policy import BookingPermission
from scheduling.calendars.operations import create_link
from scheduling.calendars.policy import CalendarPermission
from scheduling.calendars.vocabulary import DetailLevel
from scheduling.replanning.policy import ReplanningPermission
from scheduling.wiring import RIGHTS as PARTS
from tests import factories as make

PEOPLE = ("alice", "bob", "chloe", "jeanne", "mallory")
ALLOWED: dict[tuple[StrEnum, str], set[str]] = {
    (AgendaPermission.DEFINE_TYPE, "bubble"): {"alice"},
    (AgendaPermission.EDIT_TYPE, "type"): {"alice"},
    (AgendaPermission.REMOVE_TYPE, "type"): {"alice"},
    (AgendaPermission.SET_HOURS, "agenda"): {"bob"},
    (AgendaPermission.ADD_ABSENCE, "bob"): {"bob"},
    (AgendaPermission.REMOVE_ABSENCE, "absence"): {"bob"},
    (CalendarPermission.CREATE_LINK, "agenda"): {"bob"},
    (CalendarPermission.SHOW_LINK, "link"): {"bob"},
    (CalendarPermission.REVOKE_LINK, "link"): {"bob"},
    (BookingPermission.HOLD, "enrolment"): {"jeanne"},
    (BookingPermission.EXTEND_HOLD, "held"): {"jeanne"},
    (BookingPermission.CONFIRM, "held"): {"jeanne"},
    (BookingPermission.GIVE_UP, "held"): {"jeanne"},
    (AppointmentPermission.CANCEL, "held"): {"jeanne"},
    (AppointmentPermission.CANCEL, "booked"): {"jeanne", "bob"},
    (AppointmentPermission.MOVE, "held"): {"jeanne"},
    (AppointmentPermission.MOVE, "booked"): {"jeanne", "bob"},
    (AppointmentPermission.BOOK_FOR, "enrolment"): {"bob"},
    **{
        (right, subject): allowed
        for right in (
            AppointmentPermission.MARK,
            AppointmentPermission.OVERRIDE,
            ReplanningPermission.HAND_OVER,
            ReplanningPermission.PROPOSE,
            ReplanningPermission.ASK_TO_CALL,
            ReplanningPermission.SETTLE,
        )
        for subject, allowed in (("held", set[str]()), ("booked", {"bob"}))
    },
}
"""On what these tests have at hand; the matrix of all rights is in tests/architecture."""


@pytest.fixture
def subjects(cast, hold, book):
    with transaction():
        absence = make.absence(cast.bob, clock.now(), clock.now() + timedelta(days=1))
    return {
        "bob": cast.bob,
        "absence": absence,
        "bubble": cast.bubble,
        "type": cast.type,
        "agenda": cast.agenda,
        "enrolment": cast.enrolment,
        "link": create_link(cast.bob, cast.agenda, name="x", detail_level=DetailLevel.DISCREET),
        "booked": book("2026-11-24 09:00"),
        "held": hold("2026-11-24 10:00"),
    }


def test_every_right_has_a_rule():
    for part in PARTS:
        [rights] = [
            kind
            for kind in vars(part).values()
            if isinstance(kind, type)
            and issubclass(kind, StrEnum)
            and kind is not StrEnum
            and kind.__module__ == part.__name__
        ]
        assert set(part.RULES) == set(rights)


@pytest.mark.parametrize(("permission", "subject"), list(ALLOWED))
def test_exactly_these_people_may(cast, subjects, permission, subject):
    thing = subjects[subject]
    allowed = {name for name in PEOPLE if can(getattr(cast, name), permission, thing)}
    assert allowed == ALLOWED[permission, subject]
    assert not can(Anonymous(), permission, thing)
    assert not can(System("tests"), permission, thing)


def test_a_second_guardian_confirms_nothing_that_another_holds(cast, subjects):
    from patient.models import Guardianship
    from patient.vocabulary import GuardianKind

    with transaction():
        from core.database import db

        db.session.add(
            Guardianship(
                user_id=cast.mallory.id, patient_id=cast.patient.id, kind=GuardianKind.RELATIVE
            )
        )
    held: Appointment = subjects["held"]
    assert not can(cast.mallory, BookingPermission.CONFIRM, held)
    assert can(cast.mallory, AppointmentPermission.CANCEL, subjects["booked"])
