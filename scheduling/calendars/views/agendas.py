"""A caregiver's own agendas: weekly hours, calendar links, what can be booked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles.queries import list_admins
from core import clock, wording
from core.errors import NotFoundError
from core.page_slots import Row, Tab
from core.web import signed_in
from scheduling.agendas.queries import settings
from scheduling.agendas.queries.hours import map_hours
from scheduling.agendas.views.hours import list_periods, week_words
from scheduling.blueprint import bp
from scheduling.calendars.operations import SILENT_AFTER
from scheduling.calendars.queries.links import map_links, map_readers
from scheduling.calendars.vocabulary import DetailLevel, program_name

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from scheduling.agendas.models import Availability
    from security.models import User


@bp.get("/parametres/agendas")
def agendas() -> ResponseReturnValue:
    actor = signed_in()
    listed = settings.list_agendas_of(actor)
    if not listed:
        raise NotFoundError
    ids = [agenda.id for agenda in listed]
    bubble_ids = [agenda.bubble_id for agenda in listed]
    since = (clock.now() - timedelta(days=1)).date()  # today has begun everywhere by then
    hours, links = map_hours(ids, since), map_links(ids)
    readers = map_readers([link.id for group in links.values() for link in group])
    types = settings.map_types_of_caregiver(actor.id, bubble_ids)
    return render_template(
        "scheduling/agendas.html",
        agendas=[
            {
                "agenda": agenda,
                "bubble": agenda.bubble,
                **_hours(hours[agenda.id], agenda.bubble.time_zone),
                "links": links[agenda.id],
                "types": types[agenda.bubble_id],
                "admins": list_admins(agenda.bubble_id),
            }
            for agenda in listed
        ],
        levels=_level_words(),
        readers=readers,
        program_name=program_name,
        silent_since=clock.now() - SILENT_AFTER,
    )


def settings_tab(actor: User) -> Tab | None:
    """Fill the slot « settings_menu », for who keeps an agenda."""
    if not settings.has_agenda(actor.id):
        return None
    url = url_for("scheduling.agendas")
    return Tab("agendas", url, _("My agendas"), "calendar-days", rank=30)


def settings_card(actor: User) -> Row | None:
    """Fill the slot « settings_card », for who keeps an agenda."""
    listed = settings.list_agendas_of(actor)
    if not listed:
        return None
    count = sum(map(len, map_links([agenda.id for agenda in listed]).values()))
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


def _hours(known: Sequence[Availability], zone: str) -> dict[str, Any]:
    """Say the ordinary week of today, when it changes, and whether there is more than it."""
    today = wording.today(zone)
    periods = list_periods(known)
    current = next((period for period in periods if period.holds(today)), None)
    later = [period for period in periods if period.first is not None and period.first > today]
    return {
        "days": week_words(current) if current else [],
        "until": current.last if current else None,
        "later": later[0].first if later else None,
        "kept": sum(1 for availability in known if availability.consultation_types),
    }


def _level_words() -> dict[DetailLevel, str]:
    return {
        DetailLevel.DISCREET: _("Titles: “Appointment”"),
        DetailLevel.INITIALS: _("Titles: initials"),
        DetailLevel.FULL_NAME: _("Titles: full name"),
    }
