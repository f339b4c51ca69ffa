"""Tables of agendas and of what is offered in them."""

from __future__ import annotations

from scheduling.agendas.models.agendas import (
    Absence,
    Agenda,
    Availability,
    ExceptionalHours,
    availability_types,
)
from scheduling.agendas.models.types import (
    ConsultationType,
    Question,
    consultation_type_caregivers,
)

__all__ = [
    "Absence",
    "Agenda",
    "Availability",
    "ConsultationType",
    "ExceptionalHours",
    "Question",
    "availability_types",
    "consultation_type_caregivers",
]
