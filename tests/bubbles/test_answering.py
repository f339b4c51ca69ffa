"""Saying no, asking again, and making an account for an invitation: hostile holders included."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bubbles.errors import InvitationClosedError
from bubbles.models import Invitation
from bubbles.operations.answering import accept_invitation, ask_again, decline_invitation
from bubbles.operations.inviting import resend_invitation, revoke_invitation, show_link
from bubbles.operations.members import remove_member
from bubbles.vocabulary import InvitationState
from core.audit import AuditEntry
from core.authorization import Anonymous
from core.database import db
from core.errors import ForbiddenError
from tests.bubbles.acts import NEW, invited, make_user, membership, second_admin, state_of


@pytest.fixture
def link(cast, outbox):
    """A link that left, to an address without an account."""
    invited(cast)
    return outbox.one(NEW).link("/invitations/")


def only_invitation() -> Invitation:
    db.session.expire_all()
    (invitation,) = db.session.scalars(select(Invitation))
    return invitation


# ── Saying no ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M84")
def test_who_has_no_account_says_no_in_two_presses(cast, link, visitor, sign_in, page):
    assert f"{link}/refus" in page(visitor.get(link)).links
    assert "ni compte, ni raison" in page(visitor.get(f"{link}/refus")).text
    assert state_of(only_invitation()) is InvitationState.SENT

    assert "est refusée" in page(visitor.post(f"{link}/refus")).text

    assert state_of(only_invitation()) is InvitationState.DECLINED
    assert "Refusée" in page(sign_in(cast.alice).get(f"/bulles/{cast.bubble.id}/invitations")).text
    assert visitor.get(link).status_code == 404
    assert visitor.post(f"{link}/refus").status_code == 200  # twice is once


def test_a_declined_invitation_is_not_accepted_nor_sent_again_by_insistence(cast, link):
    person = make_user("camille")
    invitation = only_invitation()
    decline_invitation(Anonymous(), invitation, link=link.rpartition("/")[2])

    with pytest.raises(InvitationClosedError):
        accept_invitation(person, invitation)
    with pytest.raises(InvitationClosedError):
        resend_invitation(cast.alice, invitation)
    with pytest.raises(InvitationClosedError):
        revoke_invitation(cast.alice, invitation)
    assert membership(person, cast.bubble) is None


def test_who_changed_their_mind_gets_another_when_they_ask(cast, link, sign_in, page, outbox):
    person = make_user("camille")
    browser = sign_in(person)
    browser.post(f"{link}/refus")
    shown = page(browser.get(link))
    assert "Vous avez refusé cette invitation" in shown.text

    browser.post(f"{link}/demande")
    resend_invitation(cast.alice, only_invitation())

    new = outbox.one(NEW).link("/invitations/").rpartition("/")[2]
    accept_invitation(person, only_invitation(), link=new)
    assert membership(person, cast.bubble).is_caregiver


def test_an_old_link_declines_nothing(cast, link, visitor):
    invitation = only_invitation()
    resend_invitation(cast.alice, invitation)

    assert visitor.post(f"{link}/refus").status_code == 404
    with pytest.raises(InvitationClosedError):
        decline_invitation(Anonymous(), invitation, link=link.rpartition("/")[2])
    assert state_of(invitation) is InvitationState.WAITING


# ── Asking again ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("U41")
def test_an_expired_link_asks_for_another_and_administrators_learn_it_once(
    cast, link, visitor, sign_in, page, outbox, travel_to
):
    second_admin(cast)
    travel_to(timedelta(days=14))
    shown = page(visitor.get(link))
    assert f"{link}/demande" in shown.actions

    for _ in range(3):
        assert "est transmise" in page(visitor.post(f"{link}/demande")).text

    for admin in (cast.alice, cast.mallory):
        (mail,) = [m for m in outbox.mails(admin) if "redemande" in m.subject]
        assert NEW not in mail.text
        assert cast.bubble.name not in mail.text
    alice = sign_in(cast.alice)
    assert "En redemande une" in page(alice.get(f"/bulles/{cast.bubble.id}/invitations")).text

    resend_invitation(cast.alice, only_invitation())
    assert only_invitation().wanted_again_at is None


def test_a_stranger_with_a_random_link_reads_the_same_and_tells_nobody(
    cast, link, visitor, page, outbox, travel_to
):
    travel_to(timedelta(days=14))
    known = visitor.post(f"{link}/demande")
    unknown = visitor.post("/invitations/never-written/demande")

    assert known.status_code == unknown.status_code == 200
    assert page(known).text == page(unknown).text
    assert page(visitor.get(link)).text == page(visitor.get("/invitations/never-written")).text
    assert len([m for m in outbox.mails(cast.alice) if "redemande" in m.subject]) == 1


def test_asking_is_braked_by_network(link, visitor):
    statuses = [visitor.post("/invitations/x/demande").status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_a_withdrawn_or_open_invitation_is_not_asked_for_again(cast, link, outbox):
    invitation = only_invitation()
    ask_again(Anonymous(), invitation)
    assert only_invitation().wanted_again_at is None
    revoke_invitation(cast.alice, invitation)
    ask_again(Anonymous(), invitation)

    assert only_invitation().wanted_again_at is None
    assert [m for m in outbox.mails(cast.alice) if "redemande" in m.subject] == []


# ── A link passed on by hand ──────────────────────────────────────────────────────────────────


@pytest.mark.covers("M84")
def test_an_administrator_copies_a_new_link_once_behind_a_fresh_proof(
    cast, link, sign_in, visitor, page, outbox, travel_to
):
    path = f"/bulles/{cast.bubble.id}/invitations/{only_invitation().id}/lien"
    alice = sign_in(cast.alice)
    assert "/invitations/" not in page(alice.get(path)).text
    shown = page(alice.post(path))
    new = "/invitations/" + shown.text.partition("/invitations/")[2].partition(" ")[0]
    new = new.removesuffix("Copier")

    assert visitor.get(new).status_code == 200
    assert visitor.get(link).status_code == 404
    assert "Lien remis" in page(alice.get(f"/bulles/{cast.bubble.id}/invitations")).text
    assert sign_in(cast.mallory).post(f"{new}/acceptation").status_code == 404

    travel_to(timedelta(minutes=11))
    assert alice.post(path).status_code == 403
    assert visitor.get(new).status_code == 200
    assert sign_in(cast.bob).get(path).status_code == 403
    assert sign_in(cast.mallory).get(path).status_code == 404


@pytest.mark.covers("U42")
def test_the_mail_that_had_not_left_does_not_leave_after_the_link_was_copied(cast, outbox):
    invitation = invited(cast)
    show_link(cast.alice, invitation)

    assert outbox.mails(NEW) == []


# ── Making an account for an invitation ───────────────────────────────────────────────────────


def test_other_accounts_are_made_as_before(visitor):
    visitor.post("/inscription", data={"given_name": "A", "family_name": "B", "suite": "/compte"})

    answer = visitor.post("/inscription/adresse", data={"email": "a@example.org"})
    assert answer.location.endswith("/inscription/mot-de-passe")


def test_a_role_added_to_the_acceptance_is_ignored_case_i4(cast, link, sign_in):
    person = make_user("camille")

    sign_in(person).post(f"{link}/acceptation?role=admin", data={"is_admin": "y", "role": "admin"})

    mine = membership(person, cast.bubble)
    assert (mine.is_admin, mine.is_caregiver) == (False, True)


def test_who_is_there_with_another_role_changes_it_by_saying_yes_only_case_i6(cast):
    invitation = invited(cast, email=cast.alice.email)
    mine = membership(cast.alice, cast.bubble)
    assert (mine.is_admin, mine.is_caregiver) == (True, False)

    accept_invitation(cast.alice, invitation)
    mine = membership(cast.alice, cast.bubble)
    assert (mine.is_admin, mine.is_caregiver) == (True, True)


def test_an_ex_member_keeps_no_way_in(cast, link, sign_in):
    person = make_user("camille")
    browser = sign_in(person)
    browser.post(f"{link}/acceptation")
    remove_member(cast.alice, membership(person, cast.bubble))

    assert browser.post(f"{link}/acceptation").status_code == 302  # said yes once, long ago
    assert membership(person, cast.bubble) is None
    assert browser.get(f"/bulles/{cast.bubble.id}").status_code == 404


def test_refusals_are_recorded(cast, link):
    with pytest.raises(ForbiddenError):
        show_link(cast.bob, only_invitation())
    line = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (line.permission, line.outcome) == ("invitation:show_link", "refused")
