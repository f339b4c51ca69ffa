"""What people read when the place of their appointments is on another clock."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from core.mail import Facts, Reader, absolute_url, mail
from scheduling.calendars.emails import attendee_of, invitation
from scheduling.calendars.ical import Method
from scheduling.notices.emails.facts import (
    Standing,
    day_path,
    facts_of,
    list_standing,
    phone_of,
    zone_of,
)

SHOWN = 20
"""Appointments listed in one mail to a caregiver; the agenda shows them all."""


@mail("scheduling/clock_changed")
def clock_changed(
    reader: Reader, standing: Standing, before: str, *, keeps_hours: bool
) -> Facts | None:
    """Tell who acts for the patient, in one mail; each calendar entry follows."""
    appointments = list_standing(standing)
    if not appointments:
        return None
    return {
        "subject": ngettext(
            "The time zone of your appointment has changed",
            "The time zone of your appointments has changed",
            len(appointments),
        ),
        "appointments": [facts_of(appointment, reader) for appointment in appointments],
        "before": before,
        "zone": zone_of(appointments[0]),
        "keeps_hours": keeps_hours,
        "phone": phone_of(appointments),
        "link": absolute_url("/rendez-vous"),
        "calendars": [
            invitation(appointment, attendee_of(reader), Method.REQUEST)
            for appointment in appointments
        ],
    }


@mail(
    "scheduling/clock_changed_for_caregiver",
    subject=_l("The time zone of your agenda has changed"),
)
def clock_changed_for_caregiver(
    reader: Reader, standing: Standing, before: str, *, keeps_hours: bool
) -> Facts | None:
    """Tell whose time it is; calendar links follow by themselves."""
    appointments = list_standing(standing)
    if not appointments:
        return None
    first = appointments[0]
    return {
        "appointments": [facts_of(appointment, reader) for appointment in appointments[:SHOWN]],
        "count": len(appointments),
        "before": before,
        "zone": zone_of(first),
        "keeps_hours": keeps_hours,
        "link": absolute_url(day_path(first)),
    }
