"""One patient's sheet: what the team needs to know, read for somebody who follows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core import clock, paging, wording
from core.database import db
from core.paging import Page
from home.queries.patients import TeamMember, get_team_around
from patient.models import Enrolment, Guardianship
from patient.queries.accesses import Opening, list_openings_in
from patient.queries.places import list_guardians
from patient.vocabulary import GuardianKind
from scheduling.agendas.models import ConsultationType
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from security.models import User

FEW = 5
"""Lines of a list that another page shows whole."""


@dataclass(frozen=True)
class Visit:
    """One appointment of the patient in the bubble, with anybody of the team."""

    id: int
    starts_at: datetime
    minutes: int
    type_name: str
    caregiver_id: int
    caregiver_name: str
    is_past: bool


@dataclass(frozen=True)
class Sheet:
    """What stands on a sheet."""

    enrolment: Enrolment
    age: int
    account: User | None
    """The patient's own, if they have one."""
    relatives: list[Guardianship]
    team: list[TeamMember]
    coming: Page[Visit]
    past: Page[Visit]
    openings: Page[Opening]


def get_sheet(actor: User, enrolment: Enrolment) -> Sheet:
    """Compose the sheet of a patient whom ``actor`` follows."""
    guardians = list_guardians(enrolment.patient_id)
    own = [
        guardianship.user for guardianship in guardians if guardianship.kind is GuardianKind.SELF
    ]
    return Sheet(
        enrolment=enrolment,
        age=wording.age(enrolment.patient.birth_date, wording.today(actor.time_zone)),
        account=own[0] if own else None,
        relatives=[
            guardianship for guardianship in guardians if guardianship.kind is not GuardianKind.SELF
        ],
        team=get_team_around(enrolment),
        coming=list_visits(enrolment, is_past=False, size=FEW),
        past=list_visits(enrolment, is_past=True, size=FEW),
        openings=list_openings_in(enrolment, size=FEW),
    )


def list_visits(
    enrolment: Enrolment, *, is_past: bool, number: int = 1, size: int = paging.SIZE
) -> Page[Visit]:
    """Return booked appointments: those to come, the nearest first; or the past, the latest."""
    query = (
        select(
            Appointment.id,
            Appointment.starts_at,
            Appointment.ends_at,
            ConsultationType.name,
            User.id,
            User.display_name,
        )
        .join(ConsultationType, ConsultationType.id == Appointment.consultation_type_id)
        .join(User, User.id == Appointment.caregiver_id)
        .where(
            Appointment.enrolment_id == enrolment.id,
            Appointment.status == AppointmentStatus.BOOKED,
            Appointment.ends_at <= clock.now() if is_past else Appointment.ends_at > clock.now(),
        )
    )
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    total = db.session.scalar(counted) or 0
    number = paging.within(number, total, size)
    start = Appointment.starts_at
    ordered = query.order_by(start.desc() if is_past else start, Appointment.id)
    rows = db.session.execute(ordered.limit(size).offset((number - 1) * size))
    visits = [
        Visit(id_, starts, int((ends - starts).total_seconds()) // 60, kind, who, name, is_past)
        for id_, starts, ends, kind, who, name in rows
    ]
    return paging.page_of(visits, total, number, size)
