"""Every way in which Mallory, who administered the bubble, loses the right to invite into it."""

from __future__ import annotations

from sqlalchemy import delete

from bubbles.models import Invitation, Membership
from bubbles.operations.closing import close_bubble
from bubbles.operations.members import demote_member, remove_member
from core.database import db
from core.transaction import transaction
from security.models import User
from tests.bubbles.acts import membership


def demoted(cast):
    with transaction():
        db.session.get_one(Membership, membership(cast.mallory, cast.bubble).id).is_caregiver = True
    demote_member(cast.alice, membership(cast.mallory, cast.bubble))


def removed(cast):
    remove_member(cast.alice, membership(cast.mallory, cast.bubble))


def left(cast):
    remove_member(cast.mallory, membership(cast.mallory, cast.bubble))


def disabled(cast):
    with transaction():
        db.session.get_one(User, cast.mallory.id).is_enabled = False


def deleted(cast):
    with transaction():
        db.session.execute(delete(User).where(User.id == cast.mallory.id))
    db.session.expire_all()


def closed(cast):
    close_bubble(cast.alice, cast.bubble, typed_name=cast.bubble.name)


LOSSES = [demoted, removed, left, disabled, deleted]


def fresh(invitation) -> Invitation:
    db.session.expire_all()
    return db.session.get_one(Invitation, invitation.id)
