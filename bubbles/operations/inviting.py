"""Inviting people, by mail, on paper, or by a link passed on by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from bubbles import emails, queries
from bubbles.errors import AlreadyInvitedError, AlreadyMemberError, InvitationClosedError
from bubbles.events import InvitationWanted
from bubbles.locks import bubble_of
from bubbles.models import Bubble, Invitation, InvitationCode
from bubbles.policy import BubblePermission
from bubbles.vocabulary import NOBODY_NAMED, Delivery, InvitedAs, Invitee
from core import clock, tokens
from core.authorization import operation
from core.database import db
from core.errors import NotFoundError
from core.events import publish
from core.idempotency import once
from core.outbox import OutboxMessage, OutboxState
from core.rate_limit import RateLimit
from security import backup_codes
from security.models import User
from security.one_time_codes import hash_code
from security.queries import find_user_by_email

VALID_FOR = timedelta(days=14)
"""How long an invitation's link or code lives."""
INVITATIONS = RateLimit("invitations", 400, timedelta(hours=1))
"""Sent by one person, resent ones included; counted by the page, outside the operation."""
INVITATIONS_TO_ADDRESS = RateLimit("invitations_to", 5, timedelta(hours=24))
"""Sent by one person to one address: whoever never answers is left alone."""


@dataclass(frozen=True)
class Offer:
    """What is offered: the role, the person as far as known, the words, who will follow."""

    invited_as: InvitedAs
    invitee: Invitee = NOBODY_NAMED
    word: str = ""
    follower_ids: tuple[int, ...] = ()


@operation(BubblePermission.INVITE, lock=bubble_of)
def invite(
    actor: User,
    bubble: Bubble,
    *,
    email: str,
    invited_as: InvitedAs,
    word: str = "",
    follower_ids: Iterable[int] = (),
    invitee: Invitee = NOBODY_NAMED,
    key: str | None = None,
) -> Invitation:
    """Send a personal link to ``email``, which is folded; the same ``key`` sends it once.

    ``follower_ids`` are accounts of caregivers of the bubble, who will follow an invited patient.

    Raises:
        AlreadyMemberError: the address is that of a member in this role.
        AlreadyInvitedError: it has an open invitation in this role.
        LooksLikePatientError: the named patient seems to be there already.
        NotFoundError: a follower is no caregiver of the bubble.
    """
    offer = Offer(invited_as, invitee, word, tuple(sorted(set(follower_ids))))

    def act() -> int:
        _refuse_needless(bubble, email, offer)
        invitation, token = _write(actor, bubble, email, offer)
        _mail(invitation, token, actor)
        return invitation.id

    return _invitation_of(once(actor.id, "invite", key, _request(bubble, email, offer), act))


@operation(BubblePermission.INVITE, lock=bubble_of)
def invite_on_paper(
    actor: User, bubble: Bubble, *, offer: Offer, key: str | None = None
) -> tuple[Invitation, str | None]:
    """Make a code for somebody without e-mail; the code itself is returned once, here.

    With a ``key`` that has served, the invitation comes back without its code.

    Raises:
        LooksLikePatientError: the named patient seems to be there already.
        NotFoundError: a follower is no caregiver of the bubble.
    """
    codes: list[str] = []

    def act() -> int:
        _refuse_needless(bubble, "", offer)
        invitation, _token = _write(actor, bubble, "", offer)
        invitation.delivery = Delivery.SHEET
        codes.append(_give_code(invitation))
        return invitation.id

    invitation_id = once(actor.id, "invite_on_paper", key, _request(bubble, "", offer), act)
    return _invitation_of(invitation_id), (codes[0] if codes else None)


@operation(BubblePermission.RESEND, lock=bubble_of)
def resend_invitation(actor: User, invitation: Invitation) -> None:
    """Send a new link, good for as long as a first one; the link before it is dead.

    Raises:
        InvitationClosedError: it was answered or revoked, or has no address.
    """
    _require_renewable(invitation)
    if invitation.is_on_paper:
        raise InvitationClosedError
    token = _renew(actor, invitation)
    invitation.delivery = Delivery.MAIL
    _mail(invitation, token, actor)


@operation(BubblePermission.RESEND, lock=bubble_of)
def print_again(actor: User, invitation: Invitation) -> str:
    """Make a new code for a sheet that was lost; the code before it is dead.

    Raises:
        InvitationClosedError: it was answered or revoked, or is not on paper.
    """
    _require_renewable(invitation)
    if not invitation.is_on_paper:
        raise InvitationClosedError
    _renew(actor, invitation)
    return _give_code(invitation)


@operation(BubblePermission.SHOW_LINK, lock=bubble_of)
def show_link(actor: User, invitation: Invitation) -> str:
    """Return the token of a new link, to be passed on by hand when mails do not arrive.

    It opens nothing to who passes it on: the account of the invited address is still needed.

    Raises:
        InvitationClosedError: it was answered or revoked, or has no address.
    """
    _require_renewable(invitation)
    if invitation.is_on_paper:
        raise InvitationClosedError
    token = _renew(actor, invitation)
    invitation.delivery = Delivery.BY_HAND
    invitation.outbox_message = None
    return token


@operation(BubblePermission.REVOKE, lock=bubble_of)
def revoke_invitation(actor: User, invitation: Invitation) -> None:
    """Kill the link; revoking twice changes nothing.

    Raises:
        InvitationClosedError: it was answered meanwhile.
    """
    if invitation.accepted_at or invitation.declined_at:
        raise InvitationClosedError
    if invitation.revoked_at is None:
        invitation.revoked_at = clock.now()
        invitation.revoked_by_id = actor.id
        emails.withdraw(invitation)


@operation(BubblePermission.CONFIRM, lock=bubble_of)
def confirm_invitation(actor: User, invitation: Invitation) -> None:
    """Stand for an invitation whose sender may invite no more: from now on it is one's own.

    The link that was sent works again, until the day it was to end. A mail that was stopped before
    it left is sent, with a new link. Confirming what needs it no more changes nothing.

    Raises:
        InvitationClosedError: it was answered or revoked meanwhile, or has expired.
    """
    if invitation.is_backed and not invitation.is_answered:
        return
    if invitation.is_answered or clock.now() >= invitation.expires_at:
        raise InvitationClosedError
    invitation.invited_by_id = actor.id
    invitation.unbacked_at = None
    mail = invitation.outbox_message
    if invitation.delivery is Delivery.MAIL and mail and mail.state is OutboxState.EXPIRED:
        _mail(invitation, _new_link(invitation), actor)


def _refuse_needless(bubble: Bubble, email: str, offer: Offer) -> None:
    as_caregiver = offer.invited_as is InvitedAs.CAREGIVER
    if as_caregiver and email and queries.is_caregiver_address(bubble.id, email):
        raise AlreadyMemberError
    known = queries.find_open_invitation(bubble.id, email, offer.invited_as, clock.now())
    if email and known is not None:
        raise AlreadyInvitedError(known.id)
    publish(
        InvitationWanted(
            bubble_id=bubble.id,
            email=email,
            invited_as=offer.invited_as,
            invitee=offer.invitee,
            despite_namesake=offer.invitee.is_another,
        )
    )


def _write(actor: User, bubble: Bubble, email: str, offer: Offer) -> tuple[Invitation, str]:
    wanted = offer.follower_ids if offer.invited_as is InvitedAs.PATIENT else ()
    members = {user.id: user for user in queries.list_caregiver_members(bubble.id)}
    if set(wanted) - members.keys():
        raise NotFoundError
    now = clock.now()
    token = tokens.new_token()
    invitation = Invitation(
        bubble_id=bubble.id,
        email=email,
        invited_as=offer.invited_as,
        given_name=offer.invitee.given_name,
        family_name=offer.invitee.family_name,
        birth_date=offer.invitee.birth_date,
        word=offer.word,
        delivery=Delivery.MAIL,
        token_hash=tokens.hash_token(token),
        invited_by_id=actor.id,
        created_at=now,
        sent_at=now,
        expires_at=now + VALID_FOR,
        followers=[members[user_id] for user_id in wanted],
    )
    db.session.add(invitation)
    db.session.flush()  # the mail needs the bubble behind the invitation
    return invitation, token


def _request(bubble: Bubble, email: str, offer: Offer) -> str:
    """Describe what was asked for, so that a key serves for one request only."""
    invitee = offer.invitee
    born = invitee.birth_date.isoformat() if invitee.birth_date else ""
    person = [invitee.given_name, invitee.family_name, born, invitee.is_another]
    parts = [bubble.id, email, offer.invited_as, offer.word, offer.follower_ids, person]
    return json.dumps(parts)


def _invitation_of(invitation_id: int) -> Invitation:
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFoundError
    return invitation


def _give_code(invitation: Invitation) -> str:
    code = backup_codes.new_set()[0]
    hashed = hash_sheet_code(code)
    if invitation.code is None:
        invitation.code = InvitationCode(code_hash=hashed, made_at=clock.now())
    else:
        invitation.code.code_hash = hashed
        invitation.code.made_at = clock.now()
    return code


def hash_sheet_code(code: str) -> str:
    """Return what is stored of the code of a sheet, which names no invitation when it is typed."""
    return hash_code("invitation sheet", (), code)


def _mail(invitation: Invitation, token: str, inviter: User) -> None:
    known = find_user_by_email(invitation.email)
    locale = known.locale if known else inviter.locale
    message_id = emails.invite(invitation, token=token, inviter=inviter.display_name, locale=locale)
    invitation.outbox_message = db.session.get(OutboxMessage, message_id) if message_id else None


def _require_renewable(invitation: Invitation) -> None:
    changed_their_mind = invitation.declined_at and invitation.wanted_again_at
    if invitation.is_answered and not changed_their_mind:
        raise InvitationClosedError


def _renew(actor: User, invitation: Invitation) -> str:
    """Give the invitation a new life and a new token; the mail of the old one stays behind."""
    token = _new_link(invitation)
    invitation.invited_by_id = actor.id
    invitation.sent_at = clock.now()
    invitation.expires_at = invitation.sent_at + VALID_FOR
    invitation.opened_at = None
    invitation.declined_at = None
    invitation.wanted_again_at = None
    invitation.unbacked_at = None
    return token


def _new_link(invitation: Invitation) -> str:
    emails.withdraw(invitation)
    token = tokens.new_token()
    invitation.token_hash = tokens.hash_token(token)
    return token
