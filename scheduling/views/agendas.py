"""A caregiver's own agendas: weekly hours, calendar links, what can be booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles.queries import list_admins
from core import clock
from core.errors import NotFoundError
from core.page_slots import Row, Tab
from core.web import current_actor
from scheduling.forms.fields import clock_text
from scheduling.forms.hours import HoursForm
from scheduling.openings import WeeklyRange
from scheduling.operations.feeds import SILENT_AFTER
from scheduling.operations.hours import set_weekly_hours
from scheduling.queries import settings
from scheduling.queries.feeds import map_readers
from scheduling.queries.hours import map_hours
from scheduling.views.blueprint import bp
from scheduling.vocabulary import DetailLevel, program_name, weekday_words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/parametres/agendas")
def agendas() -> ResponseReturnValue:
    actor = current_actor()
    found = settings.list_agendas_of(actor)
    if not found:
        raise NotFoundError
    ids = [agenda.id for agenda in found]
    bubble_ids = [agenda.bubble_id for agenda in found]
    today = clock.now().date()
    hours, links = map_hours(ids, today), settings.map_links(ids)
    readers = map_readers([link.id for group in links.values() for link in group])
    types = settings.map_types_of_caregiver(actor.id, bubble_ids)
    return render_template(
        "scheduling/agendas.html",
        agendas=[
            {
                "agenda": agenda,
                "bubble": agenda.bubble,
                "days": _summary(hours[agenda.id]),
                "links": links[agenda.id],
                "types": types[agenda.bubble_id],
                "admins": list_admins(agenda.bubble_id),
            }
            for agenda in found
        ],
        levels=_level_words(),
        readers=readers,
        program_name=program_name,
        silent_since=clock.now() - SILENT_AFTER,
    )


@bp.route("/parametres/agendas/<int:agenda_id>/horaires", methods=["GET", "POST"])
def hours(agenda_id: int) -> ResponseReturnValue:
    actor = current_actor()
    agenda = settings.get_agenda_for(actor, agenda_id)
    known = [
        WeeklyRange(one.weekday, _minute(one.starts_at), _minute(one.ends_at))
        for one in map_hours([agenda.id], clock.now().date())[agenda.id]
    ]
    form = HoursForm(known if request.method == "GET" else ())  # what is not sent is not kept
    if not form.validate_on_submit():
        page = render_template("scheduling/hours.html", agenda=agenda, form=form)
        return page, 422 if form.errors else 200
    set_weekly_hours(actor, agenda, hours=form.ranges())
    flash(_("Your hours are saved. Appointments already taken have not moved."), "ok")
    return redirect(url_for("scheduling.agendas"))


def settings_tab(actor: Any) -> Tab | None:
    """Fill the slot « settings_menu », for who keeps an agenda."""
    if not settings.has_agenda(actor.id):
        return None
    url = url_for("scheduling.agendas")
    return Tab("agendas", url, _("My agendas"), "calendar-days", rank=30)


def settings_card(actor: Any) -> Row | None:
    """Fill the slot « settings_card », for who keeps an agenda."""
    found = settings.list_agendas_of(actor)
    if not found:
        return None
    count = sum(map(len, settings.map_links([agenda.id for agenda in found]).values()))
    return Row(
        url=url_for("scheduling.agendas"),
        label=_("My agendas"),
        text=_("Hours, calendar links, consultation types"),
        icon="calendar-days",
        hue=5,
        state=ngettext("%(num)d calendar link", "%(num)d calendar links", count)
        if count
        else _("No calendar link"),
        rank=30,
    )


def _summary(hours: list[Any]) -> list[tuple[str, str]]:
    """Say the week in words: the day, then its ranges."""
    days: dict[int, list[str]] = {}
    for one in hours:
        words = f"{_short(one.starts_at)} – {_short(one.ends_at)}"
        days.setdefault(one.weekday, []).append(words)
    return [(weekday_words(weekday), ", ".join(ranges)) for weekday, ranges in days.items()]


def _short(moment: Any) -> str:
    return clock_text(_minute(moment)).removeprefix("0")


def _minute(moment: Any) -> int:
    return int(moment.hour) * 60 + int(moment.minute)


def _level_words() -> dict[DetailLevel, str]:
    return {
        DetailLevel.DISCREET: _("Titles: “Appointment”"),
        DetailLevel.INITIALS: _("Titles: initials"),
        DetailLevel.FULL_NAME: _("Titles: full name"),
    }
