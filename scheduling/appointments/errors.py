"""What appointments may refuse."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from core.errors import ConflictError, DomainError
from scheduling.time.vocabulary import Violation


class SlotTakenError(ConflictError):
    """The caregiver is promised elsewhere during that time."""

    code = "slot_taken"
    message = _l("This hour has just been taken. Here are the nearest ones that are free.")


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
