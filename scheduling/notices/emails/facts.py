"""What mails about appointments may say, and to whom they lead."""

from __future__ import annotations

from collections.abc import Sequence

from core import clock, wording
from core.mail import Facts, Reader
from scheduling.agendas.vocabulary import ConsultationMode
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.appointments import list_whole
from scheduling.appointments.vocabulary import AppointmentStatus

Standing = list[tuple[int, int]]
"""Numbers of appointments, each with the SEQUENCE that it had when there was something to say."""


def list_standing(standing: Standing) -> list[Appointment]:
    """Return those that are still what they were, in order."""
    sequences = dict(standing)
    return [
        appointment
        for appointment in list_whole(list(sequences))
        if stands(appointment, sequences[appointment.id])
    ]


def facts_of(appointment: Appointment, reader: Reader) -> Facts:
    """Return what every mail about an appointment may say to this reader."""
    bubble, mode = appointment.enrolment.bubble, appointment.consultation_type.mode
    return {
        "starts_at": appointment.starts_at,
        "zone": bubble.time_zone,
        "reader_zone": reader.zone,
        "caregiver": appointment.caregiver.display_name,
        "place": bubble.address if mode is ConsultationMode.ON_SITE else "",
        "mode": mode,
        "phone": bubble.contact_phone,
    }


def stands(appointment: Appointment, sequence: int) -> bool:
    """Say whether it is still what it was when somebody thought of speaking of it."""
    return (
        appointment.status is AppointmentStatus.BOOKED
        and appointment.sequence == sequence
        and appointment.starts_at > clock.now()
    )


def zone_of(appointment: Appointment) -> str:
    """Return the zone in which its hour is said."""
    return appointment.enrolment.bubble.time_zone


def when(appointment: Appointment) -> str:
    """Say its day and its hour, on the wall clock of the place."""
    return wording.day_and_hour(appointment.starts_at, zone_of(appointment))


def day_path(appointment: Appointment) -> str:
    """Return the page of its day in the caregiver's agenda."""
    day = wording.in_zone(appointment.starts_at, zone_of(appointment)).date()
    return f"/agenda/jour/{day.isoformat()}"


def phone_of(appointments: Sequence[Appointment]) -> str:
    """Return the number of the team."""
    return appointments[0].enrolment.bubble.contact_phone
