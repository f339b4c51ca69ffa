"""A caregiver's appointments: the day, the week."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from core import clock, wording
from core.errors import NotFoundError
from core.page_slots import Tab
from core.web import current_actor
from scheduling.queries.appointments import list_day_for, list_week_for
from scheduling.queries.settings import has_agenda, list_agendas_of
from scheduling.views.blueprint import bp
from scheduling.views.calendar_page import lay_out_week
from scheduling.vocabulary import all_mode_words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/agenda")
def agenda() -> ResponseReturnValue:
    today = wording.today(current_actor().time_zone)
    return redirect(url_for("scheduling.week", day=today.isoformat()))


@bp.get("/agenda/jour/<day>")
def day(day: str) -> ResponseReturnValue:
    actor = current_actor()
    on, agendas = _date(day), _agendas(actor)
    now = clock.now()
    rows = list_day_for(actor, on)
    return render_template(
        "scheduling/day.html",
        on=on,
        today=wording.today(actor.time_zone),
        before=on - timedelta(days=1),
        after=on + timedelta(days=1),
        rows=rows,
        next_id=next((row.id for row in rows if row.starts_at > now), None),
        now=now,
        several=len(agendas) > 1,
        modes=all_mode_words(),
    )


@bp.get("/agenda/semaine/<day>")
def week(day: str) -> ResponseReturnValue:
    actor = current_actor()
    on, agendas = _date(day), _agendas(actor)
    monday = on - timedelta(days=on.weekday())
    zone = agendas[0].bubble.time_zone
    days = lay_out_week(list_week_for(actor, monday), monday, on, clock.now(), zone)
    return render_template(
        "scheduling/week.html",
        days=days,
        monday=monday,
        last=days[-1].on,
        picks=[monday + timedelta(days=number) for number in range(7)],
        on=on,
        today=wording.today(actor.time_zone),
        before=on - timedelta(days=7),
        after=on + timedelta(days=7),
        bubbles=[one.bubble for one in agendas],
        modes=all_mode_words(),
    )


def agenda_tab(actor: Any) -> Tab | None:
    """Fill the slot « nav_tab », for who keeps an agenda."""
    if not has_agenda(actor.id):
        return None
    return Tab("agenda", url_for("scheduling.agenda"), _("Agenda"), "calendar-days", rank=20)


def _agendas(actor: Any) -> list[Any]:
    """Return the actor's agendas; who keeps none has no such page."""
    found = list_agendas_of(actor)
    if not found:
        raise NotFoundError
    return found


def _date(typed: str) -> date:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        raise NotFoundError from None
    if not 1970 < found.year < 9000:  # noqa: PLR2004  (neighbouring weeks must exist too)
        raise NotFoundError
    return found
