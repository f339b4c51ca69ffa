"""What people read when the place of their appointments is on another clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles.events import TimeZoneChanged
from bubbles.vocabulary import Kept
from core import clock
from core.mail import absolute_url, in_language, send_mail
from scheduling.appointments.models import Appointment
from scheduling.calendars.emails import invitation
from scheduling.calendars.ical import Method
from scheduling.notices.emails.appointments import day_path, facts_of, zone_of
from security.models import User

SHOWN = 20
"""Appointments listed in one mail to a caregiver; the agenda shows them all."""


def for_patient(
    appointments: Sequence[Appointment], reader: User, *, before: str, keep: Kept
) -> None:
    """Tell who acts for the patient, in one mail; each calendar entry follows."""
    first = appointments[0]
    with in_language(reader.locale):
        subject = ngettext(
            "The time zone of your appointment has changed",
            "The time zone of your appointments has changed",
            len(appointments),
        )
    send_mail(
        reader.email,
        "scheduling/clock_changed",
        subject=subject,
        locale=reader.locale,
        context={
            "appointments": [facts_of(one, reader) for one in appointments],
            "before": before,
            "zone": zone_of(first),
            "keeps_hours": keep is Kept.HOURS,
            "phone": first.enrolment.bubble.contact_phone,
            "link": absolute_url("/rendez-vous"),
        },
        dedupe_key=f"appointment-{first.id}-moved-{first.sequence}-{reader.id}",
        calendars=[invitation(one, reader, Method.REQUEST) for one in appointments],
    )


def for_caregiver(
    appointments: Sequence[Appointment], reader: User, *, before: str, keep: Kept
) -> None:
    """Tell whose time it is; calendar links follow by themselves."""
    first = appointments[0]
    with in_language(reader.locale):
        subject = _("The time zone of your agenda has changed")
    send_mail(
        reader.email,
        "scheduling/clock_changed_for_caregiver",
        subject=subject,
        locale=reader.locale,
        context={
            "appointments": [facts_of(one, reader) for one in appointments[:SHOWN]],
            "count": len(appointments),
            "before": before,
            "zone": zone_of(first),
            "keeps_hours": keep is Kept.HOURS,
            "link": absolute_url(day_path(first)),
        },
        dedupe_key=f"appointment-{first.id}-moved-{first.sequence}-{reader.id}",
    )


def clock_facts(change: TimeZoneChanged | None) -> dict[str, Any]:
    """Return what the mail of an hour that waits for an answer says of another clock."""
    if change is None:
        return {"clock_before": ""}
    return {"clock_before": change.before, "keeps_hours": change.keep is Kept.HOURS}


def again(change: TimeZoneChanged | None) -> str:
    """Return what sets apart the key of a message that is sent once more for this change."""
    return f"-{change.before}-{clock.now():%Y%m%d%H%M%S%f}" if change else ""
