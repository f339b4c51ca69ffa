"""Finding bubbles, their members and their invitations: always for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, contains_eager, joinedload, selectinload

from bubbles.models import Bubble, BubbleLogo, Invitation, InvitationCode, Membership
from bubbles.vocabulary import InvitationState, InvitedAs
from core import clock, tokens
from core.database import db
from core.errors import NotFoundError
from core.outbox import OutboxMessage, OutboxState
from core.statements import ME, while_reading
from security.models import User

PAGE = 25
"""Invitations on one page."""


def find_name_for_mails(bubble_id: int) -> str:
    """Return the name of a bubble where its team lets mails carry it, else nothing."""
    named = select(Bubble.name).where(Bubble.id == bubble_id, Bubble.is_named_in_mails)
    return db.session.scalar(named) or ""


def get_bubble_for(actor: User, bubble_id: int) -> Bubble:
    """Return the bubble if ``actor`` is among its staff; otherwise it does not exist."""
    mine = Bubble.memberships.any(Membership.user_id == actor.id)
    bubble = db.session.scalar(select(Bubble).where(Bubble.id == bubble_id, mine))
    if bubble is None:
        raise NotFoundError
    return bubble


def list_bubbles_for(actor: User) -> list[Bubble]:
    """Return the bubbles whose staff ``actor`` belongs to, by name, with their memberships."""
    query = (
        select(Bubble)
        .where(Bubble.memberships.any(Membership.user_id == actor.id))
        .options(selectinload(Bubble.memberships), joinedload(Bubble.logo))
        .order_by(func.lower(Bubble.name), Bubble.id)
    )
    return list(db.session.scalars(query))


_MEMBERSHIP = select(Membership).where(
    Membership.user_id == bindparam("user"), Membership.bubble_id == bindparam("bubble")
)


def get_membership(user_id: int, bubble_id: int) -> Membership | None:
    """Return one person's present place in one bubble: nearly every right depends on it."""
    return while_reading(
        ("membership", user_id, bubble_id),
        lambda: db.session.scalar(_MEMBERSHIP, {"user": user_id, "bubble": bubble_id}),
    )


def get_membership_for(actor: User, bubble_id: int, user_id: int) -> Membership:
    """Return somebody's place in a bubble that ``actor`` belongs to as well."""
    membership = db.session.scalar(
        select(Membership)
        .where(
            Membership.bubble_id == bubble_id,
            Membership.user_id == user_id,
            Membership.bubble.has(Bubble.memberships.any(Membership.user_id == actor.id)),
        )
        .options(joinedload(Membership.user), joinedload(Membership.bubble))
    )
    if membership is None:
        raise NotFoundError
    return membership


def roles_of(user: User) -> list[str]:
    """Return what the person is in any bubble, in one query."""
    query = select(Membership.is_admin, Membership.is_caregiver).where(
        Membership.user_id == user.id
    )
    rows = db.session.execute(query).all()
    roles = {"administrator": any(row.is_admin for row in rows)}
    roles["caregiver"] = any(row.is_caregiver for row in rows)
    return [role for role, holds in roles.items() if holds]


def list_members(bubble_id: int) -> list[Membership]:
    """Return the staff with their accounts, by name."""
    query = (
        select(Membership)
        .join(Membership.user)
        .where(Membership.bubble_id == bubble_id)
        .options(contains_eager(Membership.user))
        .order_by(func.lower(User.display_name), User.id)
    )
    return list(db.session.scalars(query))


def list_caregiver_members(bubble_id: int) -> list[User]:
    """Return the accounts of the bubble's present caregivers, by name."""
    return _list_users(bubble_id, Membership.is_caregiver)


def list_admins(bubble_id: int) -> list[User]:
    """Return the accounts of the bubble's present administrators, by name."""
    return _list_users(bubble_id, Membership.is_admin)


def is_live_caregiver(user_id: int, bubble_id: int) -> bool:
    """Say whether the person is a caregiver of the bubble now, with an open account."""
    query = (
        select(Membership.id)
        .join(Membership.user)
        .where(
            Membership.bubble_id == bubble_id,
            Membership.user_id == user_id,
            Membership.is_caregiver,
            User.is_enabled,
        )
    )
    return db.session.scalar(query) is not None


IS_STAFF = select(Membership.id).where(Membership.user_id == ME).exists()
"""The reader belongs to the staff of any bubble."""
IS_CAREGIVER = (
    select(Membership.id).where(Membership.user_id == ME, Membership.is_caregiver).exists()
)
IS_ADMIN = select(Membership.id).where(Membership.user_id == ME, Membership.is_admin).exists()


def administers_colleague(admin_id: int, user_id: int) -> bool:
    """Say whether one administers a bubble to whose staff the other belongs."""
    other = aliased(Membership)
    query = (
        select(Membership.id)
        .join(other, other.bubble_id == Membership.bubble_id)
        .where(Membership.user_id == admin_id, Membership.is_admin, other.user_id == user_id)
        .limit(1)
    )
    return admin_id != user_id and db.session.scalar(query) is not None


def count_bubbles_for(actor: User) -> int:
    """Count the bubbles whose staff ``actor`` belongs to."""
    query = select(func.count()).select_from(Membership).where(Membership.user_id == actor.id)
    return db.session.scalar(query) or 0


def lock_bubble(bubble_id: int) -> None:
    """Make the writers of one bubble's membership queue until the end of the transaction."""
    query = select(Bubble.id).where(Bubble.id == bubble_id).with_for_update(key_share=True)
    db.session.execute(query)


def lock_person(user_id: int) -> None:
    """Make what one person does twice at once queue until the end of the transaction."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def count_admins(bubble_id: int) -> int:
    """Count the administrators; meaningful for a decision once the bubble is locked."""
    query = (
        select(func.count())
        .select_from(Membership)
        .where(Membership.bubble_id == bubble_id, Membership.is_admin)
    )
    return db.session.scalar(query) or 0


def is_caregiver_address(bubble_id: int, email: str) -> bool:
    """Say whether this address belongs to a caregiver of the bubble."""
    query = (
        select(Membership.id)
        .join(Membership.user)
        .where(Membership.bubble_id == bubble_id, Membership.is_caregiver, User.email == email)
    )
    return db.session.scalar(query) is not None


def find_open_invitation(
    bubble_id: int, email: str, invited_as: InvitedAs, now: datetime
) -> Invitation | None:
    """Return the invitation that this address could still accept in that role."""
    return db.session.scalar(
        select(Invitation)
        .where(
            Invitation.bubble_id == bubble_id,
            Invitation.email == email,
            Invitation.invited_as == invited_as,
            is_unanswered(),
            Invitation.expires_at > now,
        )
        .order_by(Invitation.id.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class InvitationPage:
    """Some of the invitations of a bubble, and how many there are of each kind."""

    rows: list[Invitation]
    counts: dict[InvitationState, int]
    number: int
    """Which page this is, from 1."""
    last: int


def list_invitations_for(
    actor: User, bubble_id: int, *, state: InvitationState | None = None, page: int = 1
) -> InvitationPage:
    """Return a page of what ``actor``, an administrator, may follow; requests first, then new."""
    judged = state_now(clock.now())
    mine = and_(Invitation.bubble_id == bubble_id, _administered_by(actor))
    counted = (
        select(judged, func.count())
        .select_from(Invitation)
        .outerjoin(Invitation.outbox_message)
        .where(mine)
        .group_by(judged)
    )
    counts = {InvitationState(word): count for word, count in db.session.execute(counted)}
    total = counts.get(state, 0) if state else sum(counts.values())
    last = max(1, -(-total // PAGE))
    number = min(max(page, 1), last)
    query = (
        select(Invitation)
        .outerjoin(Invitation.outbox_message)
        .where(mine, *((judged == state.value,) if state else ()))
        .options(
            contains_eager(Invitation.outbox_message),
            joinedload(Invitation.accepted_by),
            joinedload(Invitation.invited_by),
        )
        .order_by(case((_asks_again(), 0), else_=1))
        .order_by(Invitation.sent_at.desc(), Invitation.id.desc())
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    return InvitationPage(list(db.session.scalars(query)), counts, number, last)


def state_now(now: datetime) -> ColumnElement[str]:
    """Say in SQL what ``Invitation.state`` says; its mail is outer-joined."""
    dead, queued = OutboxState.DEAD, OutboxState.QUEUED
    return case(
        (Invitation.accepted_at.is_not(None), InvitationState.ACCEPTED.value),
        (Invitation.declined_at.is_not(None), InvitationState.DECLINED.value),
        (Invitation.revoked_at.is_not(None), InvitationState.REVOKED.value),
        (Invitation.expires_at <= now, InvitationState.EXPIRED.value),
        (~Invitation.is_backed, InvitationState.TO_CONFIRM.value),
        (Invitation.opened_at.is_not(None), InvitationState.OPENED.value),
        (OutboxMessage.state == dead, InvitationState.NOT_DELIVERED.value),
        (OutboxMessage.state == queued, InvitationState.WAITING.value),
        else_=InvitationState.SENT.value,
    )


def is_unanswered() -> ColumnElement[bool]:
    """Neither accepted, nor declined, nor revoked."""
    return and_(
        Invitation.accepted_at.is_(None),
        Invitation.declined_at.is_(None),
        Invitation.revoked_at.is_(None),
    )


def is_unexpired() -> ColumnElement[bool]:
    """Not over at this instant."""
    return Invitation.expires_at > clock.now()


def list_unconfirmed_for(actor: User, bubble_id: int) -> list[Invitation]:
    """Return the first invitations that an administrator may stand for, or withdraw."""
    query = (
        select(Invitation)
        .where(
            Invitation.bubble_id == bubble_id,
            is_unanswered(),
            is_unexpired(),
            ~Invitation.is_backed,
            _administered_by(actor),
        )
        .options(joinedload(Invitation.invited_by))
        .order_by(Invitation.sent_at, Invitation.id)
        .limit(PAGE)
    )
    return list(db.session.scalars(query))


def count_backed_by(user_id: int, bubble_id: int) -> int:
    """Count the invitations that wait for an answer and rest on this person's right."""
    query = (
        select(func.count())
        .select_from(Invitation)
        .where(
            Invitation.bubble_id == bubble_id,
            Invitation.invited_by_id == user_id,
            is_unanswered(),
            is_unexpired(),
            Invitation.is_backed,
        )
    )
    return db.session.scalar(query) or 0


def count_open_invitations_for(actor: User, bubble_id: int, now: datetime) -> int:
    """Count the invitations that wait for an answer, for an administrator."""
    query = (
        select(func.count())
        .select_from(Invitation)
        .where(
            Invitation.bubble_id == bubble_id,
            is_unanswered(),
            Invitation.expires_at > now,
            _administered_by(actor),
        )
    )
    return db.session.scalar(query) or 0


def get_invitation_for(actor: User, invitation_id: int, bubble_id: int) -> Invitation:
    """Return an invitation into a bubble that ``actor`` belongs to."""
    invitation = db.session.scalar(
        select(Invitation).where(
            Invitation.id == invitation_id,
            Invitation.bubble_id == bubble_id,
            Invitation.bubble.has(Bubble.memberships.any(Membership.user_id == actor.id)),
        )
    )
    if invitation is None:
        raise NotFoundError
    return invitation


def find_invitation_by_token(token: str) -> Invitation | None:
    """Return the invitation whose newest link this is: who holds the link reaches it."""
    return db.session.scalar(
        select(Invitation)
        .where(Invitation.token_hash == tokens.hash_token(token))
        .options(joinedload(Invitation.bubble), joinedload(Invitation.invited_by))
    )


def find_invitation_by_code(code_hash: str, now: datetime) -> Invitation | None:
    """Return the open invitation whose sheet has this code."""
    return db.session.scalar(
        select(Invitation)
        .join(InvitationCode, InvitationCode.invitation_id == Invitation.id)
        .where(
            InvitationCode.code_hash == code_hash,
            is_unanswered(),
            Invitation.expires_at > now,
            Invitation.is_backed,
        )
    )


def find_logo(bubble_id: int) -> BubbleLogo | None:
    """Return the picture of a bubble; who may see it is asked by the page."""
    return db.session.scalar(
        select(BubbleLogo)
        .where(BubbleLogo.bubble_id == bubble_id)
        .options(joinedload(BubbleLogo.file))
    )


def _asks_again() -> ColumnElement[bool]:
    return and_(
        Invitation.wanted_again_at.is_not(None),
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )


def _administered_by(actor: User) -> ColumnElement[bool]:
    admin = Bubble.memberships.any((Membership.user_id == actor.id) & Membership.is_admin)
    return Invitation.bubble.has(admin)


def _list_users(bubble_id: int, role: InstrumentedAttribute[bool]) -> list[User]:
    query = (
        select(User)
        .join(User.memberships)
        .where(Membership.bubble_id == bubble_id, role, User.is_enabled)
        .order_by(func.lower(User.display_name), User.id)
    )
    return list(db.session.scalars(query))
