"""Two people, or two tabs, at the same instant: one outcome, on both databases."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from bubbles import queries
from bubbles.models import Bubble, Invitation, Membership
from bubbles.operations.answering import accept_invitation
from bubbles.operations.inviting import invite, revoke_invitation
from bubbles.operations.members import remove_member
from bubbles.vocabulary import InvitedAs
from core.database import db
from core.transaction import transaction
from tests import factories as make

NEW = "camille@example.org"
pytestmark = pytest.mark.both_databases


def make_user(name):
    with transaction():
        return make.user(name, name.title())


def invited(cast) -> Invitation:
    return invite(cast.alice, cast.bubble, email=NEW, invited_as=InvitedAs.CAREGIVER)


def together(app, acts):
    """Run the acts in threads that start at once; return what each raised, or nothing."""
    ready = threading.Barrier(len(acts))
    outcomes: list[str] = []

    def run(act):
        with app.app_context():
            ready.wait()
            try:
                act()
                outcomes.append("done")
            except Exception as error:  # noqa: BLE001  (the outcome is what is tested)
                outcomes.append(type(error).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_two_tabs_that_accept_at_once_make_one_membership(app, cast, database):
    person = make_user("camille")
    invitation = invited(cast)
    person_id, invitation_id = person.id, invitation.id
    db.session.rollback()

    def accept():
        actor = db.session.get_one(type(person), person_id)
        accept_invitation(actor, db.session.get_one(Invitation, invitation_id))

    assert together(app, [accept] * 6) == ["done"] * 6

    count = select(func.count()).select_from(Membership).where(Membership.user_id == person_id)
    assert db.session.scalar(count) == 1


def test_two_administrators_who_leave_at_once_leave_one(app, cast, database):
    with transaction():
        make.membership(cast.mallory, cast.bubble, is_admin=True)
    ids = [(user.id, cast.bubble.id) for user in (cast.alice, cast.mallory)]
    user_type = type(cast.alice)
    db.session.rollback()

    def leave(user_id, bubble_id):
        actor = db.session.get_one(user_type, user_id)
        remove_member(actor, queries.get_membership(user_id, bubble_id))

    acts = [lambda pair=pair: leave(*pair) for pair in ids]
    assert together(app, acts) == ["LastAdministratorError", "done"]


def test_revoking_and_accepting_at_once_have_one_winner(app, cast, database):
    person = make_user("camille")
    invitation = invited(cast)
    user_type, invitation_id = type(person), invitation.id
    person_id, alice_id, bubble_id = person.id, cast.alice.id, cast.bubble.id
    db.session.rollback()

    def accept():
        actor = db.session.get_one(user_type, person_id)
        accept_invitation(actor, db.session.get_one(Invitation, invitation_id))

    def revoke():
        actor = db.session.get_one(user_type, alice_id)
        revoke_invitation(actor, db.session.get_one(Invitation, invitation_id))

    assert together(app, [accept, revoke]) == ["InvitationClosedError", "done"]
    db.session.expire_all()
    final = db.session.get_one(Invitation, invitation_id)
    joined = queries.get_membership(person_id, bubble_id) is not None
    assert joined == bool(final.accepted_at) == (not final.revoked_at)


def test_one_address_invited_twice_at_once_gets_one_mail(app, cast, database, outbox):
    user_type, alice_id, bubble_id = type(cast.alice), cast.alice.id, cast.bubble.id
    db.session.rollback()

    def send():
        actor = db.session.get_one(user_type, alice_id)
        bubble = db.session.get_one(Bubble, bubble_id)
        invite(actor, bubble, email=NEW, invited_as=InvitedAs.CAREGIVER)

    assert together(app, [send, send, send]) == [
        "AlreadyInvitedError",
        "AlreadyInvitedError",
        "done",
    ]
    assert len(outbox.mails(NEW)) == 1
