"""« Mes rendez-vous »: moving, cancelling with a reason, booking again, the limit of the type."""

from __future__ import annotations

import pytest

from core.database import db
from core.transaction import transaction
from tests import factories as make

TUESDAY = "2026-11-24"


@pytest.fixture
def jeanne(cast, sign_in):
    return sign_in(cast.jeanne)


@pytest.fixture
def booked(book):
    return book(f"{TUESDAY} 10:00")


def test_moving_shows_the_hours_of_the_same_type_and_keeps_the_old_one_until_then(
    cast, jeanne, booked, page, at, reload, outbox
):
    shown = page(jeanne.get(f"/rendez-vous/{booked.id}"))
    assert f"/rendez-vous/{booked.id}/deplacement" in shown.links
    assert f"/rendez-vous/{booked.id}/rendez-vous.ics" in shown.links
    hours = page(jeanne.get(f"/rendez-vous/{booked.id}/deplacement"))
    assert "Pour l’instant : mardi 24 novembre à 10 h, avec Bob Garnier." in hours.text
    assert reload(booked).starts_at == at(f"{TUESDAY} 10:00")
    done = jeanne.post(
        f"/rendez-vous/{booked.id}/deplacement",
        data={"heure": at(f"{TUESDAY} 11:00").isoformat()},
        follow_redirects=True,
    )
    assert "Votre rendez-vous a une nouvelle heure." in page(done).text
    assert reload(booked).starts_at == at(f"{TUESDAY} 11:00")
    assert "déplacé" in outbox.one(to=cast.bob).subject


def test_its_own_hour_does_not_stand_in_its_way(cast, jeanne, booked, at, reload):
    with transaction():
        long = make.consultation_type(cast.bubble, "Bilan", caregivers=[cast.bob], minutes=60)
        other = make.appointment(cast.agenda, cast.enrolment, long, at(f"{TUESDAY} 14:00"))
    data = {"heure": at(f"{TUESDAY} 14:30").isoformat()}
    assert jeanne.post(f"/rendez-vous/{other.id}/deplacement", data=data).status_code == 302
    assert reload(other).starts_at == at(f"{TUESDAY} 14:30")


def test_an_hour_that_is_gone_is_refused_with_the_nearest(cast, jeanne, booked, at, page, reload):
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, at(f"{TUESDAY} 11:00"))
    answer = jeanne.post(
        f"/rendez-vous/{booked.id}/deplacement",
        data={"heure": at(f"{TUESDAY} 11:00").isoformat()},
    )
    assert answer.status_code == 409
    assert "Les heures libres les plus proches" in page(answer).text
    for wrong in ("", "nonsense", "2026-11-24T10:00"):
        path = f"/rendez-vous/{booked.id}/deplacement"
        assert jeanne.post(path, data={"heure": wrong}).status_code == 422
    assert reload(booked).starts_at == at(f"{TUESDAY} 10:00")


@pytest.mark.covers("D150", "D151", "U13")
def test_a_reason_is_read_behind_the_sign_in_only(cast, jeanne, booked, page, sign_in, outbox):
    asked = page(jeanne.get(f"/rendez-vous/{booked.id}/annulation"))
    assert "Choisir plutôt une autre heure" in asked.text
    jeanne.post(f"/rendez-vous/{booked.id}/annulation", data={"reason": "Je suis à l’hôpital"})
    seen = page(jeanne.get(f"/rendez-vous/{booked.id}"))
    assert "Je suis à l’hôpital" in seen.text
    assert "Reprendre rendez-vous" in seen.text
    for mail in outbox.mails():
        assert "hôpital" not in mail.text + mail.html + mail.subject
    too_long = jeanne.post(f"/rendez-vous/{booked.id}/annulation", data={"reason": "a" * 501})
    assert too_long.status_code == 422


@pytest.mark.covers("U13")
def test_the_limit_of_the_type_is_said_and_held(
    cast, jeanne, booked, page, travel_to, reload, sign_in
):
    with transaction():
        cast.type.cancellation_notice_minutes = 24 * 60
        db.session.add(cast.type)
    shown = page(jeanne.get(f"/rendez-vous/{booked.id}"))
    assert "en ligne jusqu’au lundi 23 novembre à 10 h" in shown.text
    assert "Annulez ou déplacez" in page(jeanne.get(f"/rendez-vous/{booked.id}/confirme")).text
    travel_to("2026-11-23 10:01 Europe/Paris")
    jeanne = sign_in(cast.jeanne)
    shown = page(jeanne.get(f"/rendez-vous/{booked.id}"))
    assert "Il est trop tard pour modifier ce rendez-vous en ligne." in shown.text
    assert "05 36 49 56 78" in shown.text
    assert "Annulez ou déplacez" not in page(jeanne.get(f"/rendez-vous/{booked.id}/confirme")).text
    for act in ("annulation", "deplacement"):
        assert f"/rendez-vous/{booked.id}/{act}" not in shown.links
        assert "trop tard" in page(jeanne.get(f"/rendez-vous/{booked.id}/{act}")).text
        assert jeanne.post(f"/rendez-vous/{booked.id}/{act}").status_code == 422
    assert reload(booked).status == "booked"


def test_nobody_moves_somebody_else_s_appointment(cast, sign_in, booked, at):
    data = {"heure": at(f"{TUESDAY} 11:00").isoformat()}
    for person in (cast.mallory, cast.chloe, cast.alice, cast.bob):
        client = sign_in(person)
        assert client.get(f"/rendez-vous/{booked.id}/deplacement").status_code == 404
        assert client.post(f"/rendez-vous/{booked.id}/deplacement", data=data).status_code == 404
    for person in (cast.mallory, cast.chloe):
        path = f"/rendez-vous/{booked.id}/rendez-vous.ics"
        assert sign_in(person).get(path).status_code == 404


def test_a_held_hour_is_no_file_yet(cast, jeanne, hold):
    held = hold(f"{TUESDAY} 10:00")
    assert jeanne.get(f"/rendez-vous/{held.id}/rendez-vous.ics").status_code == 404


def test_a_past_appointment_is_taken_again_with_what_is_known(
    cast, jeanne, booked, page, travel_to, sign_in
):
    travel_to("2026-11-26 08:00 Europe/Paris")
    jeanne = sign_in(cast.jeanne)
    shown = page(jeanne.get(f"/rendez-vous/{booked.id}"))
    again = next(link for link in shown.links if "/nouveau/deja-vu" in link)
    answer = jeanne.get(again)
    while answer.status_code == 302:
        answer = jeanne.get(answer.location)
    assert "Quel jour et quelle heure ?" in page(answer).text
