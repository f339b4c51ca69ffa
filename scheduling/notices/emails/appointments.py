"""What the patient's side reads when an appointment is made, moved or cancelled."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from core.mail import Facts, Reader, absolute_url, mail
from scheduling.appointments.models import Appointment
from scheduling.appointments.queries.appointments import list_whole
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.calendars.emails import attendee_of, invitation
from scheduling.calendars.ical import Method
from scheduling.notices.emails.facts import Standing, facts_of, list_standing, phone_of, when
from scheduling.notices.links import link_of


@mail("scheduling/confirmed")
def confirmed(reader: Reader, standing: Standing, instead_of: int | None = None) -> Facts | None:
    """Tell who booked that the hour is theirs; ``instead_of``: what gave way to it."""
    appointment = next(iter(list_standing(standing)), None)
    if appointment is None:
        return None
    return {
        "subject": _("Your appointment on %(when)s", when=when(appointment)),
        **facts_of(appointment, reader),
        "instructions": appointment.consultation_type.instructions_before,
        "link": absolute_url(link_of(appointment.id)),
        "calendars": _calendars(appointment, reader, instead_of),
    }


@mail("scheduling/booked_for")
def booked_for(reader: Reader, standing: Standing) -> Facts | None:
    """Tell who did not book themselves, in one mail whatever the number of hours."""
    appointments = list_standing(standing)
    if not appointments:
        return None
    path = f"/rendez-vous/{appointments[0].id}" if len(appointments) == 1 else "/rendez-vous"
    return {
        "subject": ngettext(
            "An appointment was made for you",
            "%(num)d appointments were made for you",
            len(appointments),
        ),
        "appointments": [facts_of(appointment, reader) for appointment in appointments],
        "phone": phone_of(appointments),
        "link": absolute_url(path),
        "calendars": [
            invitation(appointment, attendee_of(reader), Method.REQUEST)
            for appointment in appointments
        ],
    }


@mail("scheduling/moved")
def moved(reader: Reader, standing: Standing, instead_of: int | None = None) -> Facts | None:
    """Tell when and with whom it is now; ``instead_of``: what gave way to it."""
    appointment = next(iter(list_standing(standing)), None)
    if appointment is None:
        return None
    return {
        "subject": _("Your appointment is moved to %(when)s", when=when(appointment)),
        **facts_of(appointment, reader),
        "link": absolute_url(link_of(appointment.id)),
        "calendars": _calendars(appointment, reader, instead_of),
    }


@mail("scheduling/cancelled")
def cancelled(reader: Reader, numbers: list[int]) -> Facts | None:
    """Tell that hours will not take place, in one mail whatever their number."""
    appointments = [
        appointment
        for appointment in list_whole(numbers)
        if appointment.status is AppointmentStatus.CANCELLED
    ]
    if not appointments:
        return None
    is_one = len(appointments) == 1
    return {
        "subject": (
            _("Your appointment on %(when)s is cancelled", when=when(appointments[0]))
            if is_one
            else _("Some of your appointments are cancelled")
        ),
        "appointments": [facts_of(appointment, reader) for appointment in appointments],
        "phone": phone_of(appointments),
        "link": absolute_url("/rendez-vous"),
        "calendars": [
            invitation(appointment, attendee_of(reader), Method.CANCEL)
            for appointment in appointments
        ],
    }


def _calendars(appointment: Appointment, reader: Reader, instead_of: int | None) -> list[str]:
    """Write what puts it into the reader's calendar, and takes out what it stands in place of."""
    former = list_whole([instead_of]) if instead_of is not None else []
    attendee = attendee_of(reader)
    return [
        invitation(appointment, attendee, Method.REQUEST),
        *(invitation(replaced, attendee, Method.CANCEL) for replaced in former),
    ]
