"""Agendas, consultation types, appointments, calendar links."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from core import clock, tokens
from scheduling.agendas.models import Absence, Question
from scheduling.agendas.vocabulary import AbsenceKind, QuestionKind
from scheduling.appointments.models import AppointmentLink, CallTask
from scheduling.appointments.vocabulary import AppointmentStatus, CallReason
from scheduling.calendars.models import FeedLink
from scheduling.calendars.vocabulary import DetailLevel
from scheduling.replanning.models import HourProposal
from scheduling.waiting_list.models import WaitingListEntry
from tests import factories as make
from tests.architecture.routes.world import (
    EVERYBODY,
    PROFESSIONALS,
    SIGNED_IN,
    STAFF,
    Line,
    World,
)


def things(world: World) -> dict[str, Any]:
    """Write an appointment, an hour that the patient keeps, another that is proposed, and so on."""
    now = clock.now()
    noon = datetime(2026, 11, 24, 9, tzinfo=UTC)
    token = f"{world.agenda.id:z<43}"
    link = make._add(
        FeedLink(
            agenda_id=world.agenda.id,
            name="Téléphone",
            token_hash=tokens.hash_token(token),
            token=token,
            detail_level=DetailLevel.DISCREET,
            created_at=now,
        )
    )
    appointment = make.appointment(
        world.agenda, world.enrolment, world.type, noon,
        booked_by_id=world.patient.id, confirmed_at=now,
    )  # fmt: skip
    hold = make.appointment(
        world.agenda, world.enrolment, world.type, noon + timedelta(hours=1),
        status=AppointmentStatus.HELD, held_until=now + timedelta(minutes=15),
        booked_by_id=world.patient.id,
    )  # fmt: skip
    proposed = make.appointment(
        world.agenda, world.enrolment, world.type, noon + timedelta(hours=2),
        status=AppointmentStatus.HELD, held_until=now + timedelta(days=1),
    )  # fmt: skip
    proposal = make._add(
        HourProposal(
            appointment_id=appointment.id,
            hold_id=proposed.id,
            starts_at=proposed.starts_at,
            expires_at=now + timedelta(days=1),
            created_at=now,
            created_by_id=world.follower.id,
        )
    )
    question = make._add(
        Question(
            consultation_type_id=world.type.id,
            position=1,
            kind=QuestionKind.TEXT,
            wording="Que souhaitez-vous ?",
        )
    )
    absence = make._add(
        Absence(
            user_id=world.follower.id,
            agenda_id=world.agenda.id,
            kind=AbsenceKind.ABSENCE,
            starts_at=noon - timedelta(hours=1),
            ends_at=noon + timedelta(hours=6),
            created_at=now,
        )
    )
    task = make._add(
        CallTask(
            appointment_id=appointment.id,
            sequence=0,
            reason=next(iter(CallReason)),
            created_at=now,
        )
    )
    message_token = f"{appointment.id:m<43}"
    make._add(
        AppointmentLink(
            appointment_id=appointment.id,
            token_hash=tokens.hash_token(message_token),
            token=message_token,
            created_at=now,
        )
    )
    kept_hours = make.hours(world.agenda, 5, time(9), time(10))
    kept_hours.consultation_types = [world.type]
    wish = make._add(
        WaitingListEntry(
            enrolment_id=world.enrolment.id,
            consultation_type_id=world.type.id,
            caregiver_id=world.follower.id,
            created_at=now,
        )
    )
    offer = make.waiting_list_offer(
        wish, world.agenda, noon + timedelta(hours=6), now + timedelta(hours=2)
    )
    return {
        "entry_id": wish.id,
        "offer_id": offer.id,
        "no": "non",
        "message_token": message_token,
        "availability_id": kept_hours.id,
        "proposal_id": proposal.id,
        "question_id": question.id,
        "absence_id": absence.id,
        "task_id": task.id,
        "month": "2026-11",
        "yes": "oui",
        "kept_choice": "garder",
        "appointment_id": appointment.id,
        "hold": hold.id,
        "link_id": link.id,
        "token": token,
        "day": "2026-11-23",
        "with": f"{world.enrolment.id}-{world.follower.id}",
    }


ROUTES = {
    "GET scheduling.absences": PROFESSIONALS,
    "GET scheduling.add_for_booking": SIGNED_IN,
    "POST scheduling.add_for_booking": SIGNED_IN,
    "GET scheduling.agenda": SIGNED_IN,
    "GET scheduling.agendas": PROFESSIONALS,
    "POST scheduling.answer_hour": Line("patient", form={"reponse": "yes"}),
    "GET scheduling.appointments": SIGNED_IN,
    "GET scheduling.answer_questions": "patient",
    "POST scheduling.answer_questions": "patient",
    "GET scheduling.booking_questions": SIGNED_IN,
    "POST scheduling.booking_questions": SIGNED_IN,
    "GET scheduling.calls": PROFESSIONALS,
    "GET scheduling.cancel": "patient follower",
    "POST scheduling.cancel": "patient follower",
    "GET scheduling.cancel_by_link": Line(EVERYBODY, at={"token": "message_token"}),
    "POST scheduling.cancel_by_link": Line(EVERYBODY, at={"token": "message_token"}),
    "GET scheduling.cancel_kept": "follower",
    "POST scheduling.cancel_kept": "follower",
    "GET scheduling.change_hour": "patient",
    "POST scheduling.change_hour": "patient",
    "GET scheduling.choose_caregiver": SIGNED_IN,
    "GET scheduling.choose_patient": SIGNED_IN,
    "GET scheduling.choose_seen": SIGNED_IN,
    "GET scheduling.choose_time": Line("patient", query={"avec": "with", "type": "type_id"}),
    "POST scheduling.choose_time": Line("patient", form={"avec": "with", "type": "type_id"}),
    "GET scheduling.choose_type": Line("patient", query={"avec": "with"}),
    "GET scheduling.confirm": Line("patient", at={"appointment_id": "hold"}),
    "POST scheduling.confirm": Line("patient", at={"appointment_id": "hold"}),
    "GET scheduling.confirmed": "patient follower",
    "GET scheduling.day": PROFESSIONALS,
    "GET scheduling.diary_list": PROFESSIONALS,
    "GET scheduling.download_ics": "patient follower",
    "GET scheduling.drop_absence": "follower",
    "POST scheduling.drop_absence": "follower",
    "POST scheduling.drop_question": "admin",
    "POST scheduling.duplicate": "admin",
    "GET scheduling.edit": "admin",
    "POST scheduling.edit": "admin",
    "POST scheduling.extend": Line("patient", at={"appointment_id": "hold"}),
    "GET scheduling.feed": EVERYBODY,
    "POST scheduling.forget_day": "follower",
    "POST scheduling.give_back": "follower",
    "POST scheduling.give_up": Line("patient", at={"appointment_id": "hold"}),
    "GET scheduling.holidays": PROFESSIONALS,
    "POST scheduling.holidays": PROFESSIONALS,
    "GET scheduling.hours": "follower",
    "POST scheduling.hours": "follower",
    "GET scheduling.kept": "follower",
    "GET scheduling.link": "follower",
    "POST scheduling.lower_question": "admin",
    "POST scheduling.mark_call": "follower",
    "POST scheduling.mark_kept": Line("follower", form={"venue": "yes"}),
    "GET scheduling.message_link": Line(EVERYBODY, at={"token": "message_token"}),
    "GET scheduling.message_link_ics": Line(EVERYBODY, at={"token": "message_token"}),
    "GET scheduling.month": PROFESSIONALS,
    "GET scheduling.move_by_link": Line(EVERYBODY, at={"token": "message_token"}),
    "POST scheduling.move_by_link": Line(EVERYBODY, at={"token": "message_token"}),
    "GET scheduling.move_kept": "follower",
    "POST scheduling.move_kept": "follower",
    "GET scheduling.new": PROFESSIONALS,
    "GET scheduling.new_absence": PROFESSIONALS,
    "POST scheduling.new_absence": PROFESSIONALS,
    "GET scheduling.new_day_hours": "follower",
    "POST scheduling.new_day_hours": "follower",
    "GET scheduling.new_for": "follower",
    "POST scheduling.new_for": "follower",
    "GET scheduling.new_kept_hours": "follower",
    "POST scheduling.new_kept_hours": "follower",
    "GET scheduling.new_link": "follower",
    "POST scheduling.new_link": "follower",
    "GET scheduling.new_question": "admin",
    "POST scheduling.new_question": "admin",
    "GET scheduling.new_type": "admin",
    "POST scheduling.new_type": "admin",
    "GET scheduling.offered_hour": "patient",
    "POST scheduling.offered_hour": Line("patient", form={"reponse": "no"}),
    "GET scheduling.preview": STAFF,
    "GET scheduling.proposal": "patient",
    "GET scheduling.question": "admin",
    "POST scheduling.question": "admin",
    "GET scheduling.questions": "admin",
    "POST scheduling.raise_question": "admin",
    "GET scheduling.reminders": SIGNED_IN,
    "POST scheduling.reminders": SIGNED_IN,
    "GET scheduling.remove": "admin",
    "POST scheduling.remove": "admin",
    "GET scheduling.renew": "follower",
    "POST scheduling.renew": "follower",
    "GET scheduling.replan": "follower",
    "GET scheduling.replan_one": "follower",
    "GET scheduling.revoke": "follower",
    "POST scheduling.revoke": "follower",
    "POST scheduling.settle": Line("follower", form={"choix": "kept_choice"}),
    "GET scheduling.show": "patient follower",
    "GET scheduling.special_hours": "follower",
    "POST scheduling.stop_waiting": "patient",
    "POST scheduling.take_again": "follower",
    "GET scheduling.types": STAFF,
    "GET scheduling.wait": Line("patient", query={"avec": "with", "type": "type_id"}),
    "POST scheduling.wait": Line("patient", query={"avec": "with", "type": "type_id"}),
    "GET scheduling.waiting_entry": "patient",
    "GET scheduling.waiting_list": SIGNED_IN,
    "GET scheduling.week": PROFESSIONALS,
    "POST scheduling.write_new": "follower",
}
