"""Booking as a patient does it, page after page, without script."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from core.transaction import transaction
from scheduling.appointments.vocabulary import AppointmentStatus
from tests import factories as make

TUESDAY = "2026-11-24"


@pytest.fixture
def avec(cast):
    return f"{cast.enrolment.id}-{cast.bob.id}"


@pytest.fixture
def jeanne(cast, sign_in):
    return sign_in(cast.jeanne)


def choose(client, avec, cast, instant, key=""):
    data = {"avec": avec, "type": cast.type.id, "heure": instant.isoformat(), "cle": key}
    return client.post("/rendez-vous/nouveau/heure", data=data)


@pytest.mark.covers("D134", "D136", "D138", "D141", "D143", "D145", "D148", "D152", "D155")
def test_a_whole_booking(cast, jeanne, avec, page, at, outbox):
    first = page(jeanne.get("/rendez-vous/nouveau"))
    assert "Prenez votre rendez-vous en ligne Renseignez les informations" in first.text
    assert "Pour qui est ce rendez-vous ?" in first.text
    assert "Un rendez-vous est pris pour une seule personne." in first.text
    me = str(cast.patient.id)
    assert "/rendez-vous/nouveau/avec" in first.actions
    followed = jeanne.get("/rendez-vous/nouveau/avec", query_string={"pour": me})
    seen = jeanne.get(followed.location)  # only Bob follows her: that is not asked
    assert "Avez-vous déjà vu Bob Garnier ?" in page(seen).text
    assert "/rendez-vous/nouveau/type" in page(seen).actions
    assert "Si vous prenez rendez-vous pour quelqu’un d’autre" in page(seen).text
    answered = {"pour": me, "avec": avec, "vu": f"non-{me}-{cast.bob.id}", "demande": 1}
    only_type = jeanne.get("/rendez-vous/nouveau/type", query_string=answered)
    no_questions = jeanne.get(only_type.location)
    third = page(jeanne.get(no_questions.location))
    assert "Au plus tôtlundi 23 novembre à 9 h" in third.text
    assert "Afficher plus de disponibilités" in third.text
    assert f'value="{at(f"{TUESDAY} 14:30").isoformat()}"' in third.html
    held = choose(jeanne, avec, cast, at(f"{TUESDAY} 14:30"), third.inputs["cle"])
    assert held.status_code == 302
    fourth = page(jeanne.get(held.location))
    assert "Attention, votre rendez-vous n’est pas encore confirmé." in fourth.text
    assert "Mardi 24 novembre14 h 30" in fourth.text
    assert "En confirmant ce rendez-vous, vous vous engagez à l’honorer." in fourth.text
    assert "C’est un rendez-vous réel, transmis à Bob Garnier." in fourth.text
    assert "Il me faut plus de temps" in fourth.text
    assert held.location in fourth.actions  # « Confirmer »
    done = jeanne.post(held.location, follow_redirects=True)
    assert "Félicitations ! C’est confirmé." in page(done).text
    assert "Jeanne" not in page(done).title
    assert "14 rue des Tilleuls" in page(done).text
    mail = outbox.one(to=cast.jeanne)
    assert "Mardi 24 novembre 2026, 14 h 30" in mail.text.replace("\u00a0", " ")
    assert "14 rue des Tilleuls" in mail.text
    assert "Suivi" not in mail.text + mail.html + mail.subject
    told = outbox.one(to=cast.bob)
    assert "Jeanne" not in told.text + told.html + told.subject
    assert told.link("/agenda/") == f"/agenda/jour/{TUESDAY}"
    assert "Bob Garnier" in page(jeanne.get("/rendez-vous")).text


@pytest.mark.covers("D142")
def test_more_dates_show_later_days(cast, jeanne, avec, page):
    address = {"avec": avec, "type": cast.type.id}
    first = page(jeanne.get("/rendez-vous/nouveau/heure", query_string=address))
    assert "2026-11-23T" in first.html
    more = next(link for link in first.links if "jours=" in link)
    later = page(jeanne.get(more))
    assert later.html.count('name="heure"') > first.html.count('name="heure"') or (
        "2026-11-23T" not in later.html and 'name="heure"' in later.html
    )


@pytest.mark.covers("D137", "U6", "U8")
def test_going_back_keeps_the_answers(cast, jeanne, avec, page, at):
    me = str(cast.patient.id)
    vu = f"oui-{me}-{cast.bob.id}"
    data = {"pour": me, "avec": avec, "vu": vu, "type": cast.type.id}
    held = jeanne.post(
        "/rendez-vous/nouveau/heure", data={**data, "heure": at(f"{TUESDAY} 14:30").isoformat()}
    )
    confirm = page(jeanne.get(held.location))
    back = next(link for link in confirm.links if "/nouveau/heure" in link)
    hours = page(jeanne.get(back))
    assert "Réservé pour vous : mardi 24 novembre à 14 h 30" in hours.text
    assert "14:30 (réservé pour vous)" in hours.text
    types = page(jeanne.get(next(link for link in hours.links if "/nouveau/type" in link)))
    assert f'value="{cast.type.id}" checked' in types.html
    seen = page(jeanne.get(next(link for link in types.links if "/nouveau/deja-vu" in link)))
    assert f'value="{vu}" checked' in seen.html
    who = page(jeanne.get(next(link for link in seen.links if "/nouveau/avec" in link)))
    assert f'value="{avec}" checked' in who.html
    whom = page(jeanne.get(next(link for link in who.links if "/nouveau?" in link)))
    assert f'value="{me}" checked' in whom.html
    assert whom.inputs["vu"] == vu


def test_a_question_without_an_answer_is_asked_again(cast, jeanne, avec, page):
    whom = jeanne.get("/rendez-vous/nouveau/avec")
    assert whom.status_code == 422
    assert "Dites pour qui vous prenez rendez-vous." in page(whom).text
    who = jeanne.get("/rendez-vous/nouveau/deja-vu", query_string={"pour": cast.patient.id})
    assert who.status_code == 422
    assert "Choisissez la personne que vous souhaitez voir." in page(who).text
    assert page(who).title.startswith("Erreur :")
    seen = jeanne.get("/rendez-vous/nouveau/type", query_string={"avec": avec, "demande": 1})
    assert seen.status_code == 422
    assert "Répondez oui ou non." in page(seen).text
    known = {"avec": avec, "vu": f"oui-{cast.patient.id}-{cast.bob.id}"}
    what = jeanne.get("/rendez-vous/nouveau/questions", query_string=known)
    assert what.status_code == 422
    when = jeanne.post("/rendez-vous/nouveau/heure", data={"avec": avec, "type": cast.type.id})
    assert when.status_code == 422
    assert "Choisissez une heure." in page(when).text
    for broken in ("nonsense", "2026-11-24T09:00:00", "9999-99-99"):
        data = {"avec": avec, "type": cast.type.id, "heure": broken}
        assert jeanne.post("/rendez-vous/nouveau/heure", data=data).status_code == 422


def test_a_taken_hour_offers_the_three_nearest(cast, jeanne, avec, page, at, app):
    taken = at(f"{TUESDAY} 10:00")
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, taken)
    answer = choose(jeanne, avec, cast, taken)
    assert answer.status_code == 303
    shown = page(jeanne.get(answer.location))
    assert "Ce créneau vient d’être pris." in shown.text
    assert shown.inputs["avec"] == avec
    near = shown.html.split('id="nearest"')[1].split("</div></div>")[0]
    assert near.count('type="submit"') == 3
    for hour in ("09:00", "09:30", "10:30"):
        assert at(f"{TUESDAY} {hour}").isoformat() in near
    assert shown.title.startswith("Erreur :")


def test_a_taken_hour_that_came_free_again_is_among_the_others(cast, jeanne, avec, page, at, app):
    wanted = at(f"{TUESDAY} 10:00")
    with transaction():
        taken = make.appointment(cast.agenda, cast.enrolment, cast.type, wanted)
    answer = choose(jeanne, avec, cast, wanted)
    assert "Ce créneau vient d’être pris." in page(jeanne.get(answer.location)).text
    with transaction():
        taken.status = AppointmentStatus.CANCELLED
    shown = page(jeanne.get(answer.location))
    assert "Ce créneau vient d’être pris." not in shown.text
    assert 'id="nearest"' not in shown.html
    assert wanted.isoformat() in shown.html


def test_a_taken_hour_outside_the_hours_says_nothing_of_who_has_it(cast, jeanne, avec, page, at):
    night = at(f"{TUESDAY} 22:00")
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, night)
    answer = choose(jeanne, avec, cast, night)
    assert answer.status_code == 422
    assert "n’est pas dans les horaires" in page(answer).text


def test_who_holds_an_hour_already_may_choose_it_again(cast, jeanne, avec, at):
    hour = at(f"{TUESDAY} 10:00")
    first = choose(jeanne, avec, cast, hour, key="one")
    again = choose(jeanne, avec, cast, hour, key="two")
    assert (first.status_code, again.status_code) == (302, 302)
    assert first.location != again.location


@pytest.mark.parametrize("hour", ["08:00", "12:30", "10:05"])
def test_an_hour_that_was_never_offered_is_explained(cast, jeanne, avec, page, at, hour):
    answer = choose(jeanne, avec, cast, at(f"{TUESDAY} {hour}"))
    assert answer.status_code == 422
    assert "n’est pas dans les horaires" in page(answer).text


def test_strangers_and_caregivers_cannot_book_in_somebody_s_name(cast, sign_in, avec, at):
    address = {"avec": avec, "type": cast.type.id}
    for person in (cast.mallory, cast.bob, cast.alice):
        client = sign_in(person)
        assert client.get("/rendez-vous/nouveau/heure", query_string=address).status_code == 404
        assert choose(client, avec, cast, at(f"{TUESDAY} 10:00")).status_code == 404


def test_a_caregiver_who_does_not_follow_the_patient_does_not_exist(cast, jeanne):
    for other in (f"{cast.enrolment.id}-{cast.chloe.id}", "1", "a-b", "9999-1"):
        address = {"avec": other}
        assert jeanne.get("/rendez-vous/nouveau/type", query_string=address).status_code == 404


@pytest.mark.covers("D144", "D146", "U5")
def test_the_held_hour_is_found_again_on_every_page_until_it_is_over(
    cast, jeanne, avec, page, at, travel_to
):
    held = choose(jeanne, avec, cast, at(f"{TUESDAY} 10:00"))
    words = "Attention, votre rendez-vous n’est pas encore confirmé"
    notice = page(jeanne.get("/rendez-vous"))
    assert words in notice.text
    assert held.location in notice.links
    assert words in page(jeanne.get("/rendez-vous/nouveau")).text
    travel_to(timedelta(minutes=15))
    assert words not in page(jeanne.get("/rendez-vous")).text
    over = page(jeanne.get(held.location))
    assert "Cette heure n’est plus gardée. Elle est peut-être encore libre." in over.text


def test_an_hour_lost_while_one_thought_keeps_the_answers(cast, jeanne, avec, page, at, travel_to):
    held = choose(jeanne, avec, cast, at(f"{TUESDAY} 10:00"))
    travel_to(timedelta(minutes=16))
    with transaction():
        paul = make.user("paul")
        place = make.enrolment(
            make.patient("Paul", "Estève", account=paul), cast.bubble, followers=[cast.bob]
        )
    from scheduling.booking.operations.holding import hold_slot

    hold_slot(
        paul,
        place,
        consultation_type=cast.type,
        caregiver=cast.bob,
        starts_at=at(f"{TUESDAY} 10:00"),
    )
    assert "Cette heure n’est plus gardée" in page(jeanne.get(held.location)).text
    answer = jeanne.post(held.location)
    assert answer.status_code == 409
    shown = page(answer)
    assert shown.inputs["avec"] == avec
    assert at(f"{TUESDAY} 09:30").isoformat() in shown.html


@pytest.mark.covers("U5")
def test_more_time_and_giving_up(cast, jeanne, avec, page, at):
    held = choose(jeanne, avec, cast, at(f"{TUESDAY} 10:00"))
    number = held.location.split("/")[2]
    more = jeanne.post(f"/rendez-vous/{number}/prolongation", follow_redirects=True)
    assert "Il me faut plus de temps" not in page(more).text
    assert jeanne.post(f"/rendez-vous/{number}/prolongation").status_code == 409
    gone = jeanne.post(f"/rendez-vous/{number}/abandon", follow_redirects=True)
    assert "Personne n’en a rien su" in page(gone).text


@pytest.mark.covers("D150")
def test_cancelling_asks_first_and_acts_on_post_only(cast, jeanne, book, page, reload):
    booked = book(f"{TUESDAY} 10:00")
    asked = page(jeanne.get(f"/rendez-vous/{booked.id}/annulation"))
    assert "Annuler ce rendez-vous ?" in asked.text
    assert reload(booked).status == "booked"
    done = jeanne.post(f"/rendez-vous/{booked.id}/annulation", follow_redirects=True)
    assert "Votre rendez-vous est annulé." in page(done).text
    assert reload(booked).status == "cancelled"
    cancelled = page(jeanne.get("/rendez-vous", query_string={"liste": "annules"}))
    assert "Bob Garnier" in cancelled.text


def test_what_has_begun_says_whom_to_call(cast, sign_in, book, page, travel_to):
    booked = book(f"{TUESDAY} 10:00")
    travel_to(f"{TUESDAY} 10:00 Europe/Paris")
    jeanne = sign_in(cast.jeanne)
    assert "05 36 49 56 78" in page(jeanne.get(f"/rendez-vous/{booked.id}/annulation")).text
    assert jeanne.post(f"/rendez-vous/{booked.id}/annulation").status_code == 422


def test_nobody_else_s_appointment_exists(cast, sign_in, book, hold):
    booked = book(f"{TUESDAY} 10:00")
    held = hold(f"{TUESDAY} 11:00")
    for person in (cast.mallory, cast.chloe, cast.alice):
        client = sign_in(person)
        for verb in ("", "/annulation", "/confirmation", "/confirme"):
            assert client.get(f"/rendez-vous/{booked.id}{verb}").status_code == 404
    bob = sign_in(cast.bob)
    assert bob.get(f"/rendez-vous/{booked.id}").status_code == 200
    assert bob.get(f"/rendez-vous/{held.id}").status_code == 404  # a hold is nobody else's


def test_the_night_when_clocks_go_back_names_both_hours(cast, sign_in, avec, page, travel_to):
    travel_to("2027-10-29 08:00 Europe/Paris")
    jeanne = sign_in(cast.jeanne)
    with transaction():
        make.hours(cast.agenda, 6, time(1), time(4))
    address = {"avec": avec, "type": cast.type.id, "depuis": "2027-10-31"}
    shown = page(jeanne.get("/rendez-vous/nouveau/heure", query_string=address))
    assert "2:30 (heure d’été)" in shown.text
    assert "2:30 (heure d’hiver)" in shown.text
    assert "2027-10-31T00:30:00+00:00" in shown.html
    assert "2027-10-31T01:30:00+00:00" in shown.html


@pytest.mark.covers("U11")
def test_a_reader_elsewhere_is_told_whose_clock_it_is(cast, sign_in, avec, page):
    with transaction():
        cast.jeanne.time_zone = "America/Martinique"
    client = sign_in(cast.jeanne)
    address = {"avec": avec, "type": cast.type.id}
    shown = page(client.get("/rendez-vous/nouveau/heure", query_string=address))
    assert "heure de Paris" in shown.text


def test_who_has_no_care_team_learns_what_to_wait_for(cast, sign_in, page):
    shown = page(sign_in(cast.mallory).get("/rendez-vous/nouveau"))
    assert "Aucun soignant ne vous suit encore" in shown.text


def test_a_caregiver_without_hours_is_shown_and_cannot_be_chosen(cast, jeanne, page):
    from patient.operations.places import set_followers

    set_followers(cast.alice, cast.enrolment, user_ids=[cast.bob.id, cast.chloe.id])
    shown = page(jeanne.get("/rendez-vous/nouveau/avec", query_string={"pour": cast.patient.id}))
    assert "Chloé Lefèvre" in shown.text
    assert "Pas de rendez-vous en ligne pour le moment. Vous pouvez appeler" in shown.text
    assert f'value="{cast.enrolment.id}-{cast.chloe.id}" disabled' in shown.html
