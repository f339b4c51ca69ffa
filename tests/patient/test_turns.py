"""Between the door and one's turn the right may go, or the patient: it is judged again."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import func, select

from bubbles.operations.inviting import invite
from bubbles.operations.members import remove_member
from bubbles.queries import get_membership, lock_bubble
from bubbles.vocabulary import InvitedAs
from core.database import db
from core.transaction import transaction
from patient.models import CareAssignment, Enrolment, Guardianship, Patient, TeamNote
from patient.operations.notes import write_note
from patient.operations.places import (
    assign_caregiver,
    end_enrolment,
    introduce_and_accept,
    set_followers,
)
from patient.operations.relatives import remove_relative
from patient.queries.places import list_followers
from patient.vocabulary import GuardianKind, NoteAudience
from security.models import User
from tests import factories as make
from tests.bubbles.acts import overtaken, together

pytestmark = pytest.mark.both_databases


@pytest.fixture
def ids(cast):
    found = {name: getattr(cast, name).id for name in ("alice", "bob", "chloe", "jeanne")}
    found |= {"bubble": cast.bubble.id, "place": cast.enrolment.id}
    db.session.rollback()
    return found


def user(number) -> User:
    return db.session.get_one(User, number)


def place(ids) -> Enrolment:
    return db.session.get_one(Enrolment, ids["place"])


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def demote(ids):
    def change():
        lock_bubble(ids["bubble"])
        membership = get_membership(ids["alice"], ids["bubble"])
        membership.is_admin, membership.is_caregiver = False, True

    return change


def test_who_administers_no_more_changes_nobodys_followers(app, ids):
    chosen = [ids["chloe"]]
    acts = (
        lambda: set_followers(user(ids["alice"]), place(ids), user_ids=chosen),
        lambda: end_enrolment(user(ids["alice"]), place(ids)),
    )
    for act in acts:
        assert overtaken(app, demote(ids), act) == "ForbiddenError"
        db.session.expire_all()
        assert [one.id for one in list_followers(ids["place"])] == [ids["bob"]]
        with transaction():
            get_membership(ids["alice"], ids["bubble"]).is_admin = True


def test_who_administers_no_more_gives_nobody_patients(app, ids):
    def assign():
        from bubbles.models import Bubble

        bubble = db.session.get_one(Bubble, ids["bubble"])
        assign_caregiver(
            user(ids["alice"]), bubble, user_id=ids["chloe"], enrolment_ids=[ids["place"]]
        )

    assert overtaken(app, demote(ids), assign) == "ForbiddenError"
    assert [one.id for one in list_followers(ids["place"])] == [ids["bob"]]


def test_a_patient_who_has_just_left_is_given_no_follower(app, ids):
    said = overtaken(
        app,
        lambda: end_enrolment(user(ids["alice"]), place(ids)),
        lambda: set_followers(user(ids["alice"]), place(ids), user_ids=[ids["chloe"]]),
    )
    assert said == "EnrolmentEndedError"
    assert count(CareAssignment) == 0


def test_two_who_end_a_place_at_once_end_it_once(app, ids):
    def end():
        end_enrolment(user(ids["alice"]), place(ids))

    assert together(app, [end, end]) == ["EnrolmentEndedError", "done"]


@pytest.mark.parametrize("change", ["patient", "caregiver"])
def test_no_note_is_written_about_a_patient_whom_one_has_just_lost(app, ids, change):
    def write():
        write_note(
            user(ids["bob"]),
            place(ids),
            body="Vu ce matin.",
            audience=NoteAudience.TEAM,
            is_shown_to_patient=False,
        )

    def lose():
        db.session.execute(
            select(Enrolment.id).where(Enrolment.id == ids["place"]).with_for_update()
        )
        if change == "patient":
            end_enrolment(user(ids["alice"]), place(ids))
        else:
            remove_member(user(ids["alice"]), get_membership(ids["bob"], ids["bubble"]))

    assert overtaken(app, lose, write) in {"EnrolmentEndedError", "ForbiddenError"}
    assert count(TeamNote) == 0


def test_two_tabs_that_say_who_one_is_make_one_person(app, cast, ids):
    with transaction():
        lucie = make.user("lucie", "Lucie Peyron")
    invitation = invite(cast.alice, cast.bubble, email=lucie.email, invited_as=InvitedAs.PATIENT)
    numbers = lucie.id, invitation.id
    people = count(Patient)

    def join():
        from bubbles.models import Invitation

        introduce_and_accept(
            user(numbers[0]),
            db.session.get_one(Invitation, numbers[1]),
            given_name="Lucie",
            family_name="Peyron",
            birth_date=date(1988, 2, 29),
        )

    assert together(app, [join] * 4) == ["done"] * 4
    assert count(Patient) == people + 1


def test_two_who_stop_acting_for_somebody_at_once_leave_no_place_behind(app, cast, ids):
    with transaction():
        lucas = make.patient("Lucas", "Roques")
        for one in (cast.jeanne, cast.mallory):
            kind = GuardianKind.RELATIVE
            make._add(Guardianship(user_id=one.id, patient_id=lucas.id, kind=kind))
        left = make.enrolment(lucas, cast.bubble, followers=[cast.bob])
    numbers = cast.jeanne.id, cast.mallory.id
    patient_id, place_id = lucas.id, left.id
    db.session.rollback()
    ready = threading.Barrier(2)

    def stop(number):
        def act():
            actor, known = user(number), db.session.get_one(Patient, patient_id)
            ready.wait(60)
            remove_relative(actor, known)

        return act

    assert together(app, [stop(number) for number in numbers]) == ["done", "done"]
    db.session.expire_all()
    assert db.session.get_one(Enrolment, place_id).ended_at is not None
