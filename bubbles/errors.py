"""What a bubble may refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.errors import ConflictError, DomainError


class AlreadyMemberError(DomainError):
    """The address already belongs to somebody who is in the bubble in that role."""

    code = "already_member"
    message = _l("This person is already in the bubble in that role.")


class LooksLikePatientError(DomainError):
    """Somebody of this name and birth date is a patient of the bubble already."""

    code = "looks_like_patient"
    message = _l("A patient of this bubble has the same name and the same birth date.")


class AlreadyInvitedError(DomainError):
    """An invitation for this address and this role is still open."""

    code = "already_invited"
    message = _l("An invitation is already on its way to this address. You can send it again.")

    def __init__(self, invitation_id: int) -> None:
        """Remember which one, so that the page can offer to send it again."""
        super().__init__()
        self.invitation_id = invitation_id


class ClockChoiceNeededError(DomainError):
    """Promised hours depend on the clock of the place, and nobody said what to keep."""

    code = "clock_choice_needed"
    message = _l("Choose what is to stay: the hours shown, or the moment.")


class ClockConflictError(ConflictError):
    """Not every promised hour can stay as it is read: nothing is changed."""

    code = "clock_conflict"

    def __init__(self, reason: object) -> None:
        """Say which hour cannot, and why."""
        super().__init__()
        self.message = reason


class InvitationClosedError(ConflictError):
    """The invitation was accepted, declined, revoked or has expired."""

    code = "invitation_closed"
    message = _l("This invitation can no longer be used. Ask for a new one.")


class LastAdministratorError(ConflictError):
    """A bubble always has an administrator."""

    code = "last_administrator"
    message = _l("A bubble always keeps an administrator: this is the last one.")


class OnlyRoleError(ConflictError):
    """Who has one role only does not lose it and stay."""

    code = "only_role"
    message = _l("This is the only role of this person here: they would have none left.")


class EditedMeanwhileError(ConflictError):
    """Somebody else has corrected the same thing since it was shown."""

    code = "edited_meanwhile"
    message = _l("Somebody else has changed this information meanwhile.")


class WrongNameError(DomainError):
    """What was typed to confirm is not the name."""

    code = "wrong_name"
    message = _l("This is not the name of the bubble. Write it as it stands above.")


class NoAddressError(DomainError):
    """A line of a pasted list names nobody who can be written to."""

    code = "no_address"
    message = _l("There is no whole address here.")


class UnknownCodeError(DomainError):
    """No open invitation has this code; a used one and an old one answer the same."""

    code = "unknown_code"
    message = _l("This code is not the right one, or no longer works. Check it on your sheet.")
