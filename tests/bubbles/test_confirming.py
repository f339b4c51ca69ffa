"""Administrators stand for the invitations of who administers no more, or withdraw them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bubbles.errors import InvitationClosedError
from bubbles.models import Bubble
from bubbles.operations.answering import accept_invitation, enter_code
from bubbles.operations.inviting import (
    Offer,
    confirm_invitation,
    invite,
    invite_on_paper,
    print_again,
    resend_invitation,
    revoke_invitation,
    show_link,
)
from bubbles.operations.members import demote_member, start_caring
from bubbles.vocabulary import InvitationState, InvitedAs
from core.authorization import INSTANCE, Anonymous
from core.database import db
from core.errors import ForbiddenError, NotFoundError
from core.transaction import transaction
from tests import factories as make
from tests.bubbles.acts import NEW, make_user, membership, second_admin, state_of
from tests.bubbles.losses import LOSSES, fresh, removed

both = pytest.mark.both_databases


# ── Standing for it, or not ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("loss", LOSSES)
def test_another_administrator_stands_for_it_and_the_same_link_works(cast, sent, sign_in, loss):
    person = make_user("camille")
    invitation, link = sent
    ends = fresh(invitation).expires_at
    loss(cast)

    confirm_invitation(cast.alice, fresh(invitation))

    assert fresh(invitation).invited_by_id == cast.alice.id
    assert fresh(invitation).expires_at == ends
    assert sign_in(person).post(f"{link}/acceptation").status_code == 302
    assert membership(person, cast.bubble).is_caregiver


def test_a_mail_that_was_stopped_leaves_once_it_is_confirmed(cast, outbox):
    second_admin(cast)
    invitation = invite(cast.mallory, cast.bubble, email=NEW, invited_as=InvitedAs.CAREGIVER)
    ends = invitation.expires_at
    removed(cast)
    confirm_invitation(cast.alice, fresh(invitation))

    mail = outbox.one(NEW)
    assert "Alice Martin" in mail.subject
    assert fresh(invitation).expires_at == ends
    accept_invitation(
        make_user("camille"), fresh(invitation), link=mail.link("/invitations/").rpartition("/")[2]
    )


def test_confirming_changes_nothing_where_nothing_is_to_confirm(cast, sent):
    confirm_invitation(cast.alice, fresh(sent[0]))
    assert fresh(sent[0]).invited_by_id == cast.mallory.id


def test_what_is_over_is_not_confirmed(cast, sent, travel_to):
    removed(cast)
    travel_to(timedelta(days=14))
    assert state_of(sent[0]) is InvitationState.EXPIRED
    with pytest.raises(InvitationClosedError):
        confirm_invitation(cast.alice, fresh(sent[0]))


def test_who_does_not_administer_confirms_nothing(cast, sent):
    removed(cast)
    for stranger in (cast.bob, cast.jeanne, cast.mallory):
        with pytest.raises((ForbiddenError, NotFoundError)):
            confirm_invitation(stranger, fresh(sent[0]))
    assert state_of(sent[0]) is InvitationState.TO_CONFIRM


@pytest.mark.parametrize("renew", [resend_invitation, show_link])
def test_sending_it_again_makes_it_ones_own(cast, sent, renew):
    removed(cast)
    renew(cast.alice, fresh(sent[0]))
    assert fresh(sent[0]).is_backed
    assert fresh(sent[0]).invited_by_id == cast.alice.id


def test_printing_a_sheet_again_makes_it_ones_own(cast):
    second_admin(cast)
    paper, _code = invite_on_paper(cast.mallory, cast.bubble, offer=Offer(InvitedAs.CAREGIVER))
    removed(cast)
    code = print_again(cast.alice, fresh(paper))
    assert enter_code(Anonymous(), INSTANCE, code=code)


def test_a_withdrawn_one_stays_withdrawn(cast, sent):
    removed(cast)
    revoke_invitation(cast.alice, fresh(sent[0]))
    with pytest.raises(InvitationClosedError):
        confirm_invitation(cast.alice, fresh(sent[0]))
    assert state_of(sent[0]) is InvitationState.REVOKED


# ── What administrators see ───────────────────────────────────────────────────────────────────


def at(cast, path: str = "") -> str:
    return f"/bulles/{cast.bubble.id}/invitations{path}"


@pytest.fixture
def three(cast, sent):
    """Three invitations of Mallory, who is gone."""
    rows = [sent[0]]
    for number in range(2):
        email = f"p{number}@example.org"
        rows.append(invite(cast.mallory, cast.bubble, email=email, invited_as=InvitedAs.PATIENT))
    removed(cast)
    return rows


def test_administrators_see_them_first_and_confirm_in_one_press(cast, three, sign_in, page):
    alice = sign_in(cast.alice)
    shown = page(alice.get(at(cast)))
    assert "3 invitations à confirmer" in shown.text
    assert "invitation de Mallory Voisin" in shown.text
    assert "qui n’administre plus" in shown.text

    answer = alice.post(at(cast, "/confirmation"), data={"only": three[0].id})
    assert "1 invitation est confirmée" in page(alice.get(answer.location)).text
    assert state_of(three[0]) is not InvitationState.TO_CONFIRM
    assert state_of(three[1]) is InvitationState.TO_CONFIRM


def test_several_are_confirmed_or_withdrawn_at_once(cast, three, sign_in, page):
    alice = sign_in(cast.alice)
    alice.post(at(cast, "/confirmation"), data={"ids": [one.id for one in three[:2]]})
    assert [fresh(one).is_backed for one in three] == [True, True, False]

    answer = alice.post(at(cast, "/confirmation"), data={"ids": three[2].id, "act": "withdraw"})
    assert "1 invitation est retirée" in page(alice.get(answer.location)).text
    assert state_of(three[2]) is InvitationState.REVOKED
    assert "à confirmer" not in page(alice.get(at(cast))).text.lower()


@pytest.mark.parametrize("data", [{}, {"ids": "x"}, {"ids": "999"}, {"only": "999"}, {"only": "²"}])
def test_nothing_ticked_is_said(cast, three, sign_in, page, data):
    alice = sign_in(cast.alice)
    answer = alice.post(at(cast, "/confirmation"), data=data)
    assert "Cochez au moins une invitation" in page(alice.get(answer.location)).text
    assert not any(fresh(one).is_backed for one in three)


def test_those_of_another_bubble_are_not_reached(cast, three, sign_in):
    with transaction():
        make.bubble("Les Acacias", admin=cast.bob)
    other = db.session.scalar(select(Bubble.id).where(Bubble.name == "Les Acacias"))
    path = f"/bulles/{other}/invitations/confirmation"
    sign_in(cast.bob).post(path, data={"ids": three[0].id, "only": three[0].id})
    assert not fresh(three[0]).is_backed


def test_they_are_counted_before_the_right_is_taken_and_told_after(
    cast, sent, sign_in, page, outbox
):
    start_caring(cast.alice, membership(cast.mallory, cast.bubble))
    alice = sign_in(cast.alice)
    path = f"/bulles/{cast.bubble.id}/membres/{cast.mallory.id}"
    for change in ("/retrait", "/fin-administration"):
        assert "1 invitation que cette personne a envoyée" in page(alice.get(path + change)).text
    with transaction():
        make.membership(cast.jeanne, cast.bubble, is_admin=True)
    demote_member(cast.alice, membership(cast.mallory, cast.bubble))
    mails = outbox.mails(cast.jeanne)
    assert any("1 invitation de cette personne attend" in mail.text for mail in mails)
