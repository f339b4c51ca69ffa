"""The mail that reminds of appointments: one for all those of a day."""

from __future__ import annotations

from flask_babel import ngettext

from core import wording
from core.mail import Facts, Reader, absolute_url, mail
from scheduling.notices.emails.facts import Standing, facts_of, list_standing, zone_of
from scheduling.notices.links import link_of


@mail("scheduling/reminder")
def reminder(reader: Reader, standing: Standing) -> Facts | None:
    """Remind somebody of the appointments of one day, in order."""
    appointments = list_standing(standing)
    if not appointments:
        return None
    first = appointments[0]
    return {
        "subject": ngettext(
            "Reminder: your appointment on %(when)s",
            "Reminder: your appointments on %(day)s",
            len(appointments),
            when=wording.day_and_hour(first.starts_at, zone_of(first)),
            day=wording.day(first.starts_at, zone_of(first)),
        ),
        "appointments": [
            facts_of(appointment, reader) | {"link": absolute_url(link_of(appointment.id))}
            for appointment in appointments
        ],
        "preferences": absolute_url("/compte/rappels"),
    }
