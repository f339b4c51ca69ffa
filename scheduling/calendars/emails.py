"""What leaves by mail about calendars: invitations (RFC 5546), and what befalls a link."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.mail import Facts, Reader, absolute_url, in_language, mail
from scheduling.agendas.vocabulary import ConsultationMode, mode_words
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.calendars.ical import EventFacts, Method, Party, render_invitation
from scheduling.calendars.queries.links import find_open_link
from scheduling.calendars.vocabulary import program_name
from scheduling.calendars.words import isolated


@dataclass(frozen=True, slots=True)
class Attendee:
    """Into whose calendar an appointment goes, and in which language it is said there."""

    name: str
    address: str
    locale: str


def attendee_of(reader: Reader) -> Attendee:
    """Return who reads a mail, as an attendee."""
    return Attendee(reader.name, reader.address, reader.locale)


def invitation(appointment: Appointment, reader: Attendee, method: Method | None) -> str:
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
        attendee=Party(reader.name, reader.address),
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


@mail(
    "scheduling/link_read_elsewhere", subject=_l("Your calendar link was read from somewhere new")
)
def read_elsewhere(reader: Reader, link_id: int, program: str) -> Facts | None:
    """Say that a link is read from somewhere new: its maker, or somebody who has the secret."""
    return _facts_of(link_id, reader, program)


@mail("scheduling/link_silent", subject=_l("Your calendar no longer receives your appointments"))
def silent(reader: Reader, link_id: int, program: str) -> Facts | None:
    """Say that no program reads a link any more: the calendar there stands still."""
    return _facts_of(link_id, reader, program)


def _facts_of(link_id: int, reader: Reader, program: str) -> Facts | None:
    """Return what is said of a link; one that was closed meanwhile is not spoken of any more."""
    link = find_open_link(link_id)
    if link is None:
        return None
    return {
        "device": link.name,
        "program": program_name(program) if program else "",
        "last_read_at": link.last_fetched_at,
        "reader_zone": reader.zone,
        "link": absolute_url("/parametres/agendas"),
    }
