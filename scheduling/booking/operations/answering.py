"""Answering the questions of a type for an hour that is promised already."""

from __future__ import annotations

from collections.abc import Mapping

from core import clock
from core.authorization import Wait, operation
from core.errors import NotFoundError
from patient.models import Enrolment
from scheduling.appointments.errors import NotStandingError
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.locks import agendas_of_appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.booking.operations.answers import write_answers
from scheduling.booking.policy import BookingPermission
from security.models import User


def _its_agenda(
    actor: User, _enrolment: Enrolment, *, appointment: Appointment, **_asked: object
) -> Wait:
    return agendas_of_appointment(actor, appointment)


@operation(BookingPermission.ANSWER, lock=_its_agenda)
def answer_afterwards(
    actor: User, enrolment: Enrolment, *, appointment: Appointment, answers: Mapping[int, str]
) -> None:
    """Keep what is answered until it begins: an hour of the waiting list is taken without asking.

    Raises:
        NotFoundError: the appointment is of another patient's place.
        NotStandingError: it was cancelled, or has begun.
        UnansweredError: a question that must be answered is not.
    """
    if appointment.enrolment_id != enrolment.id:
        raise NotFoundError
    is_standing = appointment.status is AppointmentStatus.BOOKED
    if not is_standing or clock.now() >= appointment.starts_at:
        raise NotStandingError
    write_answers(appointment, answers)
