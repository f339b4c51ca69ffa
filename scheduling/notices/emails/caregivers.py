"""What caregivers read about their appointments; who and why is behind the sign-in."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.mail import Facts, Reader, absolute_url, mail
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.appointments import map_whole
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.notices.emails.facts import day_path, facts_of, stands
from scheduling.replanning.queries import find_proposal
from scheduling.replanning.vocabulary import ProposalAnswer


@mail("scheduling/booked", subject=_l("An appointment has been made"))
def booked(reader: Reader, number: int, sequence: int) -> Facts | None:
    """Tell that somebody took an hour."""
    return _if_it_stands(reader, number, sequence)


@mail("scheduling/moved_for_caregiver", subject=_l("An appointment has been moved"))
def moved(reader: Reader, number: int, sequence: int) -> Facts | None:
    """Tell that an appointment has another hour."""
    return _if_it_stands(reader, number, sequence)


@mail("scheduling/cancelled_for_caregiver", subject=_l("An appointment has been cancelled"))
def cancelled(reader: Reader, number: int) -> Facts | None:
    """Tell that an hour is free again."""
    appointment = map_whole([number]).get(number)
    if appointment is None or appointment.status is not AppointmentStatus.CANCELLED:
        return None
    return _of_its_day(appointment, reader)


@mail("scheduling/answered")
def answered(reader: Reader, proposal_id: int) -> Facts | None:
    """Tell what a patient answered."""
    proposal = find_proposal(proposal_id)
    if proposal is None:
        return None
    is_accepted = proposal.answer is ProposalAnswer.ACCEPTED
    return {
        **facts_of(proposal.appointment, reader),
        "subject": _("A proposed hour was accepted")
        if is_accepted
        else _("A proposed hour was refused"),
        "starts_at": proposal.starts_at,
        "accepted": is_accepted,
        "link": absolute_url(f"/agenda/rendez-vous/{proposal.appointment_id}"),
    }


def _if_it_stands(reader: Reader, number: int, sequence: int) -> Facts | None:
    appointment = map_whole([number]).get(number)
    if appointment is None or not stands(appointment, sequence):
        return None
    return _of_its_day(appointment, reader)


def _of_its_day(appointment: Appointment, reader: Reader) -> Facts:
    return {**facts_of(appointment, reader), "link": absolute_url(day_path(appointment))}
