"""When a caregiver is away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from core import wording
from core.fields import DayField, KeyField, YesNoField
from core.forms import Form
from scheduling.agendas.forms.fields import ChoiceForm, clock_end, clock_minute
from scheduling.agendas.forms.hours import refuse
from scheduling.agendas.vocabulary import AbsenceKind, absence_kind_words
from scheduling.time.openings import DAY
from scheduling.time.public_holidays import Holiday, Place, PublicHoliday
from scheduling.time.recurrence import MOST, instant_at, weekly

if TYPE_CHECKING:
    from scheduling.agendas.models import Agenda

ALL_AGENDAS = 0
_WEEK = timedelta(days=7)
_PLACES: dict[Place, Any] = {
    Place.METROPOLE: _l("Metropolitan France"),
    Place.ALSACE_MOSELLE: _l("Alsace and Moselle"),
    Place.GUADELOUPE: _l("Guadeloupe"),
    Place.GUYANE: _l("French Guiana"),
    Place.MARTINIQUE: _l("Martinique"),
    Place.MAYOTTE: _l("Mayotte"),
    Place.REUNION: _l("Réunion"),
    Place.SAINT_BARTHELEMY: _l("Saint-Barthélemy"),
    Place.SAINT_MARTIN: _l("Saint-Martin"),
}
_HOLIDAYS: dict[Holiday, Any] = {
    Holiday.NEW_YEAR: _l("New Year’s Day"),
    Holiday.GOOD_FRIDAY: _l("Good Friday"),
    Holiday.EASTER_MONDAY: _l("Easter Monday"),
    Holiday.LABOUR: _l("Labour Day"),
    Holiday.VICTORY: _l("Victory 1945"),
    Holiday.ASCENSION: _l("Ascension"),
    Holiday.WHIT_MONDAY: _l("Whit Monday"),
    Holiday.ABOLITION: _l("Abolition of slavery"),
    Holiday.BASTILLE: _l("Bastille Day"),
    Holiday.ASSUMPTION: _l("Assumption"),
    Holiday.ALL_SAINTS: _l("All Saints’ Day"),
    Holiday.ARMISTICE: _l("Armistice 1918"),
    Holiday.CHRISTMAS: _l("Christmas"),
    Holiday.SECOND_CHRISTMAS: _l("Second day of Christmas"),
}


def holiday_words(holiday: Holiday) -> str:
    """Name a public holiday."""
    return str(_HOLIDAYS[holiday])


class AbsenceForm(Form):
    """From when, until when; once, or every week."""

    cle = KeyField()
    kind = RadioField(_l("What is it?"), coerce=AbsenceKind, default=AbsenceKind.ABSENCE)
    agenda = RadioField(_l("Which agenda?"), coerce=int, default=ALL_AGENDAS)
    first = DayField(_l("First day"), [InputRequired(_l("Write the first day."))])
    last = DayField(_l("Last day"), [Optional()])
    is_all_day = BooleanField(_l("The whole day"), default=True)
    begin = StringField(_l("From what time"))
    end = StringField(_l("Until what time"))
    is_weekly = BooleanField(_l("Again every week"))
    until = DayField(_l("Until which day?"), [Optional()])
    reason = StringField(
        _l("A note for yourself"),
        [Length(max=200, message=_l("200 characters at most."))],
    )

    def __init__(self, agendas: Sequence[Agenda], **given: Any) -> None:
        """Offer all agendas at once, or one of them."""
        super().__init__(**given)
        kinds = (AbsenceKind.ABSENCE, AbsenceKind.BLOCKED)
        self.kind.choices = [(kind, absence_kind_words(kind)) for kind in kinds]
        self.agenda.choices = [
            (ALL_AGENDAS, _("All my agendas")),
            *((agenda.id, agenda.bubble.name) for agenda in agendas),
        ]

    def validate_last(self, field: DayField) -> None:
        """The last day does not come before the first."""
        if field.data and self.first.data and field.data < self.first.data:
            raise ValidationError(_("The last day comes before the first one."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for hours unless it is whole days, and for an end of what comes again."""
        super().validate(extra_validators)
        if not self.is_all_day.data:
            for field, read in ((self.begin, clock_minute), (self.end, clock_end)):
                if read(field.data) is None:
                    refuse(field, _("Write an hour such as 9:00, or tick “The whole day”."))
        if self.is_weekly.data and self.until.data is None and not self.until.errors:
            refuse(self.until, _("Write the last day of the repetition."))
        if not self.errors and not self.is_all_day.data and self._end() <= self._begin():
            refuse(self.end, _("The end must come after the beginning."))
        if not self.errors and self.is_weekly.data:
            self._check_repetition()
        return not self.errors

    def stretches(self, zone: str) -> list[tuple[datetime, datetime]]:
        """Return the instants, once the form is valid."""
        begin, end = self._begin(), self._end()
        if self.is_weekly.data and self.until.data:
            return weekly(begin, end, zone, until=self.until.data)
        return [(instant_at(begin, zone), instant_at(end, zone, is_end=True))]

    def _check_repetition(self) -> None:
        first: date = self._begin().date()
        until = self._day(self.until)
        if until < first + _WEEK:
            refuse(self.until, _("This day leaves no week to repeat it."))
        elif until >= first + _WEEK * MOST:
            refuse(self.until, _("Two years at most: choose an earlier day."))
        elif self._end() - self._begin() > _WEEK:
            refuse(self.is_weekly, _("It lasts more than a week: it cannot come every week."))

    def _begin(self) -> datetime:
        minute = 0 if self.is_all_day.data else clock_minute(self.begin.data) or 0
        return datetime.combine(self._day(self.first), time()) + timedelta(minutes=minute)

    def _end(self) -> datetime:
        """A whole last day ends with it; so does midnight of the only day."""
        last = self._day(self.last if self.last.data else self.first)
        midnight = datetime.combine(last, time())
        if self.is_all_day.data:
            return midnight + timedelta(days=1)
        end = midnight + timedelta(minutes=(clock_end(self.end.data) or 0) % DAY)
        return end + timedelta(days=1) if end == midnight and last == self.first.data else end

    @staticmethod
    def _day(field: DayField) -> date:
        return cast("date", field.data)  # those of a form that is sound, as they are judged


class DropForm(Form):
    """Whether a whole series of absences is taken back, or one."""

    tout = YesNoField()


class HolidayPlaceForm(ChoiceForm):
    """Whose public holidays."""

    lieu = SelectField(_l("Where"), coerce=Place, default=Place.METROPOLE)

    def __init__(self, *given: Any, **named: Any) -> None:
        """Offer every place."""
        super().__init__(*given, **named)
        self.lieu.choices = [(place, str(_PLACES[place])) for place in Place]


def _place(typed: str | None) -> Place:
    try:
        return Place(typed or "")
    except ValueError:
        return Place.METROPOLE


class HolidaysForm(Form):
    """On which of them one does not work."""

    lieu = HiddenField(filters=[_place])
    days = SelectMultipleField(
        _l("Days on which you take no appointment"),
        [InputRequired(_l("Choose at least one day."))],
    )

    @property
    def place(self) -> Place:
        """Return whose public holidays they are."""
        return _place(self.lieu.data)

    def offer(self, offered: Sequence[PublicHoliday]) -> None:
        """Offer the days that are not closed yet, all ticked at first."""
        if not self.is_submitted():
            self.days.data = [holiday.day.isoformat() for holiday in offered]
        self.days.choices = [
            (holiday.day.isoformat(), holiday_words(holiday.which)) for holiday in offered
        ]
        self.day_words = {
            holiday.day.isoformat(): wording.day(holiday.day, year=True) for holiday in offered
        }
