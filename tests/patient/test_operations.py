"""Taking a place in a bubble, being followed, leaving: through the door."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest

from bubbles.errors import AlreadyMemberError, InvitationClosedError
from bubbles.operations.answering import accept_invitation
from bubbles.operations.inviting import invite
from bubbles.operations.members import remove_member
from bubbles.queries import get_membership
from bubbles.vocabulary import InvitedAs
from core import events
from core.audit import AuditEntry
from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from patient.errors import EnrolmentEndedError, NotACaregiverError, NotIntroducedError
from patient.events import AssignmentEnded, EnrolmentEnded
from patient.models import Enrolment
from patient.operations.places import (
    end_enrolment,
    introduce_and_accept,
    open_sheet,
    set_followers,
)
from patient.queries import places as queries
from tests import factories as make
from tests.patient.seen import followed_places

IDENTITY = {"given_name": "Lucie", "family_name": "Peyron", "birth_date": date(1988, 2, 29)}


@pytest.fixture
def heard(monkeypatch):
    """What this package published, in order."""
    told = []
    subscribers = {kind: list(known) for kind, known in events._subscribers.items()}
    for kind in (AssignmentEnded, EnrolmentEnded):
        subscribers[kind] = [*subscribers.get(kind, []), told.append]
    monkeypatch.setattr(events, "_subscribers", defaultdict(list, subscribers))
    return told


@pytest.fixture
def lucie(cast):
    with transaction():
        return make.user("lucie", "Lucie Peyron")


def invited(cast, user, *followers):
    return invite(
        cast.alice,
        cast.bubble,
        email=user.email,
        invited_as=InvitedAs.PATIENT,
        follower_ids=[follower.id for follower in followers],
    )


@pytest.mark.both_databases
def test_an_invited_patient_takes_a_place_followed_by_who_was_named(cast, lucie):
    invitation = invited(cast, lucie, cast.bob)
    introduce_and_accept(lucie, invitation, **IDENTITY)
    [place] = queries.list_enrolments_of(lucie)
    assert place.patient.name == "Lucie Peyron"
    assert place.bubble.id == cast.bubble.id
    assert [user.id for user in queries.list_followers(place.id)] == [cast.bob.id]
    assert place.id in [one.id for one in followed_places(cast.bob)]
    assert place.id not in [one.id for one in followed_places(cast.chloe)]


def test_who_one_is_and_the_place_come_together_or_not_at_all(cast, lucie, travel_to):
    invitation = invited(cast, lucie, cast.bob)
    travel_to("2026-12-25 08:00 Europe/Paris")
    with pytest.raises(InvitationClosedError):
        introduce_and_accept(lucie, invitation, **IDENTITY)
    assert queries.get_own_patient(lucie) is None


def test_a_patient_who_has_not_said_who_they_are_gets_no_place(cast, lucie):
    invitation = invited(cast, lucie, cast.bob)
    with pytest.raises(NotIntroducedError):
        accept_invitation(lucie, invitation)
    db.session.refresh(invitation)
    assert invitation.accepted_at is None


def test_only_the_addressee_says_who_they_are_for_an_invitation(cast, lucie):
    invitation = invited(cast, lucie, cast.bob)
    with pytest.raises(ForbiddenError):
        introduce_and_accept(cast.mallory, invitation, **IDENTITY)
    assert queries.get_own_patient(cast.mallory) is None


@pytest.fixture
def elsewhere(cast):
    """Jeanne's invitation into a second bubble."""
    with transaction():
        other = make.bubble("Rives du Touch", admin=cast.alice)
        make.membership(cast.chloe, other, is_caregiver=True)
    return invite(
        cast.alice,
        other,
        email=cast.jeanne.email,
        invited_as=InvitedAs.PATIENT,
        follower_ids=[cast.chloe.id],
    )


def test_a_known_person_who_joins_a_second_bubble_stays_one_person(cast, elsewhere):
    accept_invitation(cast.jeanne, elsewhere)
    places = queries.list_enrolments_of(cast.jeanne)
    assert {place.bubble.name for place in places} == {"Les Tilleuls", "Rives du Touch"}
    assert {place.patient_id for place in places} == {cast.patient.id}


def test_two_invitations_into_one_bubble_give_one_place_followed_by_both(cast, lucie):
    first = invited(cast, lucie, cast.bob)
    with transaction():  # as two administrators may send them before the first is accepted
        second = make._add(
            type(first)(
                bubble_id=cast.bubble.id,
                email=lucie.email,
                invited_as=InvitedAs.PATIENT,
                token_hash="other",
                invited_by_id=first.invited_by_id,
                created_at=first.created_at,
                sent_at=first.sent_at,
                expires_at=first.expires_at,
                followers=[cast.chloe],
            )
        )
    introduce_and_accept(lucie, first, **IDENTITY)
    accept_invitation(lucie, second)
    [place] = queries.list_enrolments_of(lucie)
    assert {user.id for user in queries.list_followers(place.id)} == {cast.bob.id, cast.chloe.id}


def test_who_is_cared_for_in_the_bubble_is_not_invited_again(cast):
    with pytest.raises(AlreadyMemberError):
        invited(cast, cast.jeanne, cast.bob)


def test_saying_who_one_is_twice_changes_nothing(cast, elsewhere):
    introduce_and_accept(cast.jeanne, elsewhere, **IDENTITY)
    places = queries.list_enrolments_of(cast.jeanne)
    assert [place.patient.name for place in places] == ["Jeanne Roques", "Jeanne Roques"]


def test_who_leaves_the_staff_follows_nobody_there_any_more(cast, heard):
    remove_member(cast.alice, get_membership(cast.bob.id, cast.bubble.id))
    assert followed_places(cast.bob) == []
    assert queries.list_followers(cast.enrolment.id) == []
    assert heard == [AssignmentEnded(cast.enrolment.id, cast.bob.id)]


def test_an_administrator_chooses_who_follows_a_patient(cast, heard):
    set_followers(cast.alice, cast.enrolment, user_ids=[cast.chloe.id])
    assert [user.id for user in queries.list_followers(cast.enrolment.id)] == [cast.chloe.id]
    assert heard == [AssignmentEnded(cast.enrolment.id, cast.bob.id)]
    set_followers(cast.alice, cast.enrolment, user_ids=[])
    assert queries.list_followers(cast.enrolment.id) == []


@pytest.mark.parametrize("name", ["bob", "chloe", "jeanne", "mallory"])
def test_nobody_but_an_administrator_chooses_who_follows(cast, name):
    with pytest.raises(ForbiddenError):
        set_followers(getattr(cast, name), cast.enrolment, user_ids=[cast.chloe.id])
    with pytest.raises(ForbiddenError):
        end_enrolment(getattr(cast, name), cast.enrolment)
    assert [user.id for user in queries.list_followers(cast.enrolment.id)] == [cast.bob.id]


@pytest.mark.parametrize("name", ["alice", "jeanne", "mallory"])
def test_only_a_caregiver_of_the_bubble_can_follow(cast, name):
    with pytest.raises(NotACaregiverError):
        set_followers(cast.alice, cast.enrolment, user_ids=[getattr(cast, name).id])


def test_a_patient_who_leaves_is_followed_by_nobody(cast, heard):
    end_enrolment(cast.alice, cast.enrolment)
    assert queries.list_enrolments_of(cast.jeanne) == []
    assert followed_places(cast.bob) == []
    assert heard == [
        AssignmentEnded(cast.enrolment.id, cast.bob.id),
        EnrolmentEnded(cast.enrolment.id),
    ]
    with pytest.raises(EnrolmentEndedError):
        end_enrolment(cast.alice, cast.enrolment)
    with pytest.raises(EnrolmentEndedError):
        set_followers(cast.alice, cast.enrolment, user_ids=[cast.bob.id])


def test_who_has_left_can_come_back(cast):
    end_enrolment(cast.alice, cast.enrolment)
    accept_invitation(cast.jeanne, invited(cast, cast.jeanne, cast.chloe))
    [place] = queries.list_enrolments_of(cast.jeanne)
    assert place.id != cast.enrolment.id
    assert db.session.query(Enrolment).count() == 2


@pytest.mark.covers("M4")
def test_opening_a_sheet_is_written_down_and_so_is_a_refused_try(cast):
    open_sheet(cast.bob, cast.enrolment)
    with pytest.raises(ForbiddenError):
        open_sheet(cast.chloe, cast.enrolment)
    entries = db.session.query(AuditEntry).filter_by(permission="sheet:open").all()
    told = [(entry.actor_id, entry.about_kind, entry.about_id, entry.outcome) for entry in entries]
    assert told == [
        (cast.bob.id, "patient", cast.patient.id, "done"),
        (cast.chloe.id, "patient", cast.patient.id, "refused"),
    ]
