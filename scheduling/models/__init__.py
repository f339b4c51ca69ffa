"""Consultation types, hours, absences, appointments, calendar links, waiting, reminders."""

from __future__ import annotations

from scheduling.models.agendas import (
    Absence,
    Agenda,
    Availability,
    ExceptionalHours,
    availability_types,
)
from scheduling.models.appointments import Answer, Appointment, AppointmentChange, AppointmentLink
from scheduling.models.booking import BookingDraft
from scheduling.models.feeds import FeedLink, FeedReader
from scheduling.models.overlap_guard import OVERLAP_GUARD
from scheduling.models.replanning import AbsenceSettlement, HourProposal
from scheduling.models.types import ConsultationType, Question, consultation_type_caregivers
from scheduling.models.waiting import (
    CallTask,
    FreedHour,
    Reminder,
    ReminderPreference,
    WaitingListEntry,
    WaitingListOffer,
)

__all__ = [
    "OVERLAP_GUARD",
    "Absence",
    "AbsenceSettlement",
    "Agenda",
    "Answer",
    "Appointment",
    "AppointmentChange",
    "AppointmentLink",
    "Availability",
    "BookingDraft",
    "CallTask",
    "ConsultationType",
    "ExceptionalHours",
    "FeedLink",
    "FeedReader",
    "FreedHour",
    "HourProposal",
    "Question",
    "Reminder",
    "ReminderPreference",
    "WaitingListEntry",
    "WaitingListOffer",
    "availability_types",
    "consultation_type_caregivers",
]
