"""Two people, or two tabs, at the same instant: one outcome, on both databases."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from bubbles import queries
from bubbles.models import Bubble, Invitation, Membership
from bubbles.operations.answering import accept_invitation, decline_invitation, enter_code
from bubbles.operations.closing import close_bubble
from bubbles.operations.inviting import (
    Offer,
    invite,
    invite_on_paper,
    resend_invitation,
    revoke_invitation,
)
from bubbles.operations.members import demote_member, promote_member, remove_member, start_caring
from bubbles.vocabulary import InvitedAs
from core.authorization import INSTANCE, Anonymous
from core.database import db
from core.transaction import transaction
from security.models import User
from tests import factories as make
from tests.bubbles.acts import NEW, invited, make_user, second_admin, together

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stage(cast, outbox):
    """A person with an open invitation, by their numbers: threads read their own rows."""
    person = make_user("camille")
    invitation = invited(cast)
    link = outbox.one(NEW).link("/invitations/").rpartition("/")[2]
    numbers = SimpleNamespace(
        person=person.id,
        alice=cast.alice.id,
        bubble=cast.bubble.id,
        invitation=invitation.id,
        link=link,
    )
    db.session.rollback()
    return numbers


def user(number):
    return db.session.get_one(User, number)


def invitation_of(stage):
    return db.session.get_one(Invitation, stage.invitation)


def accepting(stage):
    def accept():
        accept_invitation(user(stage.person), invitation_of(stage), link=stage.link)

    return accept


def final(stage):
    """Return the invitation as it ended, and whether its person joined."""
    db.session.rollback()
    db.session.expire_all()
    joined = queries.get_membership(stage.person, stage.bubble) is not None
    return invitation_of(stage), joined


def test_two_tabs_that_accept_at_once_make_one_membership(app, stage, database):
    assert together(app, [accepting(stage)] * 6) == ["done"] * 6

    count = select(func.count()).select_from(Membership).where(Membership.user_id == stage.person)
    assert db.session.scalar(count) == 1


def test_two_administrators_who_leave_at_once_leave_one(app, cast, database):
    second_admin(cast)
    ids = [(one.id, cast.bubble.id) for one in (cast.alice, cast.mallory)]
    db.session.rollback()

    def leave(user_id, bubble_id):
        remove_member(user(user_id), queries.get_membership(user_id, bubble_id))

    acts = [lambda pair=pair: leave(*pair) for pair in ids]
    assert together(app, acts) == ["LastAdministratorError", "done"]
    assert queries.count_admins(ids[0][1]) == 1


def test_two_administrators_who_step_down_at_once_leave_one(app, cast, database):
    second_admin(cast)
    for one in (cast.alice, cast.mallory):
        start_caring(one, queries.get_membership(one.id, cast.bubble.id))
    ids = [(one.id, cast.bubble.id) for one in (cast.alice, cast.mallory)]
    db.session.rollback()

    def step_down(user_id, bubble_id):
        demote_member(user(user_id), queries.get_membership(user_id, bubble_id))

    acts = [lambda pair=pair: step_down(*pair) for pair in ids]
    assert together(app, acts) == ["LastAdministratorError", "done"]
    assert queries.count_admins(ids[0][1]) == 1


def test_without_the_lock_both_would_leave(app, cast, database, monkeypatch):
    """The control: what the lock and the count under it are for.

    Each waits for the other between its count and its act, as no lock would forbid. SQLite has
    one writer at a time: there its own lock does the same.
    """
    second_admin(cast)
    ids = [(one.id, cast.bubble.id) for one in (cast.alice, cast.mallory)]
    db.session.rollback()
    both_counted = threading.Barrier(2)
    count = queries.count_admins
    monkeypatch.setattr(queries, "lock_bubble", lambda _bubble_id: None)

    def count_and_wait(bubble_id):
        found = count(bubble_id)
        if database == "postgresql":
            both_counted.wait(timeout=60)
        return found

    monkeypatch.setattr(queries, "count_admins", count_and_wait)

    def leave(user_id, bubble_id):
        remove_member(user(user_id), queries.get_membership(user_id, bubble_id))

    outcomes = together(app, [lambda pair=pair: leave(*pair) for pair in ids])
    is_alone = database == "sqlite"
    assert outcomes == (["LastAdministratorError", "done"] if is_alone else ["done", "done"])
    assert count(ids[0][1]) == is_alone


def test_two_administrators_who_remove_each_other_leave_one(app, cast, database):
    second_admin(cast)
    with transaction():
        third = make.user("dora")
        make.membership(third, cast.bubble, is_admin=True)
    ids = [cast.alice.id, cast.mallory.id]
    bubble_id = cast.bubble.id
    db.session.rollback()

    def remove(by, target):
        remove_member(user(by), queries.get_membership(target, bubble_id))

    acts = [lambda: remove(*ids), lambda: remove(*reversed(ids))]
    outcomes = together(app, acts)

    assert outcomes in (["ForbiddenError", "done"], ["NotFoundError", "done"])
    assert queries.count_admins(bubble_id) == 2


@pytest.mark.parametrize("other", ["revoke", "decline", "resend", "close"])
def test_accepting_and_its_contrary_at_once_have_one_winner(app, stage, database, other):
    def act():
        alice, found = user(stage.alice), invitation_of(stage)
        if other == "revoke":
            revoke_invitation(alice, found)
        elif other == "decline":
            decline_invitation(Anonymous(), found, link=stage.link)
        elif other == "resend":
            resend_invitation(alice, found)
        else:
            close_bubble(alice, db.session.get_one(Bubble, stage.bubble), typed_name="Les Tilleuls")

    outcomes = together(app, [accepting(stage), act])

    invitation, joined = final(stage)
    if other == "close":  # whoever came first, nobody is left
        assert outcomes in (["InvitationClosedError", "done"], ["done", "done"])
        assert not joined
        return
    assert outcomes == ["InvitationClosedError", "done"]
    ended = invitation.revoked_at or invitation.declined_at
    assert joined == bool(invitation.accepted_at)
    assert not (joined and ended)
    if other != "resend":
        assert bool(ended) == (not joined)


def test_a_sheet_in_two_hands_serves_once(app, cast, database):
    people = [make_user(f"person-{number}").id for number in range(4)]
    offer = Offer(InvitedAs.CAREGIVER)
    _invitation, code = invite_on_paper(cast.alice, cast.bubble, offer=offer)
    token = enter_code(Anonymous(), INSTANCE, code=code)
    bubble_id = cast.bubble.id
    db.session.rollback()

    def accept(user_id):
        found = queries.find_invitation_by_token(token)
        accept_invitation(user(user_id), found, link=token)

    outcomes = together(app, [lambda one=one: accept(one) for one in people])

    assert outcomes.count("done") == 1
    assert set(outcomes) <= {"done", "InvitationClosedError", "ForbiddenError"}
    joined = [one for one in people if queries.get_membership(one, bubble_id)]
    assert len(joined) == 1


def test_one_address_invited_twice_at_once_gets_one_mail(app, cast, database, outbox):
    alice_id, bubble_id = cast.alice.id, cast.bubble.id
    db.session.rollback()

    def send():
        bubble = db.session.get_one(Bubble, bubble_id)
        invite(user(alice_id), bubble, email=NEW, invited_as=InvitedAs.CAREGIVER)

    assert together(app, [send, send, send]) == [
        "AlreadyInvitedError",
        "AlreadyInvitedError",
        "done",
    ]
    assert len(outbox.mails(NEW)) == 1


def test_a_form_pressed_six_times_at_once_makes_one_invitation(app, cast, database, outbox):
    alice_id, bubble_id = cast.alice.id, cast.bubble.id
    db.session.rollback()

    def send():
        bubble = db.session.get_one(Bubble, bubble_id)
        invite(user(alice_id), bubble, email=NEW, invited_as=InvitedAs.CAREGIVER, key="k")

    assert together(app, [send] * 6) == ["done"] * 6
    assert len(outbox.mails(NEW)) == 1


def test_promoting_at_once_tells_once(app, cast, database, outbox):
    alice_id, bob_id, bubble_id = cast.alice.id, cast.bob.id, cast.bubble.id
    db.session.rollback()

    def promote():
        promote_member(user(alice_id), queries.get_membership(bob_id, bubble_id))

    assert together(app, [promote] * 4) == ["done"] * 4
    assert len(outbox.mails(cast.bob)) == 1
