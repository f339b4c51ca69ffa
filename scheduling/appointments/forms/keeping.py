"""What a caregiver writes about an appointment with one of their patients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import InputRequired, Length, ValidationError

from core import reading
from core.fields import InstantField, KeyField, RowIdField
from core.forms import Form
from scheduling.agendas.forms.fields import clock_minute
from scheduling.time.recurrence import MOST_HOURS

if TYPE_CHECKING:
    from scheduling.agendas.queries.bookable import BookableService

LONGEST_REASON = 300


class _Override(Form):
    """A rule in the way is gone over with a reason."""

    passer_outre = BooleanField(_l("Go over this rule of my agenda"))
    pourquoi = StringField(
        _l("Why"),
        [Length(max=LONGEST_REASON, message=_l("300 characters at most."))],
    )

    @property
    def override(self) -> str:
        """Return the reason for going over a rule, once it is asked for."""
        return (self.pourquoi.data or "") if self.passer_outre.data else ""

    def validate_pourquoi(self, field: StringField) -> None:
        """Ask why, whenever a rule is gone over."""
        if self.passer_outre.data and not field.data:
            raise ValidationError(_("Say in a few words why you go over this rule."))


class _Hour(_Override):
    """An hour: one of those offered, or typed."""

    heure = InstantField()
    jour = StringField(_l("Day"))
    a = StringField(_l("Hour"))

    def __init__(self, zone: str, **given: Any) -> None:
        """Remember on which clock hours are typed."""
        super().__init__(**given)
        self.zone = zone

    @property
    def starts_at(self) -> datetime | None:
        """Return the hour meant: what was typed counts before what was offered."""
        if self.jour.data or self.a.data:
            return self._typed()
        return self.heure.data

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
        moment = local.replace(tzinfo=place).astimezone(ZoneInfo("UTC"))
        exists = moment.astimezone(place).replace(tzinfo=None) == local
        return moment if exists else None


class MoveForm(_Hour):
    """To which hour an appointment is moved."""


class CancelForm(Form):
    """Why an appointment is cancelled, if one wants to say it."""

    reason = TextAreaField(
        _l("Reason"),
        [Length(max=LONGEST_REASON, message=_l("300 characters at most."))],
    )


class MarkForm(Form):
    """Whether a patient came; nothing takes back what was noted."""

    venue = RadioField(choices=[SelectChoice(said) for said in ("oui", "non", "")])


class NewForm(_Hour):
    """What kind of appointment, when, and how many times."""

    type = RadioField(
        _l("What kind of appointment?"),
        [InputRequired(_l("Choose a kind of appointment."))],
        coerce=int,
    )
    semaines = SelectField(_l("Repeat"), coerce=int, default=0)
    fois = SelectField(_l("How many times in all"), coerce=int, default=4)
    cle = KeyField()

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


class CheckedForm(_Override):
    """What was checked: for each of the series the hour that was wanted, and the one chosen."""

    type = RowIdField()
    cle = KeyField()

    @property
    def hours(self) -> list[datetime]:
        """Return the hours chosen; an empty answer leaves one out."""
        chosen = (self[f"h{number}"].data for number in range(MOST_HOURS))
        return sorted({hour for hour in chosen if hour is not None})

    @property
    def first_wanted(self) -> datetime | None:
        """Return the hour with which the series was to begin."""
        wanted: datetime | None = self["voulu0"].data
        return wanted


for _number in range(MOST_HOURS):
    setattr(CheckedForm, f"h{_number}", InstantField())
    setattr(CheckedForm, f"voulu{_number}", InstantField())
