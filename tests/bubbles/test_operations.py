"""Bubbles, their staff and their invitations, through the door."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bubbles import queries
from bubbles.errors import (
    AlreadyInvitedError,
    AlreadyMemberError,
    InvitationClosedError,
    LastAdministratorError,
)
from bubbles.events import CaregiverJoined, InvitationAccepted, InvitationWanted, MemberRemoved
from bubbles.models import Bubble, Invitation, Membership
from bubbles.operations.answering import accept_invitation, open_invitation
from bubbles.operations.information import create_bubble, update_bubble
from bubbles.operations.inviting import invite, resend_invitation, revoke_invitation
from bubbles.operations.members import remove_member
from bubbles.vocabulary import BubbleInformation, InvitationState, InvitedAs
from caregiver.queries import get_caregiver_of
from core import clock, events
from core.authorization import INSTANCE, Anonymous
from core.database import db
from core.errors import ForbiddenError, NotFoundError
from core.idempotency import KeyReusedError
from core.outbox import OutboxMessage, OutboxState
from core.transaction import transaction
from tests import factories as make

INFORMATION = BubbleInformation(name="Les Ormes", time_zone="Europe/Paris", town="Balma")
NEW = "camille@example.org"


@pytest.fixture
def heard(monkeypatch):
    """The events of bubbles, as a package above hears them."""
    told: list[object] = []
    monkeypatch.setattr(events, "_subscribers", events._subscribers.copy())
    for kind in (CaregiverJoined, InvitationAccepted, InvitationWanted, MemberRemoved):
        monkeypatch.setitem(events._subscribers, kind, [*events._subscribers[kind], told.append])
    return told


def invited(cast, email=NEW, invited_as=InvitedAs.CAREGIVER, **values) -> Invitation:
    return invite(cast.alice, cast.bubble, email=email, invited_as=invited_as, **values)


def state_of(invitation) -> InvitationState:
    db.session.expire_all()
    return db.session.get_one(Invitation, invitation.id).state(clock.now())


def membership(user, bubble) -> Membership | None:
    db.session.expire_all()
    return queries.get_membership(user.id, bubble.id)


# ── Creating and informing ────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M81")
def test_who_creates_a_bubble_administers_it_and_may_care_in_it(cast, heard):
    bubble = create_bubble(cast.mallory, INSTANCE, information=INFORMATION, also_caregiver=True)

    mine = membership(cast.mallory, bubble)
    assert (mine.is_admin, mine.is_caregiver) == (True, True)
    assert get_caregiver_of(cast.mallory.id).profession == ""
    assert heard == [CaregiverJoined(bubble.id, cast.mallory.id)]


def test_who_only_administers_a_bubble_gets_no_professional_face(cast, heard):
    bubble = create_bubble(cast.mallory, INSTANCE, information=INFORMATION, also_caregiver=False)

    assert not membership(cast.mallory, bubble).is_caregiver
    assert get_caregiver_of(cast.mallory.id) is None
    assert heard == []


def test_a_visitor_creates_no_bubble(app):
    with pytest.raises(ForbiddenError):
        create_bubble(Anonymous(), INSTANCE, information=INFORMATION, also_caregiver=False)

    assert db.session.scalar(select(func.count()).select_from(Bubble)) == 0


@pytest.mark.covers("M85", "M86")
def test_only_administrators_correct_the_general_information(cast):
    with pytest.raises(ForbiddenError):
        update_bubble(cast.bob, cast.bubble, information=INFORMATION)

    update_bubble(cast.alice, cast.bubble, information=INFORMATION)

    assert db.session.get_one(Bubble, cast.bubble.id).name == "Les Ormes"


@pytest.mark.covers("M78")
def test_a_person_may_be_in_several_bubbles_with_one_face(cast):
    with transaction():
        other = make.bubble("Les Ormes", admin=cast.mallory)
    invitation = invite(cast.mallory, other, email=cast.bob.email, invited_as=InvitedAs.CAREGIVER)
    accept_invitation(cast.bob, invitation)

    assert [bubble.name for bubble in queries.list_bubbles_for(cast.bob)] == [
        "Les Ormes",
        "Les Tilleuls",
    ]
    assert get_caregiver_of(cast.bob.id).profession == "Infirmier"


def test_a_stranger_finds_no_bubble(cast):
    for stranger in (cast.mallory, cast.jeanne, Anonymous()):
        with pytest.raises(NotFoundError):
            queries.get_bubble_for(stranger, cast.bubble.id)
        assert queries.list_bubbles_for(stranger) == []


# ── Inviting ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M83")
def test_a_caregiver_is_invited_by_a_mail_that_names_no_bubble(cast, outbox):
    invitation = invited(cast, word="Bonjour Camille, rejoignez-nous.")

    mail = outbox.one(NEW)
    assert mail.subject == "Alice Martin vous invite sur Alvéole"
    assert "Bonjour Camille" in mail.text
    for part in (mail.subject, mail.text, mail.html):
        assert cast.bubble.name not in part
    token = mail.link("/invitations/").rpartition("/")[2]
    assert queries.find_invitation_by_token(token).id == invitation.id
    assert token not in invitation.token_hash
    assert invitation.expires_at - clock.now() == timedelta(days=14)


@pytest.mark.covers("M82")
def test_the_invitation_of_a_patient_names_who_will_follow_them(cast, heard):
    person = make_user("camille")
    with transaction():
        make.patient("Camille", "Roussel", account=person)
    invitation = invited(
        cast,
        invited_as=InvitedAs.PATIENT,
        follower_ids=[cast.bob.id, cast.chloe.id, cast.bob.id],
    )
    remove_member(cast.alice, membership(cast.chloe, cast.bubble))
    heard.clear()

    accept_invitation(person, invitation)

    assert heard == [
        InvitationAccepted(
            invitation.id, cast.bubble.id, person.id, InvitedAs.PATIENT, (cast.bob.id,)
        )
    ]
    assert membership(person, cast.bubble) is None


def make_user(name):
    with transaction():
        return make.user(name, name.title())


def test_only_caregivers_of_the_bubble_may_be_named_to_follow(cast):
    for other in (cast.mallory.id, cast.alice.id, 12345):
        with pytest.raises(NotFoundError):
            invited(cast, invited_as=InvitedAs.PATIENT, follower_ids=[other])

    assert queries.list_invitations_for(cast.alice, cast.bubble.id).rows == []


@pytest.mark.covers("M86")
def test_members_who_do_not_administer_and_strangers_invite_nobody(cast, outbox):
    invitation = invited(cast)

    for other in (cast.bob, cast.mallory, cast.jeanne, Anonymous()):
        with pytest.raises(ForbiddenError):
            invite(other, cast.bubble, email="x@example.org", invited_as=InvitedAs.CAREGIVER)
        with pytest.raises(ForbiddenError):
            resend_invitation(other, invitation)
        with pytest.raises(ForbiddenError):
            revoke_invitation(other, invitation)

    assert outbox.mails("x@example.org") == []


def test_somebody_who_is_already_there_in_that_role_is_not_invited(cast):
    with pytest.raises(AlreadyMemberError):
        invited(cast, email=cast.bob.email)

    invited(cast, email=cast.alice.email)  # an administrator may become a caregiver as well


def test_an_address_with_an_open_invitation_in_that_role_is_not_invited_twice(cast, travel_to):
    first = invited(cast)
    with pytest.raises(AlreadyInvitedError) as refusal:
        invited(cast)
    assert refusal.value.invitation_id == first.id
    invited(cast, invited_as=InvitedAs.PATIENT)

    travel_to(timedelta(days=14))

    assert invited(cast).id != first.id


def test_a_package_above_may_object_to_an_invitation(cast, monkeypatch, outbox):
    def object_(event):
        if event.email == NEW:
            raise AlreadyMemberError

    monkeypatch.setitem(events._subscribers, InvitationWanted, [object_])

    with pytest.raises(AlreadyMemberError):
        invited(cast, invited_as=InvitedAs.PATIENT)
    assert outbox.waiting() == 0


def test_the_same_form_sent_twice_is_one_invitation_and_one_mail(cast, outbox):
    first = invited(cast, key="k")
    second = invited(cast, key="k")

    assert first.id == second.id
    assert len(outbox.mails(NEW)) == 1
    with pytest.raises(KeyReusedError):
        invited(cast, email="other@example.org", key="k")


# ── Following invitations ─────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M84")
def test_the_states_of_an_invitation(cast, outbox, travel_to):
    person = make_user("camille")
    invitation = invited(cast)
    assert state_of(invitation) is InvitationState.WAITING
    outbox.deliver()
    assert state_of(invitation) is InvitationState.SENT

    open_invitation(Anonymous(), invitation)
    assert state_of(invitation) is InvitationState.OPENED

    travel_to(timedelta(days=14) - timedelta(seconds=1))
    assert state_of(invitation) is InvitationState.OPENED
    travel_to(timedelta(seconds=1))
    assert state_of(invitation) is InvitationState.EXPIRED

    resend_invitation(cast.alice, invitation)
    outbox.deliver()
    assert state_of(invitation) is InvitationState.SENT

    accept_invitation(person, invitation)
    assert state_of(invitation) is InvitationState.ACCEPTED


def test_sending_again_makes_a_new_link_and_kills_the_old_one(cast, outbox):
    invitation = invited(cast)
    old = outbox.one(NEW).link("/invitations/").rpartition("/")[2]

    resend_invitation(cast.alice, invitation)

    new = outbox.one(NEW).link("/invitations/").rpartition("/")[2]
    assert queries.find_invitation_by_token(old) is None
    assert queries.find_invitation_by_token(new).id == invitation.id


def test_a_mail_that_has_not_left_is_withdrawn_with_its_link(cast, outbox):
    invitation = invited(cast)
    resend_invitation(cast.alice, invitation)
    assert len(outbox.mails(NEW)) == 1

    other = invited(cast, email="other@example.org")
    revoke_invitation(cast.alice, other)
    assert outbox.mails("other@example.org") == []


@pytest.mark.covers("M84")
def test_a_revoked_invitation_is_never_accepted(cast):
    person = make_user("camille")
    invitation = invited(cast)
    revoke_invitation(cast.alice, invitation)
    revoke_invitation(cast.alice, invitation)

    with pytest.raises(InvitationClosedError):
        accept_invitation(person, invitation)
    with pytest.raises(InvitationClosedError):
        resend_invitation(cast.alice, invitation)
    assert state_of(invitation) is InvitationState.REVOKED
    assert membership(person, cast.bubble) is None


@pytest.mark.covers("M84")
def test_a_mail_that_is_given_up_shows_as_not_delivered(cast):
    invitation = invited(cast)
    with transaction():
        db.session.get_one(OutboxMessage, invitation.outbox_message_id).state = OutboxState.DEAD

    assert state_of(invitation) is InvitationState.NOT_DELIVERED


def test_a_mail_that_waits_for_its_server_is_said_to_wait(cast, travel_to):
    invitation = invited(cast)
    assert not invitation.is_mail_late(clock.now())
    with transaction():
        message = db.session.get_one(OutboxMessage, invitation.outbox_message_id)
        message.last_error = "ConnectionRefusedError"

    assert invitation.is_mail_late(clock.now())


def test_an_expired_invitation_is_not_accepted(cast, travel_to):
    person = make_user("camille")
    invitation = invited(cast)
    travel_to(timedelta(days=14))

    with pytest.raises(InvitationClosedError):
        accept_invitation(person, invitation)


def test_only_the_invited_address_accepts(cast):
    invitation = invited(cast)

    for other in (cast.mallory, cast.alice, Anonymous()):
        with pytest.raises(ForbiddenError):
            accept_invitation(other, invitation)


def test_an_administrator_who_accepts_keeps_administering(cast):
    invitation = invited(cast, email=cast.alice.email)
    accept_invitation(cast.alice, invitation)

    mine = membership(cast.alice, cast.bubble)
    assert (mine.is_admin, mine.is_caregiver) == (True, True)


def test_accepting_twice_is_accepting_once(cast, heard):
    person = make_user("camille")
    invitation = invited(cast)
    heard.clear()

    accept_invitation(person, invitation)
    accept_invitation(person, invitation)

    assert [type(event) for event in heard] == [CaregiverJoined, InvitationAccepted]
    assert get_caregiver_of(person.id) is not None


# ── Leaving ───────────────────────────────────────────────────────────────────────────────────


def test_an_administrator_removes_a_member_and_a_member_leaves(cast, heard):
    remove_member(cast.alice, membership(cast.bob, cast.bubble))
    remove_member(cast.chloe, membership(cast.chloe, cast.bubble))

    assert heard == [
        MemberRemoved(cast.bubble.id, cast.bob.id),
        MemberRemoved(cast.bubble.id, cast.chloe.id),
    ]
    with pytest.raises(NotFoundError):
        queries.get_bubble_for(cast.bob, cast.bubble.id)


def test_a_member_removes_nobody_else(cast):
    with pytest.raises(ForbiddenError):
        remove_member(cast.bob, membership(cast.chloe, cast.bubble))


@pytest.mark.covers("M81")
def test_the_last_administrator_stays(cast):
    with pytest.raises(LastAdministratorError):
        remove_member(cast.alice, membership(cast.alice, cast.bubble))

    with transaction():
        make.membership(cast.mallory, cast.bubble, is_admin=True)
    remove_member(cast.alice, membership(cast.alice, cast.bubble))

    assert [user.id for user in queries.list_admins(cast.bubble.id)] == [cast.mallory.id]
