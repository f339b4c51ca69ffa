"""Booking, beyond the straight line: relatives, new and known patients, questions, clashes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import retention
from core.database import db
from core.transaction import transaction
from patient.models import CareAssignment, Enrolment, Guardianship
from patient.queries.places import list_followers
from patient.queries.relatives import list_relatives_of
from patient.vocabulary import GuardianKind
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.vocabulary import QuestionKind
from scheduling.appointments.models import Answer, Appointment
from scheduling.appointments.vocabulary import Attendance
from scheduling.booking.errors import UnansweredError
from scheduling.booking.models import BookingDraft
from scheduling.booking.operations.holding import confirm_appointment, hold_slot
from scheduling.booking.queries import find_draft
from tests import factories as make
from tests.patient.test_relatives import LUCAS

TUESDAY = "2026-11-24"
START = "/rendez-vous/nouveau"


@pytest.fixture
def jeanne(cast, sign_in):
    return sign_in(cast.jeanne)


@pytest.fixture
def avec(cast):
    return f"{cast.enrolment.id}-{cast.bob.id}"


@pytest.fixture
def lucas(cast):
    with transaction():
        person = make.patient("Lucas", "Roques")
        make._add(
            Guardianship(user_id=cast.jeanne.id, patient_id=person.id, kind=GuardianKind.RELATIVE)
        )
    return person


def follow(client, answer):
    while answer.status_code == 302:
        answer = client.get(answer.location)
    return answer


# ── For whom ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("D143", "D66", "D63")
def test_somebody_who_is_not_there_yet_is_added_and_the_booking_goes_on(
    cast, jeanne, avec, page, at, outbox
):
    asked = page(jeanne.get(START, query_string={"avec": avec, "type": cast.type.id}))
    assert "Pour quelqu’un d’autre" in asked.text
    other = {"pour": "autre", "avec": avec, "type": cast.type.id}
    form = page(follow(jeanne, jeanne.get(f"{START}/avec", query_string=other)))
    assert "Ajouter un proche" in form.text
    closing = [link for link in form.links if link.startswith(f"{START}?")]
    assert len(closing) == 3  # the cross, the step before, « Annuler »: nothing is saved
    assert all(f"avec={avec}" in link for link in closing)
    assert list_relatives_of(cast.jeanne) == []
    action = next(one for one in form.actions if "/proche" in one)
    added = jeanne.post(action, data=LUCAS)
    lucas = list_relatives_of(cast.jeanne)[0]
    assert f"pour={lucas.id}" in added.location
    seen = page(follow(jeanne, added))
    assert "Avez-vous déjà vu Bob Garnier ?" in seen.text
    assert seen.inputs["type"] == str(cast.type.id)
    assert db.session.query(Enrolment).count() == 1  # no place before an hour is taken
    answers = {"pour": lucas.id, "avec": avec, "vu": f"non-{lucas.id}-{cast.bob.id}"}
    hours = page(follow(jeanne, jeanne.get(f"{START}/type", query_string=answers)))
    when = {**answers, "type": cast.type.id, "heure": at(f"{TUESDAY} 10:00").isoformat()}
    held = jeanne.post(f"{START}/heure", data={**when, "cle": hours.inputs["cle"]})
    check = page(jeanne.get(held.location))
    assert "PourLucas Roques" in check.text
    done = page(jeanne.post(held.location, follow_redirects=True))
    assert "Félicitations" in done.text
    place = db.session.scalar(select(Enrolment).where(Enrolment.patient_id == lucas.id))
    assert [user.id for user in list_followers(place.id)] == [cast.bob.id]
    assert "Une personne de plus" in outbox.one(to=cast.alice).subject
    assert "pour Lucas Roques" in page(jeanne.get("/rendez-vous")).text.replace("  ", " ")


def test_a_relative_has_appointments_moved_and_cancelled_like_one_s_own(
    cast, jeanne, lucas, page, at
):
    with transaction():
        place = make.enrolment(lucas, cast.bubble, followers=[cast.bob])
        booked = make.appointment(cast.agenda, place, cast.type, at(f"{TUESDAY} 10:00"))
    assert "Lucas Roques" in page(jeanne.get(f"/rendez-vous/{booked.id}")).text
    moved = jeanne.post(
        f"/rendez-vous/{booked.id}/deplacement",
        data={"heure": at(f"{TUESDAY} 11:00").isoformat()},
    )
    assert moved.status_code == 302
    assert jeanne.post(f"/rendez-vous/{booked.id}/annulation").status_code == 302


def test_nobody_books_for_somebody_whom_they_do_not_act_for(cast, jeanne, sign_in, avec, lucas):
    with transaction():
        paul = make.patient("Paul", "Estève")
    for person in (paul.id, 9999, "x", ""):
        answer = jeanne.get(f"{START}/type", query_string={"pour": person, "avec": avec})
        assert answer.status_code == (302 if person == "" else 404), person
    mallory = sign_in(cast.mallory)
    other = {"pour": lucas.id, "avec": avec}
    assert mallory.get(f"{START}/type", query_string=other).status_code == 404


def test_what_was_answered_of_one_person_does_not_count_for_another(cast, jeanne, avec, lucas):
    answers = {"pour": lucas.id, "avec": avec, "vu": f"oui-{cast.patient.id}-{cast.bob.id}"}
    answer = jeanne.get(f"{START}/type", query_string=answers)
    assert answer.status_code == 302
    assert "/deja-vu" in answer.location


# ── New and known patients ────────────────────────────────────────────────────────────────────


@pytest.fixture
def two_types(cast):
    with transaction():
        first = make.consultation_type(
            cast.bubble, "Première fois", caregivers=[cast.bob], is_for_known=False
        )
        known = make.consultation_type(
            cast.bubble, "Renouvellement", caregivers=[cast.bob], is_for_new=False
        )
    return first, known


@pytest.mark.covers("D139", "D140")
def test_new_patients_are_told_what_is_not_for_them(cast, jeanne, avec, two_types, page, at):
    first, known = two_types
    new = {"avec": avec, "vu": f"non-{cast.patient.id}-{cast.bob.id}"}
    shown = page(jeanne.get(f"{START}/type", query_string=new))
    assert f'value="{known.id}" disabled' in shown.html
    assert "Réservé aux personnes qui ont déjà vu Bob Garnier." in shown.text
    assert "ne sont pas disponibles pour les nouveaux patients" in shown.text
    assert f'value="{first.id}" disabled' not in shown.html
    seen = {"avec": avec, "vu": f"oui-{cast.patient.id}-{cast.bob.id}"}
    shown = page(jeanne.get(f"{START}/type", query_string=seen))
    assert f'value="{first.id}" disabled' in shown.html
    assert "Réservé à une première fois avec Bob Garnier." in shown.text
    forced = {**new, "type": known.id, "heure": at(f"{TUESDAY} 10:00").isoformat()}
    answer = jeanne.post(f"{START}/heure", data=forced)
    assert answer.status_code == 302
    assert "/type" in answer.location
    assert db.session.query(Appointment).count() == 0


def test_what_is_known_counts_more_than_what_is_said(cast, jeanne, avec, two_types, at, page):
    first, _known = two_types
    with transaction():
        make.appointment(
            cast.agenda, cast.enrolment, cast.type, at("2026-11-20 10:00"), confirmed_at=None
        )
    asked = jeanne.get(f"{START}/deja-vu", query_string={"avec": avec, "pour": cast.patient.id})
    assert "/type" in asked.location  # the question is not asked: it is known
    types = page(jeanne.get(asked.location))
    assert f'value="{first.id}" disabled' in types.html
    with pytest.raises(NotBookableError):
        hold_slot(
            cast.jeanne,
            cast.enrolment,
            consultation_type=first,
            caregiver=cast.bob,
            starts_at=at(f"{TUESDAY} 10:00"),
            is_new=True,
        )


def test_an_appointment_to_which_nobody_came_makes_nobody_known(cast, jeanne, avec, at):
    with transaction():
        make.appointment(
            cast.agenda,
            cast.enrolment,
            cast.type,
            at("2026-11-20 10:00"),
            attendance=Attendance.NOSHOW,
        )
    asked = jeanne.get(f"{START}/deja-vu", query_string={"avec": avec, "pour": cast.patient.id})
    assert asked.status_code == 200


@pytest.mark.covers("D135")
def test_where_nothing_is_booked_online_one_is_told_whom_to_contact(cast, jeanne, avec, page):
    with transaction():
        cast.type.is_bookable = False
        db.session.add(cast.type)
    new = {"avec": avec, "vu": f"non-{cast.patient.id}-{cast.bob.id}"}
    shown = page(jeanne.get(f"{START}/type", query_string=new))
    assert "ne prend pas de rendez-vous en ligne" in shown.text
    assert "05 36 49 56 78" in shown.text
    assert "mailto:tilleuls@example.org" in shown.links


# ── Questions ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def asked(cast):
    with transaction():
        why = make.question(cast.type, "Qu’est-ce qui vous amène ?", is_required=True)
        side = make.question(
            cast.type, "De quel côté ?", QuestionKind.CHOICE, choices="Gauche\nDroit"
        )
        wheels = make.question(cast.type, "Venez-vous en fauteuil ?", QuestionKind.YES_NO)
    return why, side, wheels


@pytest.mark.covers("D153", "D154")
def test_questions_are_asked_kept_on_the_server_and_changed_until_confirmed(
    cast, jeanne, avec, asked, page, at, sign_in
):
    why, side, wheels = asked
    answers = {
        "pour": cast.patient.id,
        "avec": avec,
        "vu": f"non-{cast.patient.id}-{cast.bob.id}",
        "type": cast.type.id,
    }
    form = page(jeanne.get(f"{START}/questions", query_string=answers))
    for question in asked:
        assert question.wording in form.text
    assert "sur 5" in form.title
    action = next(one for one in form.actions if "/questions" in one)
    refused = jeanne.post(action, data={f"q{side.id}": "Gauche"})
    assert refused.status_code == 422
    assert "Répondez à cette question." in page(refused).text
    told = {f"q{why.id}": "Une douleur au genou", f"q{side.id}": "Gauche", f"q{wheels.id}": "oui"}
    hours = jeanne.post(action, data=told)
    assert "douleur" not in hours.location
    again = page(jeanne.get(f"{START}/questions", query_string=answers))
    assert "Une douleur au genou" in again.html  # kept for who comes back
    raw = db.session.connection().exec_driver_sql("SELECT answers FROM booking_drafts").scalar()
    assert "genou" not in str(raw)
    held = jeanne.post(
        f"{START}/heure", data={**answers, "heure": at(f"{TUESDAY} 10:00").isoformat()}
    )
    check = page(jeanne.get(held.location))
    assert "Une douleur au genou" in check.text
    assert "Venez-vous en fauteuil ?Oui" in check.text
    change = next(link for link in check.links if "/questions" in link)
    back = jeanne.post(change, data={**told, f"q{why.id}": "Le genou va mieux"})
    assert back.location == held.location
    assert "Le genou va mieux" in page(jeanne.get(held.location)).text
    number = int(held.location.split("/")[2])
    assert sign_in(cast.bob).get(f"/rendez-vous/{number}").status_code == 404
    jeanne.post(held.location)
    assert db.session.query(BookingDraft).count() == 0
    bob = sign_in(cast.bob)
    assert "Le genou va mieux" in page(bob.get(f"/rendez-vous/{number}")).text
    sheet = page(bob.get(f"/patients/{cast.enrolment.id}"))
    assert "Réponses données en prenant rendez-vous" in sheet.text
    assert "Le genou va mieux" in sheet.text
    with transaction():
        make._add(
            CareAssignment(
                enrolment_id=cast.enrolment.id,
                user_id=cast.chloe.id,
                since=cast.enrolment.started_at,
            )
        )
    assert "genou" not in page(sign_in(cast.chloe).get(f"/patients/{cast.enrolment.id}")).text


def test_an_hour_is_neither_held_nor_promised_without_its_answers(
    cast, jeanne, avec, asked, at, hold, page
):
    address = {"avec": avec, "type": cast.type.id, "heure": at(f"{TUESDAY} 10:00").isoformat()}
    sent_back = jeanne.post(f"{START}/heure", data=address)
    assert "/questions" in sent_back.location
    with transaction():
        for question in asked:
            question.is_required = False
            db.session.add(question)
    held = hold(f"{TUESDAY} 10:00")
    with transaction():
        asked[0].is_required = True  # asked since then
        db.session.add(asked[0])
    with pytest.raises(UnansweredError):
        confirm_appointment(cast.jeanne, held)
    answer = jeanne.post(f"/rendez-vous/{held.id}/confirmation")
    assert "/questions" in answer.location


def test_answers_of_somebody_else_are_never_found(cast, jeanne, avec, asked, at):
    why = asked[0]
    jeanne.post(f"{START}/questions?avec={avec}&type={cast.type.id}", data={f"q{why.id}": "Secret"})
    assert find_draft(cast.jeanne.id, cast.patient.id, cast.type.id) == {why.id: "Secret"}
    assert find_draft(cast.bob.id, cast.patient.id, cast.type.id) == {}


def test_answers_of_a_booking_that_was_left_are_forgotten_after_a_day(
    cast, jeanne, avec, asked, travel_to, outbox
):
    why = asked[0]
    jeanne.post(f"{START}/questions?avec={avec}&type={cast.type.id}", data={f"q{why.id}": "Secret"})
    travel_to(timedelta(hours=24))
    assert find_draft(cast.jeanne.id, cast.patient.id, cast.type.id) == {}
    travel_to(timedelta(seconds=1))
    retention.apply(1, {})
    assert db.session.query(BookingDraft).count() == 0
    assert db.session.query(Answer).count() == 0


# ── The same patient elsewhere at the same time ───────────────────────────────────────────────


@pytest.mark.covers("U17")
def test_another_appointment_of_the_same_patient_is_warned_of_never_refused(
    cast, jeanne, avec, page, at
):
    with transaction():
        other = make.bubble("Rives du Touch")
        dora = make.user("dora", "Dora Petit")
        make.caregiver(dora, other)
        agenda = make.agenda(dora, other)
        place = make.enrolment(cast.patient, other, followers=[dora])
        kind = make.consultation_type(other, "Bilan", caregivers=[dora])
        make.appointment(agenda, place, kind, at(f"{TUESDAY} 10:15"))
    address = {"avec": avec, "type": cast.type.id, "vu": f"oui-{cast.patient.id}-{cast.bob.id}"}
    hours = page(jeanne.get(f"{START}/heure", query_string=address))
    assert "Il y a déjà un rendez-vous mardi 24 novembre à 10 h 15, avec Dora Petit." in hours.text
    marked = [
        part.split("</button>")[0]
        for part in hours.html.split("<button")
        if "slot--met" in part.split(">")[0]
    ]
    assert len(marked) == 2
    assert all("un autre rendez-vous à la même heure" in one for one in marked)
    below = {"SCRIPT_NAME": "/sante"}  # the sign of a button is that of the site at hand
    there = jeanne.get(f"{START}/heure", query_string=address, environ_overrides=below).text
    signs = [part.split("</svg>")[0] for part in there.split("slot--met")[1:]]
    assert len(signs) == len(marked)
    assert all("/sante/static/" in sign for sign in signs)
    held = jeanne.post(
        f"{START}/heure", data={**address, "heure": at(f"{TUESDAY} 10:00").isoformat()}
    )
    check = page(jeanne.get(held.location))
    assert "Jeanne a un autre rendez-vous à la même heure" in check.text
    assert "Dora Petit" in check.text
    assert "Félicitations" in page(jeanne.post(held.location, follow_redirects=True)).text


@pytest.mark.covers("U52", "D141")
def test_hours_have_their_whole_date_in_their_name(cast, jeanne, avec, page, at):
    address = {"avec": avec, "type": cast.type.id}
    hours = page(jeanne.get(f"{START}/heure", query_string=address))
    slot = at(f"{TUESDAY} 14:30").isoformat()
    button = next(
        part for part in hours.html.split("<button") if f'value="{slot}"' in part.split(">")[0]
    )
    assert "mardi 24 novembre, " in button.split("</button>")[0]
    assert "<summary>" in hours.html
