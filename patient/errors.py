"""What this package may refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.errors import ConflictError, DomainError


class NotIntroducedError(ConflictError):
    """A place in a bubble needs to know whose it is."""

    code = "not_introduced"
    message = _l("First tell us the name and the birth date of the person cared for.")


class EnrolmentEndedError(ConflictError):
    """The patient is no longer in the bubble."""

    code = "enrolment_ended"
    message = _l("This person is no longer cared for in this bubble.")


class NotACaregiverError(DomainError):
    """Somebody chosen to follow a patient is not, or no longer, a caregiver of the bubble."""

    code = "not_a_caregiver"
    message = _l("Choose among the caregivers of this bubble: one of them has left it.")


class NoteClosedError(ConflictError):
    """A note is corrected within a day, and not once it is withdrawn."""

    code = "note_closed"
    message = _l("This note can no longer be changed. Write another one.")


class NoReaderError(DomainError):
    """A note for chosen caregivers names at least one, and only of the team."""

    code = "no_reader"
    message = _l("Choose at least one caregiver who follows this person now.")


class NobodyChosenError(DomainError):
    """A caregiver is given patients, at least one of this bubble."""

    code = "nobody_chosen"
    message = _l("Choose at least one patient of this bubble.")


class RelativeKnownError(ConflictError):
    """The same person is not written down twice."""

    code = "relative_known"
    message = _l("You already act for this person.")

    def __init__(self, name: str = "") -> None:
        """Name them as they are written down."""
        super().__init__()
        if name:
            self.message = _l(
                "You already act for %(name)s, born on the same day. Choose them in the list.",
                name=name,
            )


class TooManyRelativesError(ConflictError):
    """A family, not a directory."""

    code = "too_many_relatives"
    message = _l("You have 12 relatives here, the most there can be. Remove one first.")


class OwnAccountError(ConflictError):
    """Who has an account corrects their own name."""

    code = "own_account"
    message = _l("This person has an account now: they correct these things themselves.")
