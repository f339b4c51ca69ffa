"""Teams: invitations, roles, followers, papers to renew, messages that wait."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from bubbles.operations.answering import accept_invitation, ask_again, enter_code
from bubbles.operations.inviting import Offer, invite, invite_on_paper
from bubbles.vocabulary import InvitedAs, Invitee
from caregiver.vocabulary import DocumentType
from core import outbox
from core.authorization import INSTANCE, Anonymous
from core.database import db
from core.transaction import transaction
from patient.models import Guardianship
from patient.vocabulary import GuardianKind
from tests import factories as make
from tests.bubbles.acts import invited, make_user
from tests.caregiver.conftest import give_paper

if TYPE_CHECKING:
    from security.models import User
    from tests.mails.teller import Teller


def _second_administrator(teller: Teller) -> User:
    with transaction():
        dora = make.user("dora", "Dora Petit", locale=teller.locale)
        make.membership(dora, teller.cast.bubble, is_admin=True)
    return dora


def _member(teller: Teller, user: User) -> str:
    return f"/bulles/{teller.cast.bubble.id}/membres/{user.id}"


# ── Invitations ───────────────────────────────────────────────────────────────────────────────


def an_invited_caregiver(teller: Teller) -> None:
    invited(teller.cast, word="À bientôt.")


def an_invited_patient_of_a_team_that_is_named(teller: Teller) -> None:
    with transaction():
        teller.cast.bubble.is_named_in_mails = True
    invited(teller.cast, invited_as=InvitedAs.PATIENT)


def a_sheet_that_was_used(teller: Teller) -> None:
    offer = Offer(InvitedAs.CAREGIVER, Invitee("Paul", "Castaing"))
    invitation, code = invite_on_paper(teller.cast.alice, teller.cast.bubble, offer=offer)
    enter_code(Anonymous(), INSTANCE, code=code)
    accept_invitation(make_user("paul"), invitation)


def a_link_that_is_wanted_again(teller: Teller) -> None:
    invitation = invited(teller.cast)
    teller.begin()
    teller.travel(timedelta(days=15))
    ask_again(Anonymous(), invitation)


def a_patient_whose_followers_have_left(teller: Teller) -> None:
    cast = teller.cast
    invitation = invited(
        cast,
        email="paul@example.org",
        invited_as=InvitedAs.PATIENT,
        follower_ids=[cast.bob.id],
    )
    teller.sign_in(cast.alice).post(f"{_member(teller, cast.bob)}/retrait")
    paul = make_user("paul")
    with transaction():
        make.patient("Paul", "Castaing", account=paul)
    teller.begin()
    accept_invitation(paul, invitation)


# ── Roles, and the end of a membership ────────────────────────────────────────────────────────


def a_role_that_changes(teller: Teller) -> None:
    _second_administrator(teller)
    alice = teller.sign_in(teller.cast.alice)
    for change in ("administration", "fin-soins", "soins", "fin-administration"):
        alice.post(f"{_member(teller, teller.cast.bob)}/{change}")


def a_member_who_is_removed(teller: Teller) -> None:
    """Bob was an administrator, and had invited somebody."""
    _second_administrator(teller)
    cast = teller.cast
    alice = teller.sign_in(cast.alice)
    alice.post(f"{_member(teller, cast.bob)}/administration")
    invite(cast.bob, cast.bubble, email="camille@example.org", invited_as=InvitedAs.CAREGIVER)
    teller.begin()
    alice.post(f"{_member(teller, cast.bob)}/retrait")


def a_member_who_leaves(teller: Teller) -> None:
    bob = teller.cast.bob
    teller.sign_in(bob).post(f"{_member(teller, bob)}/retrait")


def a_bubble_that_closes(teller: Teller) -> None:
    path = f"/bulles/{teller.cast.bubble.id}/fermeture"
    teller.sign_in(teller.cast.alice).post(path, data={"typed_name": "Les Tilleuls"})


# ── Who follows whom ──────────────────────────────────────────────────────────────────────────


def another_follower(teller: Teller) -> None:
    cast = teller.cast
    path = f"/bulles/{cast.bubble.id}/patients/{cast.enrolment.id}/accompagnants"
    teller.sign_in(cast.alice).post(path, data={"user_ids": [cast.chloe.id]})


def a_patient_whose_place_ends(teller: Teller) -> None:
    cast = teller.cast
    path = f"/bulles/{cast.bubble.id}/patients/{cast.enrolment.id}/depart"
    teller.sign_in(cast.alice).post(path)


def a_relative_who_joins(teller: Teller) -> None:
    """Jeanne books for Lucas, whom nobody follows yet."""
    cast = teller.cast
    with transaction():
        lucas = make.patient("Lucas", "Roques")
        kind = GuardianKind.RELATIVE
        db.session.add(Guardianship(user_id=cast.jeanne.id, patient_id=lucas.id, kind=kind))
    data = {
        "pour": lucas.id,
        "avec": f"{cast.enrolment.id}-{cast.bob.id}",
        "vu": f"non-{lucas.id}-{cast.bob.id}",
        "type": cast.type.id,
        "heure": "2026-11-24T10:00:00+01:00",
    }
    teller.sign_in(cast.jeanne).post("/rendez-vous/nouveau/heure", data=data)


# ── Papers and messages ───────────────────────────────────────────────────────────────────────


def papers_that_end(teller: Teller) -> None:
    ends = date(2026, 12, 23)
    give_paper(teller.cast.bob, expires_on=ends)
    with transaction():
        outbox.enqueue("document_expiries", {})


def a_paper_to_replace(teller: Teller) -> None:
    cast = teller.cast
    paper = give_paper(cast.bob, cast.bubble, kind=DocumentType.LIABILITY_INSURANCE)
    teller.sign_in(cast.alice).post(
        f"/bulles/{cast.bubble.id}/documents/{paper.id}",
        data={"verdict": "to_replace", "number": "1", "reason": "Illisible"},
    )


def a_message_that_waits(teller: Teller) -> None:
    with transaction():
        conversation = make.conversation(teller.cast.enrolment, teller.cast.bob)
    data = {"body": "Le pansement est propre", "client_id": "bob-00001"}
    teller.sign_in(teller.cast.bob).post(f"/messages/{conversation.id}", data=data)
    teller.travel(timedelta(minutes=10))


STORIES = {
    story.__name__.replace("_", " "): story
    for story in (
        an_invited_caregiver,
        an_invited_patient_of_a_team_that_is_named,
        a_sheet_that_was_used,
        a_link_that_is_wanted_again,
        a_patient_whose_followers_have_left,
        a_role_that_changes,
        a_member_who_is_removed,
        a_member_who_leaves,
        a_bubble_that_closes,
        another_follower,
        a_patient_whose_place_ends,
        a_relative_who_joins,
        papers_that_end,
        a_paper_to_replace,
        a_message_that_waits,
    )
}
