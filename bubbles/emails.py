"""What people who are invited read."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _

from bubbles.models import Invitation
from core import outbox
from core.mail import absolute_url, in_language, send_mail
from core.outbox import OutboxMessage
from security.models import User


def invite(
    invitation: Invitation, *, token: str, inviter: User, locale: str
) -> OutboxMessage | None:
    """Queue the personal link; nothing in it names the bubble, which may say an illness."""
    with in_language(locale):
        subject = _(
            "%(inviter)s invites you to %(product)s",
            inviter=inviter.display_name,
            product=current_app.config["ALVEOLE"].instance.name,
        )
    return send_mail(
        invitation.email,
        "bubbles/invitation",
        subject=subject,
        locale=locale,
        context={
            "inviter": inviter.display_name,
            "word": invitation.word,
            "for_patient": invitation.is_for_patient,
            "link": absolute_url(f"/invitations/{token}"),
            "expires_at": invitation.expires_at,
            "zone": invitation.bubble.time_zone,
        },
        dedupe_key=_key(invitation),
        not_after=invitation.expires_at,
    )


def withdraw(invitation: Invitation) -> None:
    """Stop the mail of the present link if it has not left: the link is about to die."""
    outbox.forget_queued(_key(invitation))


def _key(invitation: Invitation) -> str:
    return f"invitation-{invitation.token_hash}"
