"""Who may do what with agendas and appointments: the whole table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.authorization import Anonymous, System, can
from core.transaction import transaction
from scheduling.agendas.operations.agendas import create_link
from scheduling.appointments.models import Appointment
from scheduling.policy import RULES, SchedulingPermission
from scheduling.vocabulary import DetailLevel
from tests import factories as make

P = SchedulingPermission
PEOPLE = ("alice", "bob", "chloe", "jeanne", "mallory")
ALLOWED = {
    (P.DEFINE_TYPE, "bubble"): {"alice"},
    (P.EDIT_TYPE, "type"): {"alice"},
    (P.REMOVE_TYPE, "type"): {"alice"},
    (P.SET_HOURS, "agenda"): {"bob"},
    (P.ADD_ABSENCE, "bob"): {"bob"},
    (P.REMOVE_ABSENCE, "absence"): {"bob"},
    (P.CREATE_LINK, "agenda"): {"bob"},
    (P.SHOW_LINK, "link"): {"bob"},
    (P.REVOKE_LINK, "link"): {"bob"},
    (P.HOLD, "enrolment"): {"jeanne"},
    (P.EXTEND_HOLD, "held"): {"jeanne"},
    (P.CONFIRM, "held"): {"jeanne"},
    (P.GIVE_UP, "held"): {"jeanne"},
    (P.CANCEL, "held"): {"jeanne"},
    (P.CANCEL, "confirmed"): {"jeanne", "bob"},
    (P.MOVE, "held"): {"jeanne"},
    (P.MOVE, "confirmed"): {"jeanne", "bob"},
    (P.BOOK_FOR, "enrolment"): {"bob"},
    **{
        (right, subject): allowed
        for right in (P.MARK, P.OVERRIDE, P.HAND_OVER, P.PROPOSE, P.ASK_TO_CALL, P.SETTLE)
        for subject, allowed in (("held", set[str]()), ("confirmed", {"bob"}))
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
        "confirmed": book("2026-11-24 09:00"),
        "held": hold("2026-11-24 10:00"),
    }


def test_every_right_has_a_rule():
    assert set(RULES) == set(P)


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
    assert not can(cast.mallory, P.CONFIRM, held)
    assert can(cast.mallory, P.CANCEL, subjects["confirmed"])
