"""One builder per noun, with sensible defaults; call them inside a transaction."""

from __future__ import annotations

import functools
import itertools
from datetime import date, datetime, time, timedelta

from bubbles.models import Bubble, Membership
from caregiver.models import Caregiver
from core import clock
from core.database import db
from messaging.models import Conversation
from messaging.vocabulary import ConversationKind
from patient.models import CareAssignment, Enrolment, Guardianship, Patient
from patient.vocabulary import GuardianKind
from scheduling.agendas.models import Absence, Agenda, Availability, ConsultationType, Question
from scheduling.agendas.vocabulary import AbsenceKind, ConsultationMode, QuestionKind
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus, HeldFor
from scheduling.waiting_list.models import WaitingListEntry, WaitingListOffer
from security.models import User

_numbers = itertools.count(1)


@functools.cache
def password_hash() -> str:
    from security.passwords import hash_password
    from tests.cast import PASSWORD

    return hash_password(PASSWORD)


def _add(thing):
    db.session.add(thing)
    db.session.flush()  # tests need the id at once
    return thing


def user(name: str = "", display_name: str = "", **values) -> User:
    number = next(_numbers)
    now = clock.now()
    return _add(
        User(
            email=f"{name or f'person{number}'}@example.org",
            password_hash=values.pop("password_hash", None) or password_hash(),
            display_name=display_name or f"Personne {number}",
            locale=values.pop("locale", "fr"),
            time_zone=values.pop("time_zone", "Europe/Paris"),
            is_enabled=True,
            created_at=now,
            email_proved_at=now,
            password_changed_at=now,
            **values,
        )
    )


def bubble(name: str = "Les Tilleuls", *, admin: User | None = None, **values) -> Bubble:
    made = _add(
        Bubble(
            name=name,
            description=values.pop("description", "Soins à domicile"),
            contact_email="tilleuls@example.org",
            contact_phone="+33536495678",
            place_name="Maison des Tilleuls",
            street="14 rue des Tilleuls",
            postcode="31240",
            town="Saint-Jean",
            time_zone=values.pop("time_zone", "Europe/Paris"),
            created_at=clock.now(),
            created_by_id=admin.id if admin else None,
            **values,
        )
    )
    if admin:
        membership(admin, made, is_admin=True)
    return made


def membership(
    user: User, bubble: Bubble, *, is_admin: bool = False, is_caregiver: bool = False
) -> Membership:
    return _add(
        Membership(
            user_id=user.id,
            bubble_id=bubble.id,
            is_admin=is_admin,
            is_caregiver=is_caregiver,
            joined_at=clock.now(),
        )
    )


def caregiver(user: User, bubble: Bubble, *, profession: str = "Infirmière") -> Caregiver:
    membership(user, bubble, is_caregiver=True)
    return _add(Caregiver(user_id=user.id, profession=profession, created_at=clock.now()))


def patient(
    given_name: str, family_name: str, *, born: date = date(1950, 1, 1), account: User | None = None
) -> Patient:
    made = _add(
        Patient(
            given_name=given_name,
            family_name=family_name,
            birth_date=born,
            created_at=clock.now(),
        )
    )
    if account:
        _add(Guardianship(user_id=account.id, patient_id=made.id, kind=GuardianKind.SELF))
    return made


def enrolment(patient: Patient, bubble: Bubble, *, followers: list[User]) -> Enrolment:
    now = clock.now()
    made = _add(Enrolment(bubble_id=bubble.id, patient_id=patient.id, started_at=now))
    for follower in followers:
        _add(CareAssignment(enrolment_id=made.id, user_id=follower.id, since=now))
    return made


def agenda(user: User, bubble: Bubble) -> Agenda:
    return _add(Agenda(user_id=user.id, bubble_id=bubble.id, version=0))


def hours(agenda: Agenda, weekday: int, starts: time, ends: time) -> Availability:
    return _add(Availability(agenda_id=agenda.id, weekday=weekday, starts_at=starts, ends_at=ends))


def absence(user: User, starts_at: datetime, ends_at: datetime, **values) -> Absence:
    return _add(
        Absence(
            user_id=user.id,
            kind=values.pop("kind", AbsenceKind.ABSENCE),
            starts_at=starts_at,
            ends_at=ends_at,
            created_at=clock.now(),
            **values,
        )
    )


def consultation_type(
    bubble: Bubble, name: str = "Suivi", *, caregivers: list[User], minutes: int = 30, **values
) -> ConsultationType:
    return _add(
        ConsultationType(
            bubble_id=bubble.id,
            name=name,
            duration_minutes=minutes,
            mode=values.pop("mode", ConsultationMode.ON_SITE),
            is_bookable=True,
            minimum_notice_minutes=values.pop("minimum_notice_minutes", 60),
            horizon_days=90,
            caregivers=caregivers,
            **values,
        )
    )


def question(
    kind: ConsultationType, wording: str, answered_by: QuestionKind = QuestionKind.TEXT, **values
) -> Question:
    return _add(
        Question(
            consultation_type_id=kind.id,
            position=next(_numbers),
            kind=answered_by,
            wording=wording,
            **values,
        )
    )


def appointment(
    agenda: Agenda,
    enrolment: Enrolment,
    kind: ConsultationType,
    starts_at: datetime,
    **values,
) -> Appointment:
    number = next(_numbers)
    now = clock.now()
    minutes = values.pop("minutes", kind.duration_minutes)
    if values.get("status") is AppointmentStatus.HELD:
        values.setdefault("held_for", HeldFor.PERSON)
    return _add(
        Appointment(
            caregiver_id=agenda.user_id,
            agenda_id=agenda.id,
            enrolment_id=enrolment.id,
            consultation_type_id=kind.id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            status=values.pop("status", AppointmentStatus.BOOKED),
            uid=f"test-{number}@example.org",
            sequence=0,
            created_at=now,
            updated_at=now,
            hold_extended=False,
            **values,
        )
    )


def waiting_list_offer(
    entry: WaitingListEntry,
    agenda: Agenda,
    starts_at: datetime,
    expires_at: datetime,
    *,
    answered_at: datetime | None = None,
) -> WaitingListOffer:
    """Keep an hour for who waits; one that was answered keeps nothing."""
    status = AppointmentStatus.HELD if answered_at is None else AppointmentStatus.CANCELLED
    kept = appointment(
        agenda,
        db.session.get_one(Enrolment, entry.enrolment_id),
        db.session.get_one(ConsultationType, entry.consultation_type_id),
        starts_at,
        status=status,
        held_for=HeldFor.OFFER,
        held_until=expires_at,
    )
    return _add(
        WaitingListOffer(
            entry_id=entry.id,
            hold_id=kept.id,
            caregiver_id=agenda.user_id,
            starts_at=starts_at,
            expires_at=expires_at,
            created_at=clock.now(),
            answered_at=answered_at,
        )
    )


def conversation(enrolment: Enrolment, caregiver: User | None = None) -> Conversation:
    return _add(
        Conversation(
            kind=ConversationKind.DIRECT if caregiver else ConversationKind.AROUND,
            enrolment_id=enrolment.id,
            caregiver_id=caregiver.id if caregiver else None,
            last_seq=0,
            created_at=clock.now(),
        )
    )
