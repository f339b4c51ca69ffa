"""An invitation rests on the right of who sent it: without that right it opens nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bubbles import queries
from bubbles.errors import InvitationClosedError, UnknownCodeError
from bubbles.models import Invitation
from bubbles.operations.answering import accept_invitation, enter_code
from bubbles.operations.inviting import (
    Offer,
    confirm_invitation,
    invite,
    invite_on_paper,
)
from bubbles.operations.members import promote_member, remove_member
from bubbles.vocabulary import InvitationState, InvitedAs
from core import clock
from core.authorization import INSTANCE, Anonymous
from core.database import db
from core.transaction import transaction
from patient.operations.places import introduce_and_accept
from patient.queries.places import get_own_patient
from security.models import User, VouchedCode
from tests import factories as make
from tests.bubbles.acts import NEW, make_user, membership, overtaken, second_admin, state_of
from tests.bubbles.losses import LOSSES, closed, demoted, disabled, fresh, removed

both = pytest.mark.both_databases


# ── Every way to lose the right, every door ───────────────────────────────────────────────────


@both
@pytest.mark.parametrize("loss", [*LOSSES, closed])
def test_it_is_not_accepted_once_its_sender_may_invite_no_more(cast, sent, database, loss):
    person = make_user("camille")
    invitation, link = sent
    loss(cast)

    for token in (None, link.rpartition("/")[2]):
        with pytest.raises(InvitationClosedError):
            accept_invitation(person, fresh(invitation), link=token)
    assert membership(person, cast.bubble) is None


@both
@pytest.mark.parametrize("loss", [*LOSSES, closed])
def test_a_patient_does_not_come_in_by_it_nor_leave_a_name(cast, database, loss):
    second_admin(cast)
    person = make_user("camille")
    invitation = invite(cast.mallory, cast.bubble, email=NEW, invited_as=InvitedAs.PATIENT)
    loss(cast)

    with pytest.raises(InvitationClosedError):
        introduce_and_accept(
            person,
            fresh(invitation),
            given_name="C",
            family_name="R",
            birth_date=clock.now().date(),
        )
    assert get_own_patient(person) is None


@both
@pytest.mark.parametrize("loss", [*LOSSES, closed])
def test_the_code_of_a_sheet_opens_nothing_then(cast, database, loss):
    second_admin(cast)
    _paper, code = invite_on_paper(cast.mallory, cast.bubble, offer=Offer(InvitedAs.CAREGIVER))
    enter_code(Anonymous(), INSTANCE, code=code)  # the control: it works
    loss(cast)

    with pytest.raises(UnknownCodeError):
        enter_code(Anonymous(), INSTANCE, code=code)


@pytest.mark.parametrize("loss", LOSSES)
def test_its_person_reads_what_is_true_and_others_nothing(cast, sent, sign_in, page, visitor, loss):
    person = make_user("camille")
    _invitation, link = sent
    browser = sign_in(person)
    loss(cast)

    shown = browser.get(link)
    assert shown.status_code == 410
    assert "attend d’être confirmée" in page(shown).text
    assert "Mallory" not in page(shown).text
    assert browser.post(f"{link}/acceptation").status_code == 409
    assert browser.get(f"{link}/identite").status_code == 302
    assert page(visitor.get(link)).text == page(visitor.get("/invitations/never-written")).text
    assert visitor.post(f"{link}/ouverture").status_code == 404
    assert visitor.get(f"{link}/logo").status_code == 404


def test_a_person_who_waits_can_say_so(cast, sent, visitor, outbox):
    removed(cast)
    visitor.post(f"{sent[1]}/demande")
    assert [m for m in outbox.mails(cast.alice) if "redemande" in m.subject]
    assert state_of(sent[0]) is InvitationState.TO_CONFIRM  # asking opens nothing


@both
def test_it_is_judged_under_the_lock_when_it_is_being_accepted(app, cast, sent, database):
    person = make_user("camille")
    invitation, link = sent
    number, token, person_id = invitation.id, link.rpartition("/")[2], person.id
    bubble_id, sender_id = cast.bubble.id, cast.mallory.id
    db.session.rollback()

    def demotion():
        queries.lock_bubble(bubble_id)
        db.session.delete(queries.get_membership(sender_id, bubble_id))

    def acceptance():
        row = db.session.get_one(Invitation, number)
        accept_invitation(db.session.get_one(User, person_id), row, link=token)

    assert overtaken(app, demotion, acceptance) == "InvitationClosedError"
    assert queries.get_membership(person_id, bubble_id) is None


@both
def test_nobody_overtaken_it_is_accepted(app, cast, sent, database):
    """The control of the test above."""
    person_id, number = make_user("camille").id, sent[0].id
    bubble_id = cast.bubble.id
    db.session.rollback()

    def acceptance():
        row = db.session.get_one(Invitation, number)
        accept_invitation(db.session.get_one(User, person_id), row)

    assert overtaken(app, lambda: queries.lock_bubble(bubble_id), acceptance) == "done"


def test_what_was_accepted_before_stays(cast, sent):
    person = make_user("camille")
    accept_invitation(person, sent[0])
    removed(cast)
    assert membership(person, cast.bubble).is_caregiver
    assert state_of(sent[0]) is InvitationState.ACCEPTED


def test_invitations_of_others_are_not_concerned(cast, sent):
    other = invite(cast.alice, cast.bubble, email="b@example.org", invited_as=InvitedAs.CAREGIVER)
    with transaction():
        elsewhere = make.bubble("Les Acacias", admin=cast.mallory)
    there = invite(cast.mallory, elsewhere, email=NEW, invited_as=InvitedAs.CAREGIVER)
    removed(cast)
    assert state_of(other) is not InvitationState.TO_CONFIRM
    assert state_of(there) is not InvitationState.TO_CONFIRM


def test_a_mail_that_had_not_left_does_not_leave(cast, outbox):
    second_admin(cast)
    invite(cast.mallory, cast.bubble, email=NEW, invited_as=InvitedAs.CAREGIVER)
    removed(cast)
    assert outbox.mails(NEW) == []


# ── The right comes back ──────────────────────────────────────────────────────────────────────


def test_a_part_given_back_does_not_bring_them_back(cast, sent):
    person = make_user("camille")
    demoted(cast)
    promote_member(cast.alice, membership(cast.mallory, cast.bubble))

    assert state_of(sent[0]) is InvitationState.TO_CONFIRM
    with pytest.raises(InvitationClosedError):
        accept_invitation(person, fresh(sent[0]))
    confirm_invitation(cast.mallory, fresh(sent[0]))
    accept_invitation(person, fresh(sent[0]))


def test_an_account_that_is_open_again_finds_them_as_they_were(cast, sent):
    disabled(cast)
    assert state_of(sent[0]) is InvitationState.TO_CONFIRM
    with transaction():
        db.session.get_one(User, cast.mallory.id).is_enabled = True
    assert state_of(sent[0]) is not InvitationState.TO_CONFIRM


# ── Of the same kind ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("loss", LOSSES)
def test_a_code_that_an_administrator_vouched_for_dies_with_their_right(
    app, cast, sign_in, page, loss
):
    from security.operations.vouching import judge_vouched_code
    from security.vocabulary import CodeCheck

    second_admin(cast)
    answer = sign_in(cast.mallory).post(
        f"/bulles/{cast.bubble.id}/membres/{cast.bob.id}/aide",
        data={"how": "known_voice", "checked": "y"},
    )
    code = page(answer).html.partition('<strong class="key h1">')[2].partition("<")[0]
    code = code.replace("-", "")
    with transaction():
        assert judge_vouched_code(cast.bob.id, code) is CodeCheck.WAITS
    loss(cast)
    db.session.expire_all()
    with transaction():
        assert judge_vouched_code(cast.bob.id, code) is CodeCheck.WRONG
    assert db.session.scalar(select(VouchedCode.finished_at)) is None


def test_administrators_learn_that_a_patient_found_none_of_the_caregivers_named(cast, outbox):
    invitation = invite(
        cast.alice,
        cast.bubble,
        email=NEW,
        invited_as=InvitedAs.PATIENT,
        follower_ids=[cast.chloe.id],
    )
    remove_member(cast.alice, membership(cast.chloe, cast.bubble))
    person = make_user("camille")
    introduce_and_accept(
        person, invitation, given_name="C", family_name="R", birth_date=clock.now().date()
    )
    assert [m for m in outbox.mails(cast.alice) if "suivie par personne" in m.subject]
