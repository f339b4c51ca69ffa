"""When a caregiver is away: the list, a new one, the public holidays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from core import reading, wording
from core.errors import NotFoundError
from core.page_slots import filled
from core.web import signed_in
from scheduling.agendas.forms.absences import (
    ALL_AGENDAS,
    AbsenceForm,
    DropForm,
    HolidayPlaceForm,
    HolidaysForm,
    holiday_words,
)
from scheduling.agendas.operations.absences import add_absence, add_public_holidays, remove_absence
from scheduling.agendas.queries.absences import (
    get_absence_for,
    known_beginnings,
    list_absences_of,
    list_series,
)
from scheduling.agendas.queries.settings import list_agendas_of
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.blueprint import bp
from scheduling.time.public_holidays import PublicHoliday, coming_holidays
from scheduling.time.recurrence import instant_at

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from scheduling.agendas.models import Absence, Agenda
    from security.models import User

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shown:
    """One absence, or the first to come of a series, as the list shows it."""

    absence: Absence
    words: str
    place: str
    hit: int
    others: Sequence[tuple[Absence, str, int]]
    """The later ones of its series, with their words and how many appointments they hit."""


@bp.get("/parametres/agendas/absences")
def absences() -> ResponseReturnValue:
    actor = signed_in()
    agendas = _agendas(actor)
    listed = list_absences_of(actor)
    hit = _count_hit([absence.id for absence in listed])
    by_series: dict[str | int, list[Absence]] = {}
    for absence in listed:
        by_series.setdefault(absence.series or absence.id, []).append(absence)
    return render_template(
        "scheduling/absences.html",
        shown=[_shown(group, hit, agendas) for group in by_series.values()],
        several=len(agendas) > 1,
    )


@bp.route("/parametres/agendas/absences/nouvelle", methods=["GET", "POST"])
def new_absence() -> ResponseReturnValue:
    """Write down an absence or blocked time, then look at what it hits."""
    actor = signed_in()
    agendas = _agendas(actor)
    form = AbsenceForm(agendas, data=_asked(agendas))
    if not form.validate_on_submit():
        page = render_template("scheduling/new_absence.html", form=form, several=len(agendas) > 1)
        return page, 422 if form.errors else 200
    chosen = next((agenda for agenda in agendas if agenda.id == form.agenda.data), None)
    added = add_absence(
        actor,
        actor,
        kind=form.kind.data,
        stretches=form.stretches(_zone(agendas, chosen)),
        agenda=chosen,
        reason=form.reason.data or "",
        key=form.cle.data,
    )
    return _after(added)


@bp.route("/parametres/agendas/absences/jours-feries", methods=["GET", "POST"])
def holidays() -> ResponseReturnValue:
    """Offer the public holidays of the next twelve months."""
    actor = signed_in()
    zone = _zone(_agendas(actor), None)
    form = HolidaysForm(lieu=request.args.get("lieu"))
    place = form.place
    known = known_beginnings(actor.id, AbsenceKind.PUBLIC_HOLIDAY)
    coming = coming_holidays(place, wording.today(zone))
    offered = [holiday for holiday in coming if _whole_day(holiday, zone)[0] not in known]
    form.offer(offered)
    if not form.validate_on_submit():
        page = render_template(
            "scheduling/holidays.html",
            form=form,
            place_form=HolidayPlaceForm(data={"lieu": place}),
            offered=offered,
            noted=len(coming) - len(offered),
        )
        return page, 422 if form.errors else 200
    wanted = set(form.days.data or ())
    added = add_public_holidays(
        actor,
        actor,
        days=[
            (*_whole_day(holiday, zone), holiday_words(holiday.which))
            for holiday in offered
            if holiday.day.isoformat() in wanted
        ],
    )
    return _after(added)


@bp.route("/parametres/agendas/absences/<int:absence_id>/suppression", methods=["GET", "POST"])
def drop_absence(absence_id: int) -> ResponseReturnValue:
    """Ask whether one or the whole series, then be there after all."""
    actor = signed_in()
    agendas = _agendas(actor)
    absence = get_absence_for(actor, absence_id)
    if request.method == "GET":
        return render_template(
            "scheduling/drop_absence.html",
            absence=absence,
            words=stretch_words(absence, _zone(agendas, absence.agenda)),
            count=len(list_series(absence)),
        )
    remove_absence(actor, absence, is_whole_series=bool(DropForm().tout.data))
    flash(_("You can be booked again during that time."), "ok")
    return redirect(url_for("scheduling.absences"))


def stretch_words(absence: Absence, zone: str) -> str:
    """Say when: whole days as days, anything else with its hours."""
    start, end = (wording.in_zone(moment, zone) for moment in (absence.starts_at, absence.ends_at))
    first, last = start.date(), (end - timedelta(microseconds=1)).date()
    if start.time() == time() and end.time() == time():
        if first == last:
            return wording.day(first, year=True)
        return str(_("from %(first)s to %(last)s", first=wording.day(first), last=_year(last)))
    begin, until = (wording.hour(moment, zone) for moment in (absence.starts_at, absence.ends_at))
    if first == last:
        return str(
            _("%(day)s, from %(begin)s to %(end)s", day=_year(first), begin=begin, end=until)
        )
    return str(
        _(
            "from %(first)s at %(begin)s to %(last)s at %(end)s",
            first=wording.day(first),
            begin=begin,
            last=_year(end.date()),
            end=until,
        )
    )


def _year(day: date) -> str:
    return wording.day(day, year=True)


def _shown(group: Sequence[Absence], hit: dict[int, int], agendas: Sequence[Agenda]) -> Shown:
    first = group[0]
    zone = _zone(agendas, first.agenda)
    return Shown(
        first,
        stretch_words(first, zone),
        first.agenda.bubble.name if first.agenda else "",
        hit.get(first.id, 0),
        [(absence, stretch_words(absence, zone), hit.get(absence.id, 0)) for absence in group[1:]],
    )


def _after(added: Sequence[Absence]) -> ResponseReturnValue:
    """Go on to what is hit, one absence after the other; nobody is cancelled by writing it down."""
    hit = _count_hit([absence.id for absence in added])
    if not hit:
        flash(_("It is noted. Nobody can book during that time any more."), "ok")
        return redirect(url_for("scheduling.absences"))
    count = sum(hit.values())
    flash(
        ngettext(
            "It is noted. %(num)d appointment stands in that time: look what to do with it.",
            "It is noted. %(num)d appointments stand in that time: look what to do with them.",
            count,
        ),
        "warn",
    )
    if len(hit) > 1:
        return redirect(url_for("scheduling.absences"))
    return redirect(url_for("scheduling.replan", absence_id=next(iter(hit))))


def _agendas(actor: User) -> list[Agenda]:
    agendas = list_agendas_of(actor)
    if not agendas:
        raise NotFoundError
    return agendas


def _zone(agendas: Sequence[Agenda], chosen: Agenda | None) -> str:
    """Return whose clocks count: those of the one place, else those of the caregiver."""
    if chosen is not None:
        return chosen.bubble.time_zone
    zones = {agenda.bubble.time_zone for agenda in agendas}
    return zones.pop() if len(zones) == 1 else signed_in().time_zone


def _asked(agendas: Sequence[Agenda]) -> dict[str, Any]:
    """Start from what a link asks: `debut` and `fin` (instants), `type`, `agenda`."""
    shown: dict[str, Any] = {"agenda": ALL_AGENDAS}
    if request.args.get("type") == AbsenceKind.BLOCKED:
        shown |= {"kind": AbsenceKind.BLOCKED, "is_all_day": False}
    typed = request.args.get("agenda", "")
    chosen = next((agenda for agenda in agendas if str(agenda.id) == typed), None)
    if chosen is not None:
        shown["agenda"] = chosen.id
    zone = _zone(agendas, chosen)
    start, end = (_local(request.args.get(name), zone) for name in ("debut", "fin"))
    if start is not None:
        shown |= {"first": start.date(), "begin": f"{start:%H:%M}"}
    if end is not None:
        shown |= {"last": end.date(), "end": f"{end:%H:%M}"}
    return shown


def _local(typed: str | None, zone: str) -> datetime | None:
    """Read an instant, or what the clocks of the place show, as the latter."""
    moment = reading.instant(typed, zone=zone)
    if moment is None or not 2000 <= moment.year <= 2200:  # noqa: PLR2004  (a form takes no other years)
        return None
    return wording.in_zone(moment, zone)


def _whole_day(holiday: PublicHoliday, zone: str) -> tuple[datetime, datetime]:
    midnight = datetime.combine(holiday.day, time())
    return instant_at(midnight, zone), instant_at(midnight + _ONE_DAY, zone)


def _count_hit(absence_ids: list[int]) -> dict[int, int]:
    """Map absences to how many appointments to come they hit; replanning counts them."""
    return {
        id_: count for hits in filled("absence_hits", absence_ids) for id_, count in hits.items()
    }
