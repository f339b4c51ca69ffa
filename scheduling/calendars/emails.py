"""What leaves by mail about calendars: invitations (RFC 5546), and what befalls a link."""

from __future__ import annotations

from email.utils import parseaddr

from flask import current_app
from flask_babel import gettext as _

from core import clock
from core.mail import absolute_url, in_language, send_mail
from scheduling.agendas.vocabulary import ConsultationMode, mode_words
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.calendars.ical import EventFacts, Method, Party, render_invitation
from scheduling.calendars.models import FeedLink
from scheduling.calendars.vocabulary import program_name
from scheduling.calendars.words import isolated
from security.models import User


def invitations(
    appointment: Appointment, reader: User, instead_of: Appointment | None = None
) -> list[str]:
    """Write what puts it into the reader's calendar, and takes out what it stands in place of."""
    ended = [] if instead_of is None else [invitation(instead_of, reader, Method.CANCEL)]
    return [invitation(appointment, reader, Method.REQUEST), *ended]


def invitation(appointment: Appointment, reader: User, method: Method | None) -> str:
    """Write what puts an appointment into the reader's own calendar, or takes it out (RFC 5546).

    Without method: the same as a file, from the page of the appointment.
    """
    with in_language(reader.locale):
        caregiver = isolated(appointment.caregiver.display_name)
        summary = _("Appointment with %(caregiver)s", caregiver=caregiver)
        facts = _event_facts(appointment, summary)
    name, address = parseaddr(current_app.config["ALVEOLE"].mail.sender)
    return render_invitation(
        method,
        facts,
        organizer=Party(name, address),
        attendee=Party(reader.display_name, reader.email),
    ).decode()


def unnamed_file(appointment: Appointment) -> str:
    """Write the hour and the place alone: for who holds a link, and for whose agenda it is in."""
    return render_invitation(None, _event_facts(appointment, _("Appointment"))).decode()


def _event_facts(appointment: Appointment, summary: str) -> EventFacts:
    bubble, mode = appointment.enrolment.bubble, appointment.consultation_type.mode
    return EventFacts(
        uid=appointment.uid,
        sequence=appointment.sequence,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        updated_at=appointment.updated_at,
        is_cancelled=appointment.status is AppointmentStatus.CANCELLED,
        zone=bubble.time_zone,
        summary=summary,
        location=(bubble.address if mode is ConsultationMode.ON_SITE else "") or mode_words(mode),
        url=absolute_url(f"/rendez-vous/{appointment.id}"),
    )


def read_elsewhere(link: FeedLink, program: str) -> None:
    """Say that a link is read from somewhere new: its maker, or somebody who has the secret."""
    with in_language(link.agenda.user.locale):
        subject = _("Your calendar link was read from somewhere new")
    _write_about(
        link,
        "scheduling/link_read_elsewhere",
        subject=subject,
        program=program_name(program) if program else "",
        key=f"feed-{link.id}-elsewhere-{clock.now():%Y-%m}",
    )


def silent(link: FeedLink) -> None:
    """Say that no program reads a link any more: the calendar there stands still."""
    with in_language(link.agenda.user.locale):
        subject = _("Your calendar no longer receives your appointments")
    _write_about(
        link,
        "scheduling/link_silent",
        subject=subject,
        program=program_name(link.last_program) if link.last_program else "",
        key=f"feed-{link.id}-silent-{clock.now().date()}",
    )


def _write_about(link: FeedLink, template: str, *, subject: str, program: str, key: str) -> None:
    reader = link.agenda.user
    send_mail(
        reader.email,
        template,
        subject=subject,
        locale=reader.locale,
        context={
            "device": link.name,
            "program": program,
            "last_read_at": link.last_fetched_at,
            "reader_zone": reader.time_zone,
            "link": absolute_url("/parametres/agendas"),
        },
        dedupe_key=key[:120],
    )
