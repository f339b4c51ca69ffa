"""The mail that reminds of appointments: one for all those of a day."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import ngettext

from core import wording
from core.mail import absolute_url, in_language, send_mail
from scheduling.appointments.models import Appointment
from scheduling.notices.emails.appointments import facts_of
from scheduling.notices.queries.reminders import message_path
from security.models import User


def reminder(appointments: Sequence[Appointment], reader: User) -> None:
    """Remind somebody of the appointments of one day, in order."""
    first = appointments[0]
    zone = first.enrolment.bubble.time_zone
    with in_language(reader.locale):
        subject = ngettext(
            "Reminder: your appointment on %(when)s",
            "Reminder: your appointments on %(day)s",
            len(appointments),
            when=wording.day_and_hour(first.starts_at, zone),
            day=wording.day(first.starts_at, zone),
        )
    send_mail(
        reader.email,
        "scheduling/reminder",
        subject=subject,
        locale=reader.locale,
        context={
            "appointments": [
                facts_of(one, reader) | {"link": absolute_url(message_path(one))}
                for one in appointments
            ],
            "preferences": absolute_url("/compte/rappels"),
        },
        not_after=first.starts_at,
    )
