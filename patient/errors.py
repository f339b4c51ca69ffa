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
