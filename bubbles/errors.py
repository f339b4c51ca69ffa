"""What a bubble may refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.errors import ConflictError, DomainError


class AlreadyMemberError(DomainError):
    """The address already belongs to somebody who is in the bubble in that role."""

    code = "already_member"
    message = _l("This person is already in the bubble in that role.")


class AlreadyInvitedError(DomainError):
    """An invitation for this address and this role is still open."""

    code = "already_invited"
    message = _l("An invitation is already on its way to this address. You can send it again.")

    def __init__(self, invitation_id: int) -> None:
        """Remember which one, so that the page can offer to send it again."""
        super().__init__()
        self.invitation_id = invitation_id


class InvitationClosedError(ConflictError):
    """The invitation was accepted, revoked or has expired."""

    code = "invitation_closed"
    message = _l("This invitation can no longer be used. Ask for a new one.")


class LastAdministratorError(ConflictError):
    """A bubble always has an administrator."""

    code = "last_administrator"
    message = _l("A bubble always keeps an administrator: this is the last one.")
