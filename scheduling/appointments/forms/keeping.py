"""What a caregiver writes about an appointment with one of their patients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from core import reading, tokens
from core.forms import Form
from scheduling.agendas.forms.fields import ChoiceForm, clock_minute
from scheduling.time.recurrence import MOST_HOURS

if TYPE_CHECKING:
    from scheduling.agendas.queries.bookable import BookableService

LONGEST_REASON = 300


class _Hour(Form):
    """An hour: one of those offered, or typed; a rule in the way is gone over with a reason."""

    heure = HiddenField()
    jour = StringField(_l("Day"))
    a = StringField(_l("Hour"))
    passer_outre = BooleanField(_l("Go over this rule of my agenda"))
    pourquoi = StringField(
        _l("Why"),
        [Length(max=LONGEST_REASON, message=_l("300 characters at most."))],
    )

    def __init__(self, zone: str, **given: Any) -> None:
        """Remember on which clock hours are typed."""
        super().__init__(**given)
        self.zone = zone

    @property
    def starts_at(self) -> datetime | None:
        """Return the hour meant: what was typed counts before what was offered."""
        if self.jour.data or self.a.data:
            return self._typed()
        return instant(self.heure.data)

    @property
    def override(self) -> str:
        """Return the reason for going over a rule, once it is asked for."""
        return (self.pourquoi.data or "") if self.passer_outre.data else ""

    def validate_pourquoi(self, field: StringField) -> None:
        """Ask why, whenever a rule is gone over."""
        if self.passer_outre.data and not field.data:
            raise ValidationError(_("Say in a few words why you go over this rule."))

    def validate_a(self, field: StringField) -> None:
        """Take an hour as people write it, that exists on that day."""
        if self.starts_at is None:
            raise ValidationError(
                _("Write a day and an hour that exist, for example 9:30.")
                if field.data or self.jour.data
                else _("Choose an hour.")
            )

    def _typed(self) -> datetime | None:
        minute, on = clock_minute(self.a.data), reading.day(self.jour.data)
        if minute is None or on is None or not 1971 <= on.year < 9000:  # noqa: PLR2004  (neighbours must exist)
            return None
        local = datetime(on.year, on.month, on.day, minute // 60, minute % 60)  # noqa: DTZ001
        place = ZoneInfo(self.zone)
        found = local.replace(tzinfo=place).astimezone(ZoneInfo("UTC"))
        exists = found.astimezone(place).replace(tzinfo=None) == local
        return found if exists else None


class MoveForm(_Hour):
    """To which hour an appointment is moved."""


class CancelForm(Form):
    """Why an appointment is cancelled, if one wants to say it."""

    reason = TextAreaField(
        _l("Reason"),
        [Length(max=LONGEST_REASON, message=_l("300 characters at most."))],
    )


class PatientForm(ChoiceForm):
    """For which of one's patients."""

    patient = RadioField(_l("For whom?"), [InputRequired(_l("Choose a patient."))])


class NewForm(_Hour):
    """What kind of appointment, when, and how many times."""

    type = RadioField(
        _l("What kind of appointment?"),
        [InputRequired(_l("Choose a kind of appointment."))],
        coerce=int,
    )
    semaines = SelectField(_l("Repeat"), coerce=int, default=0)
    fois = SelectField(_l("How many times in all"), coerce=int, default=4)
    cle = HiddenField(default=tokens.new_token)

    def __init__(self, zone: str, services: Sequence[BookableService], **given: Any) -> None:
        """Offer what this caregiver gives to this patient."""
        super().__init__(zone, **given)
        self.type.choices = [(service.type_id, service.name) for service in services]
        self.semaines.choices = [
            (0, _("Only once")),
            (1, _("Every week")),
            (2, _("Every two weeks")),
        ]
        self.fois.choices = [(number, str(number)) for number in range(2, MOST_HOURS + 1)]

    @property
    def times(self) -> int:
        """Return how many appointments are meant."""
        times: int = self.fois.data if self.semaines.data else 1
        return times or 1


def instant(typed: str | None) -> datetime | None:
    """Read an instant of our own writing; one without a zone is none."""
    moment = reading.instant(typed)
    if moment is None or moment.tzinfo is None:
        return None
    # No clock of ours shows parts of a minute.
    return moment - timedelta(seconds=moment.second, microseconds=moment.microsecond)
