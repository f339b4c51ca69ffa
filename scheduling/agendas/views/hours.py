"""When an agenda is open: the week, hours kept for some consultations, single days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import reading, wording
from core.errors import NotFoundError
from core.web import signed_in
from scheduling.agendas.forms.fields import clock_text
from scheduling.agendas.forms.hours import DayHoursForm, HoursForm, KeptHoursForm
from scheduling.agendas.operations.hours import (
    KeptHours,
    give_back_hours,
    keep_hours,
    remove_exceptional_hours,
    set_exceptional_hours,
    set_weekly_hours,
)
from scheduling.agendas.queries import settings
from scheduling.agendas.queries.hours import list_exceptional_hours, map_hours
from scheduling.agendas.vocabulary import weekday_words
from scheduling.blueprint import bp
from scheduling.time.openings import DAY, WeeklyRange, minute_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from scheduling.agendas.models import Agenda, Availability


@dataclass(frozen=True)
class Period:
    """The ordinary week of a while: from, until, and its hours."""

    first: date | None
    last: date | None
    hours: tuple[WeeklyRange, ...]

    def holds(self, day: date) -> bool:
        """Say whether the week counts on that day."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@bp.route("/parametres/agendas/<int:agenda_id>/horaires", methods=["GET", "POST"])
def hours(agenda_id: int) -> ResponseReturnValue:
    """Show and set the week, for the period that holds a day, or for a new one."""
    actor = signed_in()
    agenda = settings.get_agenda_for(actor, agenda_id)
    today = wording.today(agenda.bubble.time_zone)
    periods = list_periods(map_hours([agenda.id], today)[agenda.id])
    is_later = "nouveaux" in request.args
    shown = _period_of(periods, _date(request.args.get("du")) or today)
    if request.method == "GET":
        bounds = (None, None) if is_later else (shown.first, shown.last)
        form = HoursForm(shown.hours, first=bounds[0], last=bounds[1], is_later=is_later)
    else:
        form = HoursForm(is_later=is_later)  # what is not sent is not kept
        if form.recopier.data:
            return _hours_page(agenda, form, periods, shown, copied=form.copy())
    if not form.validate_on_submit():
        return _hours_page(agenda, form, periods, shown)
    set_weekly_hours(actor, agenda, hours=form.ranges(), first=form.first.data, last=form.last.data)
    flash(_("Your hours are saved. Appointments already taken have not moved."), "ok")
    return redirect(url_for("scheduling.agendas"))


def _hours_page(
    agenda: Agenda,
    form: HoursForm,
    periods: Sequence[Period],
    shown: Period,
    *,
    copied: Sequence[str] = (),
) -> ResponseReturnValue:
    others = [period for period in periods if period != shown]
    page = render_template(
        "scheduling/hours.html",
        agenda=agenda,
        form=form,
        others=[] if form.is_later else others,
        copied=copied,
        asked=request.full_path.rstrip("?"),
    )
    return page, 422 if form.errors else 200


@bp.get("/parametres/agendas/<int:agenda_id>/plages")
def special_hours(agenda_id: int) -> ResponseReturnValue:
    """List the hours kept for some consultations, and the single days with hours of their own."""
    agenda = settings.get_agenda_for(signed_in(), agenda_id)
    today = wording.today(agenda.bubble.time_zone)
    kept = [
        availability
        for availability in map_hours([agenda.id], today)[agenda.id]
        if availability.consultation_types
    ]
    days: dict[date, list[str]] = {}
    for single_day in list_exceptional_hours([agenda.id], today):
        days.setdefault(single_day.day, []).append(
            range_words(single_day.starts_at, single_day.ends_at)
        )
    return render_template(
        "scheduling/special_hours.html",
        agenda=agenda,
        kept=[(availability, _kept_words(availability)) for availability in kept],
        days=list(days.items()),
    )


@bp.route("/parametres/agendas/<int:agenda_id>/plages/nouvelle", methods=["GET", "POST"])
def new_kept_hours(agenda_id: int) -> ResponseReturnValue:
    actor = signed_in()
    agenda = settings.get_agenda_for(actor, agenda_id)
    types = settings.map_types_of_caregiver(actor.id, [agenda.bubble_id])[agenda.bubble_id]
    form = KeptHoursForm(types)
    if not form.validate_on_submit():
        page = render_template("scheduling/kept_hours.html", agenda=agenda, form=form, types=types)
        return page, 422 if form.errors else 200
    start, end = form.range
    kept = KeptHours(
        tuple(form.weekdays.data or ()),
        start,
        end,
        tuple(form.types.data or ()),
        form.first.data,
        form.last.data,
    )
    keep_hours(actor, agenda, kept=kept, key=form.cle.data)
    flash(_("These hours are kept."), "ok")
    return redirect(url_for("scheduling.special_hours", agenda_id=agenda_id))


@bp.post("/parametres/agendas/<int:agenda_id>/plages/<int:availability_id>/suppression")
def give_back(agenda_id: int, availability_id: int) -> ResponseReturnValue:
    """Keep these hours no more."""
    actor = signed_in()
    agenda = settings.get_agenda_for(actor, agenda_id)
    give_back_hours(actor, agenda, availability_id=availability_id)
    flash(_("These hours are no longer kept apart."), "ok")
    return redirect(url_for("scheduling.special_hours", agenda_id=agenda_id))


@bp.route("/parametres/agendas/<int:agenda_id>/jours/nouveau", methods=["GET", "POST"])
def new_day_hours(agenda_id: int) -> ResponseReturnValue:
    actor = signed_in()
    agenda = settings.get_agenda_for(actor, agenda_id)
    today = wording.today(agenda.bubble.time_zone)
    shown = {"day": _date(request.args.get("jour"))}
    form = DayHoursForm(today, data=shown)
    if not form.validate_on_submit():
        page = render_template("scheduling/day_hours.html", agenda=agenda, form=form)
        return page, 422 if form.errors else 200
    set_exceptional_hours(actor, agenda, hours=form.ranges())
    flash(_("This day has its own hours. Appointments already taken have not moved."), "ok")
    return redirect(url_for("scheduling.special_hours", agenda_id=agenda_id))


@bp.post("/parametres/agendas/<int:agenda_id>/jours/<day>/suppression")
def forget_day(agenda_id: int, day: str) -> ResponseReturnValue:
    """Let a day have its weekly hours again."""
    actor = signed_in()
    agenda = settings.get_agenda_for(actor, agenda_id)
    on = _date(day)
    if on is None:
        raise NotFoundError
    remove_exceptional_hours(actor, agenda, day=on)
    flash(_("This day has its weekly hours again."), "ok")
    return redirect(url_for("scheduling.special_hours", agenda_id=agenda_id))


# ── In words ──────────────────────────────────────────────────────────────────────────────────


def list_periods(known: Sequence[Availability]) -> list[Period]:
    """Sort the ordinary weekly hours by the while during which they count, the nearest first."""
    by_period: dict[tuple[date | None, date | None], list[WeeklyRange]] = {}
    for availability in known:
        if not availability.consultation_types:
            begin, end = minute_of(availability.starts_at), minute_of(availability.ends_at)
            by_period.setdefault((availability.valid_from, availability.valid_until), []).append(
                WeeklyRange(availability.weekday, begin, end)
            )
    periods = [Period(first, last, tuple(hours)) for (first, last), hours in by_period.items()]
    return sorted(periods, key=lambda period: period.first or date.min)


def week_words(period: Period) -> list[tuple[str, str]]:
    """Say a week: each day, then its ranges."""
    days: dict[int, list[str]] = {}
    for weekly_range in period.hours:
        days.setdefault(weekly_range.weekday, []).append(
            _minutes_words(weekly_range.start, weekly_range.end)
        )
    return [(weekday_words(weekday), ", ".join(ranges)) for weekday, ranges in days.items()]


def range_words(starts_at: time, ends_at: time) -> str:
    """Say a range of hours: « 9:00 – 12:00 »."""
    return _minutes_words(minute_of(starts_at), minute_of(ends_at))


def _minutes_words(start: int, end: int) -> str:
    until = _("midnight") if end == DAY else clock_text(end).removeprefix("0")
    return f"{clock_text(start).removeprefix('0')} – {until}"


def _kept_words(kept: Availability) -> str:
    return f"{weekday_words(kept.weekday)}, {range_words(kept.starts_at, kept.ends_at)}"


def _period_of(periods: Sequence[Period], day: date) -> Period:
    """Return the period of a day; where it has none, an empty one between its neighbours."""
    for period in periods:
        if period.holds(day):
            return period
    before = [period.last for period in periods if period.last is not None and period.last < day]
    after = [period.first for period in periods if period.first is not None and day < period.first]
    one_day = date.resolution
    first = max(before) + one_day if before else None
    return Period(first, min(after) - one_day if after else None, ())


def _date(typed: str | None) -> date | None:
    return reading.day(typed)
