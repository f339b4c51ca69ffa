"""What people read when an hour changes: before, after, never why; no patient is named."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles.events import TimeZoneChanged
from core import wording
from core.mail import absolute_url, in_language, send_mail
from scheduling.appointments.models import Appointment
from scheduling.calendars.emails import invitation, invitations
from scheduling.calendars.ical import Method
from scheduling.notices.emails import texts
from scheduling.notices.emails.appointments import day_path, facts_of, zone_of
from scheduling.notices.emails.place_clock import again, clock_facts
from scheduling.notices.queries.reminders import message_path
from scheduling.notices.vocabulary import Said
from scheduling.replanning.models import HourProposal
from security.models import User


def moved(appointment: Appointment, reader: User, *, instead_of: Appointment | None = None) -> None:
    """Tell who acts for the patient when and with whom it is now.

    ``instead_of``: the one that gave way to it, which leaves their calendar.
    """
    with in_language(reader.locale):
        subject = _(
            "Your appointment is moved to %(when)s",
            when=wording.day_and_hour(appointment.starts_at, zone_of(appointment)),
        )
    send_mail(
        reader.email,
        "scheduling/moved",
        subject=subject,
        locale=reader.locale,
        context={
            **facts_of(appointment, reader),
            "link": absolute_url(message_path(appointment)),
        },
        dedupe_key=f"appointment-{appointment.id}-moved-{appointment.sequence}-{reader.id}",
        calendars=invitations(appointment, reader, instead_of),
    )
    texts.plan(appointment, reader, Said.MOVED)


def moved_for_caregiver(appointment: Appointment) -> None:
    """Tell the caregiver that an appointment has another hour."""
    reader = appointment.caregiver
    with in_language(reader.locale):
        subject = _("An appointment has been moved")
    send_mail(
        reader.email,
        "scheduling/moved_for_caregiver",
        subject=subject,
        locale=reader.locale,
        context={**facts_of(appointment, reader), "link": absolute_url(day_path(appointment))},
        dedupe_key=f"appointment-{appointment.id}-moved-{appointment.sequence}-{reader.id}",
    )


def booked_for(appointments: Sequence[Appointment], reader: User) -> None:
    """Tell who acts for the patient, in one mail whatever the number of hours."""
    first = appointments[0]
    with in_language(reader.locale):
        subject = ngettext(
            "An appointment was made for you",
            "%(num)d appointments were made for you",
            len(appointments),
        )
    send_mail(
        reader.email,
        "scheduling/booked_for",
        subject=subject,
        locale=reader.locale,
        context={
            "appointments": [facts_of(one, reader) for one in appointments],
            "phone": first.enrolment.bubble.contact_phone,
            "link": absolute_url(
                f"/rendez-vous/{first.id}" if len(appointments) == 1 else "/rendez-vous"
            ),
        },
        dedupe_key=f"appointment-{first.id}-booked-{reader.id}",
        calendars=[invitation(one, reader, Method.REQUEST) for one in appointments],
    )
    for one in appointments[:1]:
        texts.plan(one, reader, Said.CONFIRMED)


def proposed(
    proposal: HourProposal, reader: User, *, clock_change: TimeZoneChanged | None = None
) -> None:
    """Ask who acts for the patient whether another hour suits them.

    ``clock_change``: they were asked already, and the place is on another clock since.
    """
    appointment = proposal.appointment
    with in_language(reader.locale):
        subject = _("Another hour is proposed for your appointment")
        if clock_change:
            subject = _("The time zone of the hour proposed to you has changed")
    send_mail(
        reader.email,
        "scheduling/proposed",
        subject=subject,
        locale=reader.locale,
        context={
            **facts_of(appointment, reader),
            "before": appointment.starts_at,
            "starts_at": proposal.starts_at,
            "expires_at": proposal.expires_at,
            **clock_facts(clock_change),
            "link": absolute_url(f"/rendez-vous/propositions/{proposal.id}"),
        },
        dedupe_key=f"proposal-{proposal.id}-{reader.id}{again(clock_change)}",
    )


def answered(proposal: HourProposal) -> None:
    """Tell the caregiver what a patient answered; who and why is behind the sign-in."""
    appointment = proposal.appointment
    reader = appointment.caregiver
    accepted = proposal.answer == "accepted"
    with in_language(reader.locale):
        subject = (
            _("A proposed hour was accepted") if accepted else _("A proposed hour was refused")
        )
    send_mail(
        reader.email,
        "scheduling/answered",
        subject=subject,
        locale=reader.locale,
        context={
            **facts_of(appointment, reader),
            "starts_at": proposal.starts_at,
            "accepted": accepted,
            "link": absolute_url(f"/agenda/rendez-vous/{appointment.id}"),
        },
        dedupe_key=f"proposal-{proposal.id}-answered",
    )
