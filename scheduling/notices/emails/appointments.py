"""What people read about their appointments: when and where, never why; no patient is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from core import wording
from core.mail import absolute_url, in_language, send_mail
from scheduling.agendas.vocabulary import ConsultationMode
from scheduling.appointments.models import Appointment
from scheduling.calendars.emails import invitation, invitations
from scheduling.calendars.ical import Method
from scheduling.notices.emails import texts
from scheduling.notices.queries.reminders import message_path
from scheduling.notices.vocabulary import Said
from security.models import User


def confirmed(
    appointment: Appointment, reader: User, *, instead_of: Appointment | None = None
) -> None:
    """Tell who booked that the hour is theirs; ``instead_of``: the one that gave way to it."""
    with in_language(reader.locale):
        subject = _(
            "Your appointment on %(when)s",
            when=wording.day_and_hour(appointment.starts_at, zone_of(appointment)),
        )
    send_mail(
        reader.email,
        "scheduling/confirmed",
        subject=subject,
        locale=reader.locale,
        context={
            **facts_of(appointment, reader),
            "instructions": appointment.consultation_type.instructions_before,
            "link": absolute_url(message_path(appointment)),
        },
        dedupe_key=f"appointment-{appointment.id}-confirmed",
        calendars=invitations(appointment, reader, instead_of),
    )
    texts.plan(appointment, reader, Said.CONFIRMED)


def booked(appointment: Appointment) -> None:
    """Tell the caregiver that somebody took an hour; who and why is behind the sign-in."""
    reader = appointment.caregiver
    with in_language(reader.locale):
        subject = _("An appointment has been made")
    send_mail(
        reader.email,
        "scheduling/booked",
        subject=subject,
        locale=reader.locale,
        context={**facts_of(appointment, reader), "link": absolute_url(day_path(appointment))},
        dedupe_key=f"appointment-{appointment.id}-booked",
    )


def cancelled_for_caregiver(appointment: Appointment) -> None:
    """Tell the caregiver that an hour is free again."""
    reader = appointment.caregiver
    with in_language(reader.locale):
        subject = _("An appointment has been cancelled")
    send_mail(
        reader.email,
        "scheduling/cancelled_for_caregiver",
        subject=subject,
        locale=reader.locale,
        context={**facts_of(appointment, reader), "link": absolute_url(day_path(appointment))},
        dedupe_key=f"appointment-{appointment.id}-cancelled-{reader.id}",
    )


def cancelled(appointments: Sequence[Appointment], reader: User) -> None:
    """Tell who acts for the patient, in one mail whatever the number of hours."""
    first = appointments[0]
    with in_language(reader.locale):
        subject = (
            _(
                "Your appointment on %(when)s is cancelled",
                when=wording.day_and_hour(first.starts_at, zone_of(first)),
            )
            if len(appointments) == 1
            else _("Some of your appointments are cancelled")
        )
    send_mail(
        reader.email,
        "scheduling/cancelled",
        subject=subject,
        locale=reader.locale,
        context={
            "appointments": [facts_of(one, reader) for one in appointments],
            "phone": first.enrolment.bubble.contact_phone,
            "link": absolute_url("/rendez-vous"),
        },
        dedupe_key=f"appointment-{first.id}-cancelled-{reader.id}",
        calendars=[invitation(one, reader, Method.CANCEL) for one in appointments],
    )
    for one in appointments:
        texts.plan(one, reader, Said.CANCELLED)


def facts_of(appointment: Appointment, reader: User) -> dict[str, Any]:
    """Return what every mail about an appointment may say to this reader."""
    bubble = appointment.enrolment.bubble
    return {
        "starts_at": appointment.starts_at,
        "zone": bubble.time_zone,
        "reader_zone": reader.time_zone,
        "caregiver": appointment.caregiver.display_name,
        "place": bubble.address if _is_on_site(appointment) else "",
        "mode": appointment.consultation_type.mode,
        "phone": bubble.contact_phone,
    }


def _is_on_site(appointment: Appointment) -> bool:
    return appointment.consultation_type.mode is ConsultationMode.ON_SITE


def zone_of(appointment: Appointment) -> str:
    """Return the zone in which its hour is said."""
    return appointment.enrolment.bubble.time_zone


def day_path(appointment: Appointment) -> str:
    """Return the page of its day in the caregiver's agenda."""
    day = wording.in_zone(appointment.starts_at, zone_of(appointment)).date()
    return f"/agenda/jour/{day.isoformat()}"
