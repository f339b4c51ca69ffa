"""« Ajouter à mon agenda »: one appointment as a calendar file, without a word of health."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_babel import gettext as _

from core.wording import in_zone
from scheduling.ical import EventFacts, render_calendar, render_event
from scheduling.vocabulary import AppointmentStatus, ConsultationMode


def calendar_file(appointment: Any) -> Response:
    """Return the file that calendar programs take in."""
    bubble = appointment.enrolment.bubble
    is_on_site = appointment.consultation_type.mode is ConsultationMode.ON_SITE
    event = EventFacts(
        uid=appointment.uid,
        sequence=appointment.sequence,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        updated_at=appointment.updated_at,
        is_cancelled=appointment.status is AppointmentStatus.CANCELLED,
        zone=bubble.time_zone,
        summary=_("Appointment"),
        location=bubble.address if is_on_site else "",
    )
    year = in_zone(appointment.starts_at, bubble.time_zone).year
    body = render_calendar(_("Appointment"), bubble.time_zone, year, [render_event(event)])
    answer = Response(body, mimetype="text/calendar")
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="rendez-vous.ics"'
    return answer
