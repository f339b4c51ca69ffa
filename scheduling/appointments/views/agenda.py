"""A caregiver's agenda: the day, the week, the month, the list; on screen and on paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import clock, paging, reading, wording
from core.errors import NotFoundError
from core.frame import frame
from core.page_slots import Tab
from core.web import signed_in
from scheduling.agendas.queries.settings import AgendaRow, list_agenda_rows
from scheduling.agendas.vocabulary import all_mode_words
from scheduling.appointments.queries.appointments import AppointmentRow
from scheduling.appointments.queries.diary import (
    AbsenceRow,
    DiaryDay,
    FreeStretch,
    list_diary,
    page_of_rows_for,
)
from scheduling.appointments.views.calendar_page import lay_out_week
from scheduling.appointments.views.lines import AppointmentLine, teller
from scheduling.appointments.vocabulary import DiaryView
from scheduling.blueprint import bp

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from security.models import User

SAFE_YEARS = range(1971, 9000)
"""Days whose neighbours exist too."""
LIST_DAYS = 30


@dataclass(frozen=True)
class Line:
    """One line of a day: an appointment, an absence, free time, or the present moment."""

    kind: str
    at: datetime
    what: AppointmentLine | AbsenceRow | FreeStretch | None = None


@bp.get("/agenda")
def agenda() -> ResponseReturnValue:
    today = wording.today(signed_in().time_zone)
    return redirect(url_for("scheduling.week", day=today.isoformat()))


@bp.get("/agenda/jour/<day>")
def day(day: str) -> ResponseReturnValue:
    actor, on = signed_in(), _date(day)
    agendas, bubble_id = _agendas(actor), _bubble_id()
    [shown] = list_diary(actor, _within(agendas, bubble_id), on, on, bubble_id)
    now = clock.now()
    today = wording.today(actor.time_zone)
    return render_template(
        "scheduling/day.html",
        on=on,
        diary=shown,
        lines=_lines(shown, now, is_today=on == today),
        before=on - timedelta(days=1),
        after=on + timedelta(days=1),
        rows=shown.rows,
        next_id=next((row.id for row in shown.rows if row.starts_at > now), None),
        **_frame(actor, agendas, bubble_id, DiaryView.DAY, on),
    )


@bp.get("/agenda/semaine/<day>")
def week(day: str) -> ResponseReturnValue:
    actor, on = signed_in(), _date(day)
    agendas, bubble_id = _agendas(actor), _bubble_id()
    monday = on - timedelta(days=on.weekday())
    zone = agendas[0].zone
    diary = list_diary(
        actor, _within(agendas, bubble_id), monday, monday + timedelta(days=6), bubble_id
    )
    now = clock.now()
    days = lay_out_week(diary, on, now, zone, teller(_name_of(), now))
    return render_template(
        "scheduling/week.html",
        days=days,
        monday=monday,
        last=days[-1].on,
        picks=[monday + timedelta(days=number) for number in range(7)],
        on=on,
        before=on - timedelta(days=7),
        after=on + timedelta(days=7),
        **_frame(actor, agendas, bubble_id, DiaryView.WEEK, on),
    )


@bp.get("/agenda/mois/<month>")
def month(month: str) -> ResponseReturnValue:
    actor, first = signed_in(), _date(f"{month}-01")
    agendas, bubble_id = _agendas(actor), _bubble_id()
    after = _next_month(first)
    begins = first - timedelta(days=first.weekday())
    weeks = -(-(after - begins).days // 7)
    last = begins + timedelta(days=weeks * 7 - 1)
    diary = list_diary(actor, _within(agendas, bubble_id), begins, last, bubble_id)
    today = wording.today(actor.time_zone)
    return render_template(
        "scheduling/month.html",
        first=first,
        weeks=[diary[number : number + 7] for number in range(0, len(diary), 7)],
        days=[
            diary_day
            for diary_day in diary
            if first <= diary_day.on < after and (diary_day.rows or diary_day.absences)
        ],
        count=sum(len(diary_day.rows) for diary_day in diary if first <= diary_day.on < after),
        before=(first - timedelta(days=1)).replace(day=1),
        after=after,
        **_frame(
            actor,
            agendas,
            bubble_id,
            DiaryView.MONTH,
            today if first <= today < after else first,
        ),
    )


@bp.get("/agenda/liste")
def diary_list() -> ResponseReturnValue:
    actor = signed_in()
    agendas, bubble_id = _agendas(actor), _bubble_id()
    today = wording.today(actor.time_zone)
    first = _asked_date("du") or today
    _within(agendas, bubble_id)
    last = max(_asked_date("au") or first + timedelta(days=LIST_DAYS), first)
    page = page_of_rows_for(actor, first, last, bubble_id, paging.asked(request.args.get("page")))
    return render_template(
        "scheduling/list.html",
        page=page,
        groups=_by_day(page.items),
        first=first,
        last=last,
        **_frame(actor, agendas, bubble_id, DiaryView.LIST, first),
    )


def agenda_tab(actor: User) -> Tab | None:
    """Fill the slot « nav_tab », for who keeps an agenda."""
    if not frame().has_agenda:
        return None
    return Tab("agenda", url_for("scheduling.agenda"), _("Agenda"), "calendar-days", rank=20)


# ── What the four views share ─────────────────────────────────────────────────────────────────


def _frame(
    actor: User, agendas: Sequence[AgendaRow], bubble_id: int | None, view: DiaryView, on: date
) -> dict[str, Any]:
    is_short = _is_short()
    kept: dict[str, Any] = {"bulle": bubble_id, "noms": "initiales" if is_short else None}
    return {
        "agendas": agendas,
        "bubble_id": bubble_id,
        "several": len(agendas) > 1,
        "kept": kept,
        "now": clock.now(),
        "today": wording.today(actor.time_zone),
        "modes": all_mode_words(),
        "is_short": is_short,
        "name_of": _name_of(),
        "views": _views(view, on, kept),
        "filters": _filters(agendas, bubble_id, is_short=is_short),
        "names_url": _here(noms=None if is_short else "initiales", bulle=bubble_id),
    }


def _views(view: DiaryView, on: date, kept: dict[str, Any]) -> list[dict[str, Any]]:
    addresses: dict[DiaryView, tuple[str, str]] = {
        DiaryView.DAY: (_("Day"), url_for("scheduling.day", day=on.isoformat(), **kept)),
        DiaryView.WEEK: (_("Week"), url_for("scheduling.week", day=on.isoformat(), **kept)),
        DiaryView.MONTH: (_("Month"), url_for("scheduling.month", month=f"{on:%Y-%m}", **kept)),
        DiaryView.LIST: (_("List"), url_for("scheduling.diary_list", du=on.isoformat(), **kept)),
    }
    return [
        {"url": url, "label": label, "current": offered is view}
        for offered, (label, url) in addresses.items()
    ]


def _filters(
    agendas: Sequence[AgendaRow], bubble_id: int | None, *, is_short: bool
) -> list[dict[str, Any]]:
    """Offer one bubble at a time, where there are several."""
    if len(agendas) < 2:  # noqa: PLR2004  (nothing to choose from)
        return []
    noms = "initiales" if is_short else None
    every = {
        "url": _here(noms=noms),
        "label": _("All bubbles"),
        "current": bubble_id is None,
        "hue": 0,
    }
    return [every] + [
        {
            "url": _here(bulle=agenda.bubble_id, noms=noms),
            "label": agenda.bubble_name,
            "current": agenda.bubble_id == bubble_id,
            "hue": agenda.hue,
        }
        for agenda in agendas
    ]


def _here(**changed: object) -> str:
    """Return this page's own address with other choices."""
    asked = {name: request.args[name] for name in ("du", "au") if name in request.args}
    values: dict[str, Any] = {**(request.view_args or {}), **asked, **changed}
    return url_for(request.endpoint or "", **values)


def _name(row: AppointmentRow) -> str:
    return row.patient_name


def _initials(row: AppointmentRow) -> str:
    return " ".join(f"{name[:1]}." for name in (row.given_name, row.family_name) if name)


def _is_short() -> bool:
    return request.args.get("noms") == "initiales"


def _name_of() -> Callable[[AppointmentRow], str]:
    return _initials if _is_short() else _name


def _lines(shown: DiaryDay, now: datetime, *, is_today: bool) -> list[Line]:
    said = teller(_name_of(), now)(shown.rows)
    lines = [Line("appointment", line.row.starts_at, line) for line in said]
    lines += [Line("absence", absence.starts_at, absence) for absence in shown.absences]
    lines += [Line("free", stretch.starts_at, stretch) for stretch in shown.free]
    if is_today and lines:
        lines.append(Line("now", now))
    return sorted(lines, key=lambda line: line.at)


def _by_day(rows: Sequence[AppointmentRow]) -> list[tuple[date, list[AppointmentRow]]]:
    groups: list[tuple[date, list[AppointmentRow]]] = []
    for row in rows:
        on = row.local_start.date()
        if not groups or groups[-1][0] != on:
            groups.append((on, []))
        groups[-1][1].append(row)
    return groups


def _agendas(actor: User) -> list[AgendaRow]:
    agendas = list_agenda_rows(actor)
    if not agendas:
        raise NotFoundError
    return agendas


def _within(agendas: Sequence[AgendaRow], bubble_id: int | None) -> list[AgendaRow]:
    """Return the agendas of the bubble asked for; one that is not theirs does not exist."""
    within = [agenda for agenda in agendas if bubble_id in {None, agenda.bubble_id}]
    if not within:
        raise NotFoundError
    return within


def _bubble_id() -> int | None:
    typed = request.args.get("bulle")
    return reading.row_id(typed) if typed else None


def _asked_date(name: str) -> date | None:
    try:
        return _date(request.args.get(name, ""))
    except NotFoundError:
        return None


def _date(typed: str) -> date:
    on = reading.day(typed)
    if on is None or on.year not in SAFE_YEARS:
        raise NotFoundError
    return on


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
