"""« Ajouter à mon agenda »: one appointment as a calendar file, without a word of health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from core.errors import NotFoundError
from core.web import signed_in
from patient.policy import acts_for
from scheduling.appointments.queries.appointments import get_appointment_for
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.blueprint import bp
from scheduling.calendars.emails import Attendee, invitation, unnamed_file

if TYPE_CHECKING:
    from scheduling.appointments.models import Appointment
    from security.models import User


@bp.get("/rendez-vous/<int:appointment_id>/rendez-vous.ics")
def download_ics(appointment_id: int) -> Response:
    actor = signed_in()
    appointment = get_appointment_for(actor, appointment_id)
    if appointment.status is AppointmentStatus.HELD:
        raise NotFoundError
    return calendar_file(appointment, actor)


def calendar_file(appointment: Appointment, reader: User | None = None) -> Response:
    """Return the file that calendar programs take in: to who acts for the patient, as mailed."""
    if reader is not None and acts_for(reader, appointment.enrolment):
        attendee = Attendee(reader.display_name, reader.email, reader.locale)
        body = invitation(appointment, attendee, None)
    else:
        body = unnamed_file(appointment)
    answer = Response(body, mimetype="text/calendar")
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="rendez-vous.ics"'
    return answer
