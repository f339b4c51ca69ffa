"""What agendas and bookings may refuse."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from core.errors import ConflictError, DomainError
from scheduling.vocabulary import Violation


class SlotTakenError(ConflictError):
    """The caregiver is promised elsewhere during that time."""

    code = "slot_taken"
    message = _l("This hour has just been taken. Here are the nearest ones that are free.")


class HoldEndedError(ConflictError):
    """The hour was given up, or went to somebody else, before it was confirmed."""

    code = "hold_ended"
    message = _l("This hour is no longer kept for you. Please choose another one.")


class HoldExtendedError(ConflictError):
    """More time was already given once."""

    code = "hold_extended"
    message = _l("You have already had more time. Please confirm, or choose again later.")


class NotOfferedError(DomainError):
    """The rules of the agenda never offered that hour."""

    code = "slot_not_offered"
    message = _l("This hour is outside the hours of the agenda. Please choose another one.")


class TooSoonError(NotOfferedError):
    """Less notice than the consultation type asks for."""

    code = "slot_too_soon"
    message = _l("This hour is too soon to be booked online. Please choose a later one.")


class TooFarError(NotOfferedError):
    """Beyond what the consultation type lets people book."""

    code = "slot_too_far"
    message = _l("This date is too far away to be booked yet. Please choose an earlier one.")


class NoHourChosenError(DomainError):
    """Nothing was chosen among the hours shown."""

    message = _l("Choose an hour.")


class NotBookableError(DomainError):
    """This caregiver does not offer this consultation online to this patient."""

    code = "not_bookable"
    message = _l("This consultation can no longer be booked online. Please choose another one.")


class TooLateToCancelError(DomainError):
    """The appointment has begun: only a call can change anything."""

    code = "too_late_to_cancel"
    message = _l("This appointment has already begun: it can no longer be cancelled here.")

    def __init__(self, phone: str = "") -> None:
        """Name the number to call, where one is known."""
        super().__init__()
        if phone:
            self.message = _l(
                "This appointment has already begun: it can no longer be cancelled here. "
                "Please call %(phone)s.",
                phone=phone,
            )


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


class InsideLimitError(DomainError):
    """The hour is nearer than patients may cancel or move online: a call is needed."""

    code = "inside_limit"
    message = _l("It is too late to change this appointment online.")

    def __init__(self, phone: str = "") -> None:
        """Name the number to call, where one is known."""
        super().__init__()
        if phone:
            self.message = _l(
                "It is too late to change this appointment online. Please call %(phone)s.",
                phone=phone,
            )


class RuleBrokenError(DomainError):
    """A rule of the caregiver's own agenda is in the way: they may go over it, with a reason."""

    code = "rule_broken"
    message = _l("A rule of your agenda is in the way. Say why you go over it.")

    def __init__(self, violations: Sequence[Violation] = ()) -> None:
        """Remember which."""
        super().__init__()
        self.violations = list(violations)


class NotStandingError(ConflictError):
    """The appointment was cancelled meanwhile, or was never confirmed."""

    code = "not_standing"
    message = _l("This appointment no longer stands.")


class HourOverError(NotOfferedError):
    """The clock has gone past it."""

    code = "hour_over"
    message = _l("This hour is over already. Please choose a later one.")


class BegunError(DomainError):
    """Its hour has come: it can be marked, and a new one made."""

    code = "begun"
    message = _l("This appointment has begun: it can no longer be moved.")


class NotBegunError(DomainError):
    """Nobody has come yet, and nobody is missing."""

    code = "not_begun"
    message = _l("This appointment has not begun yet.")


class TooManyRepetitionsError(DomainError):
    """More repetitions at once than anybody looks through."""

    code = "too_many_repetitions"
    message = _l("26 repetitions at most.")


class ProposalEndedError(ConflictError):
    """The proposed hour was answered, withdrawn, or waited too long."""

    code = "proposal_ended"
    message = _l("This hour is no longer proposed. Your appointment stays as it is.")


class UnansweredError(ConflictError):
    """A question of the consultation type must be answered before the hour is kept or promised."""

    code = "unanswered"
    message = _l("A question has no answer yet. Please answer it before confirming.")


class OfferEndedError(ConflictError):
    """The hour was kept for somebody for a while, and the while is over."""

    code = "offer_ended"
    message = _l("This hour is no longer kept for you. You stay on the waiting list.")


class WrongWishError(DomainError):
    """Dates between which no day lies."""

    code = "wrong_wish"
    message = _l("The last day comes before the first one, or is over already.")
