"""What stands goes on standing: without its type, with questions asked late, in few questions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.database import db
from core.errors import DomainError
from core.transaction import transaction
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import Absence
from scheduling.agendas.operations.types import remove_type
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.appointments.errors import NotStandingError
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.booking_for import book_for
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.booking.operations.answering import answer_afterwards
from scheduling.replanning.operations import answer_proposal, propose_hour
from scheduling.replanning.queries import next_unsettled
from scheduling.waiting_list.models import WaitingListEntry
from tests import factories as make
from tests.scheduling.waiting_steps import FRIDAY, TUESDAY, look, offers

pytestmark = pytest.mark.both_databases


def standing(enrolment) -> list[Appointment]:
    db.session.rollback()
    db.session.expire_all()
    query = select(Appointment).where(
        Appointment.enrolment_id == enrolment.id, Appointment.status == AppointmentStatus.BOOKED
    )
    return list(db.session.scalars(query.order_by(Appointment.starts_at)))


# ── A type that is offered no more ────────────────────────────────────────────────────────────


def test_what_is_offered_no_more_is_moved_by_its_caregiver(cast, book, at, reload, sign_in, page):
    old = book(f"{TUESDAY} 09:00")
    with transaction():
        cast.type.duration_minutes = 45
        db.session.add(cast.type)
    remove_type(cast.alice, cast.type)
    with pytest.raises(NotBookableError):
        move_appointment(cast.jeanne, old, starts_at=at(f"{FRIDAY} 09:00"))
    shown = page(sign_in(cast.bob).get(f"/agenda/rendez-vous/{old.id}/deplacer"))
    assert "ne peut plus être" not in shown.text
    move_appointment(cast.bob, old, starts_at=at(f"{FRIDAY} 09:00"))
    moved = reload(old)
    assert (moved.starts_at, moved.minutes) == (at(f"{FRIDAY} 09:00"), 30)
    with pytest.raises(NotBookableError):  # nothing new of it is made
        book_for(
            cast.bob,
            cast.enrolment,
            consultation_type=cast.type,
            hours=[at("2026-11-26 09:00")],
        )


def test_what_the_caregiver_gives_no_more_is_moved_still(cast, book, at, reload, database):
    old = book(f"{TUESDAY} 09:00")
    with transaction():
        cast.type.caregivers = [cast.chloe]
    move_appointment(cast.bob, old, starts_at=at(f"{FRIDAY} 09:00"))
    assert reload(old).starts_at == at(f"{FRIDAY} 09:00")


def test_a_proposal_is_accepted_after_the_type_is_gone(cast, book, at, reload, database):
    old = book(f"{TUESDAY} 09:00")
    proposal = propose_hour(cast.bob, old, starts_at=at(f"{FRIDAY} 09:00"))
    remove_type(cast.alice, cast.type)
    answer_proposal(cast.jeanne, proposal, accepts=True)
    assert reload(old).starts_at == at(f"{FRIDAY} 09:00")


# ── Time ──────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_moved_into_the_past(cast, book, at, reload, sign_in, database):
    old = book(f"{TUESDAY} 09:00")
    with pytest.raises(DomainError):
        move_appointment(cast.bob, old, starts_at=at("2026-11-20 09:00"), override="Erreur")
    assert reload(old).starts_at == at(f"{TUESDAY} 09:00")
    answer = sign_in(cast.bob).post(
        f"/agenda/rendez-vous/{old.id}/deplacer",
        data={"jour": "2026-11-20", "a": "9:00", "passer_outre": "y", "pourquoi": "Erreur"},
    )
    assert answer.status_code in {409, 422}


def test_what_is_over_is_in_no_reminder(cast, book, at, outbox, travel_to):
    from scheduling.notices.operations.sending import remind_everybody

    book("2026-11-23 09:30")
    travel_to(timedelta(hours=2))
    book("2026-11-23 16:00")
    travel_to("2026-11-23 14:00 Europe/Paris")
    outbox.deliver()
    before = len(outbox.mails(to=cast.jeanne))
    remind_everybody(0, {})
    outbox.deliver()
    [mail] = outbox.mails(to=cast.jeanne)[before:]
    assert "16" in mail.text
    assert "9 h 30" not in mail.text.replace("\u00a0", " ")


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────


def test_the_list_is_no_way_around_who_may_book(cast, sign_in, database):
    with transaction():
        cast.type.is_for_new = False
        db.session.add(cast.type)
    who = f"pour={cast.enrolment.patient_id}&avec={cast.enrolment.id}-{cast.bob.id}"
    answer = sign_in(cast.jeanne).post(
        f"/rendez-vous/liste-d-attente/inscription?{who}&type={cast.type.id}",
        data={"avec": str(cast.bob.id)},
    )
    assert answer.status_code != 302 or "/liste-d-attente/" not in answer.location
    assert db.session.scalar(select(WaitingListEntry.id)) is None


def test_a_week_that_was_sent_empty_is_not_lost(cast, sign_in, database):
    path = f"/parametres/agendas/{cast.agenda.id}/horaires"
    assert sign_in(cast.bob).post(path, data={}).status_code == 422
    from scheduling.agendas.models import Availability

    assert db.session.scalar(select(Availability.id)) is not None


def test_many_absences_are_looked_at_in_few_questions(cast, book, at, count_queries, database):
    for week in range(4):
        book(at(f"{TUESDAY} 09:00") + timedelta(weeks=week))
    with transaction():
        db.session.add_all(
            Absence(
                user_id=cast.bob.id,
                kind=AbsenceKind.ABSENCE,
                starts_at=at(f"{TUESDAY} 00:00") + timedelta(weeks=week),
                ends_at=at("2026-11-25 00:00") + timedelta(weeks=week),
                created_at=clock.now(),
            )
            for week in range(4)
        )
    db.session.expire_all()
    _ = cast.bob.id
    with count_queries() as queries:
        found = next_unsettled(cast.bob)
    assert found is not None
    assert queries.total <= 5


# ── An hour of the list, and the questions of its type ────────────────────────────────────────


@pytest.fixture
def asked(cast):
    with transaction():
        return make.question(cast.type, "Où avez-vous mal ?", is_required=True)


def test_an_hour_of_the_list_leads_to_the_questions(
    cast, taken, wait, asked, sign_in, page, database
):
    number = asked.id
    wait(cast.jeanne, cast.enrolment)
    ada, hers = taken
    cancel_appointment(ada, hers)
    look()
    jeanne = sign_in(cast.jeanne)
    answer = jeanne.post(f"/rendez-vous/heures-proposees/{offers()[0].id}", data={"reponse": "oui"})
    [made] = standing(cast.enrolment)
    path = f"/rendez-vous/{made.id}/questions"
    assert answer.location == path
    assert "Où avez-vous mal" in page(jeanne.get(path)).text
    assert path in jeanne.get(f"/rendez-vous/{made.id}").text  # found again without the way there
    assert jeanne.post(path, data={}).status_code == 422
    assert jeanne.post(path, data={f"q{number}": "  "}).status_code == 422
    assert jeanne.post(path, data={f"q{number}": "Au genou"}).status_code == 302
    assert path not in jeanne.get(f"/rendez-vous/{made.id}").text
    assert "Au genou" in sign_in(cast.bob).get(f"/agenda/rendez-vous/{made.id}").text
    for stranger in (cast.bob, cast.mallory):
        assert sign_in(stranger).get(path).status_code == 404
        assert sign_in(stranger).post(path, data={f"q{number}": "Non"}).status_code == 404


def test_nothing_is_answered_of_what_is_over_or_of_somebody_else(
    cast, book, asked, newcomer, at, travel_to, sign_in, database
):
    with transaction():
        made = make.appointment(
            cast.agenda,
            cast.enrolment,
            cast.type,
            at(f"{TUESDAY} 09:00"),
            confirmed_at=clock.now(),
        )
    _paul, place = newcomer("Paul")
    with pytest.raises(DomainError):
        answer_afterwards(_paul, place, appointment=made, answers={asked.id: "Au genou"})
    travel_to(timedelta(days=2))
    with pytest.raises(NotStandingError):
        answer_afterwards(
            cast.jeanne, cast.enrolment, appointment=made, answers={asked.id: "Au genou"}
        )
    path = f"/rendez-vous/{made.id}/questions"
    assert sign_in(cast.jeanne).get(path).status_code == 302


def test_many_wishes_are_shown_in_few_questions(cast, sign_in, count_queries, database):
    jeanne = sign_in(cast.jeanne)
    totals = []
    for number in range(4):
        with transaction():
            kind = make.consultation_type(cast.bubble, f"Type {number}", caregivers=[cast.bob])
            db.session.add(
                WaitingListEntry(
                    enrolment_id=cast.enrolment.id,
                    consultation_type_id=kind.id,
                    created_at=clock.now(),
                )
            )
        jeanne.get("/rendez-vous/liste-d-attente")
        with count_queries() as queries:
            assert jeanne.get("/rendez-vous/liste-d-attente").status_code == 200
        totals.append(queries.total)
    assert totals[-1] == totals[0]
