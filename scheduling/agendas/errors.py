"""What agendas and consultation types may refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.errors import DomainError


class NotBookableError(DomainError):
    """This caregiver does not offer this consultation online to this patient."""

    code = "not_bookable"
    message = _l("This consultation can no longer be booked online. Please choose another one.")


class WrongHoursError(DomainError):
    """Ranges of one day that overlap, or end before they begin."""

    code = "wrong_hours"
    message = _l("Two ranges of the same day overlap, or one ends before it begins.")


class WrongPeriodError(DomainError):
    """A period that ends before it begins."""

    code = "wrong_period"
    message = _l("The last day comes before the first one.")


class WrongTypesError(DomainError):
    """No consultation type, or one that the caregiver does not offer here."""

    code = "wrong_types"
    message = _l("Choose at least one of your consultation types.")


class WrongAbsenceError(DomainError):
    """An absence that ends before it begins, or without a day."""

    code = "wrong_absence"
    message = _l("The end must come after the beginning.")


class NoVideoLinkError(DomainError):
    """A consultation by video without a place to meet."""

    code = "no_video_link"
    message = _l("Write the address of the video room: patients join there.")


class NobodyMayBookError(DomainError):
    """A consultation type for nobody."""

    code = "nobody_may_book"
    message = _l("Choose who can book it: new patients, patients seen already, or both.")


class TooFewChoicesError(DomainError):
    """A question to choose from, without anything to choose."""

    code = "too_few_choices"
    message = _l("Write at least two different choices, one a line.")


class TooManyQuestionsError(DomainError):
    """More questions than anybody answers to book."""

    code = "too_many_questions"
    message = _l("20 questions at most: patients give up when there are more.")


class NoCaregiverError(DomainError):
    """A consultation type that nobody of this bubble would give."""

    code = "no_caregiver"
    message = _l("Choose at least one caregiver of this bubble.")
