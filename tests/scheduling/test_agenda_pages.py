"""A caregiver's day and week."""

from __future__ import annotations

from datetime import date

import pytest

from core.transaction import transaction
from scheduling.appointments.queries.appointments import (
    list_day_for,
    next_appointment_of,
    next_appointments,
)
from tests import factories as make


@pytest.fixture
def appointment(cast, at):
    def appointment(when, **others):
        agenda = others.pop("agenda", cast.agenda)
        with transaction():
            return make.appointment(agenda, cast.enrolment, cast.type, at(when), **others)

    return appointment


@pytest.mark.covers("M3")
def test_the_day_lists_what_is_booked(cast, sign_in, page, appointment, hold):
    booked = appointment("2026-11-24 09:00")
    hold("2026-11-24 10:00")
    shown = page(sign_in(cast.bob).get("/agenda/jour/2026-11-24"))
    assert "Mardi 24 novembre" in shown.text
    assert "1 rendez-vous" in shown.text
    assert "9:0030 min" in shown.text
    assert "Jeanne Roques" in shown.text
    assert f"/agenda/rendez-vous/{booked.id}" in shown.links
    assert "10:00" not in shown.text
    assert "Jeanne" not in shown.title
    assert "/agenda/jour/2026-11-23" in shown.links
    assert "/agenda/jour/2026-11-25" in shown.links


@pytest.mark.covers("M3")
def test_the_week_draws_each_appointment_where_it_belongs(cast, sign_in, page, appointment):
    appointment("2026-11-24 09:00", minutes=45)
    appointment("2026-11-24 10:20", minutes=20)
    appointment("2026-11-26 07:30")
    appointment("2026-11-28 11:00", minutes=200)
    shown = page(sign_in(cast.bob).get("/agenda/semaine/2026-11-24"))
    assert 'class="at-0900 for-45"' in shown.html
    assert 'class="at-1015 for-15"' in shown.html
    assert 'class="at-1100 for-180"' in shown.html
    assert "week--6" in shown.html
    assert "Avant 8 h, après 19 hJeudi 26 novembre à 7 h 30" in shown.text.replace("h J", "hJ")
    assert "Les Tilleuls" in shown.text
    empty = page(sign_in(cast.bob).get("/agenda/semaine/2026-12-07"))
    assert "Aucun rendez-vous cette semaine." in empty.text
    assert "week--" not in empty.html


def test_the_agenda_leads_to_this_week(cast, sign_in):
    assert sign_in(cast.bob).get("/agenda").location == "/agenda/semaine/2026-11-23"


def test_dates_that_are_none_do_not_exist(cast, sign_in):
    bob = sign_in(cast.bob)
    for text in ("2026-02-30", "hier", "0001-01-01", "9999-12-31"):
        assert bob.get(f"/agenda/jour/{text}").status_code == 404
        assert bob.get(f"/agenda/semaine/{text}").status_code == 404


def test_who_keeps_no_agenda_has_no_such_page(cast, sign_in):
    for person in (cast.alice, cast.jeanne, cast.mallory):
        client = sign_in(person)
        assert client.get("/agenda/jour/2026-11-24").status_code == 404
        assert client.get("/agenda/semaine/2026-11-24").status_code == 404


def test_a_day_is_the_day_of_the_place(cast, at):
    with transaction():
        island = make.bubble("Antilles", admin=cast.alice, time_zone="America/Martinique")
        make.membership(cast.bob, island, is_caregiver=True)
        agenda = make.agenda(cast.bob, island)
        place = make.enrolment(cast.patient, island, followers=[cast.bob])
        kind = make.consultation_type(island, caregivers=[cast.bob])
        # half past eleven in the evening there, the next morning in Paris
        make.appointment(agenda, place, kind, at("2026-11-25 04:30"))
    assert len(list_day_for(cast.bob, date(2026, 11, 24))) == 1
    assert list_day_for(cast.bob, date(2026, 11, 25)) == []


def test_a_day_costs_one_query_whatever_it_holds(cast, appointment, count_queries):
    for day in (23, 24, 25):
        for hour in (9, 10, 11, 14, 15, 16):
            appointment(f"2026-11-{day} {hour:02}:00")
    user_id = cast.bob.id
    with count_queries() as count:
        assert len(list_day_for(cast.bob, date(2026, 11, 24))) == 6
    assert count.total == 1, count.statements
    assert user_id == cast.bob.id


def test_a_caregiver_sees_only_patients_whom_they_follow_still(cast, appointment):
    appointment("2026-11-24 09:00")
    from patient.operations.places import set_followers

    assert len(list_day_for(cast.bob, date(2026, 11, 24))) == 1
    set_followers(cast.alice, cast.enrolment, user_ids=[cast.chloe.id])
    assert list_day_for(cast.bob, date(2026, 11, 24)) == []
    assert list_day_for(cast.chloe, date(2026, 11, 24)) == []


def test_the_next_appointment_is_for_who_acts_for_the_patient(cast, appointment):
    appointment("2026-11-25 09:00")
    first = appointment("2026-11-24 09:00")
    assert next_appointment_of(cast.jeanne).id == first.id
    assert next_appointment_of(cast.mallory) is None
    assert next_appointment_of(cast.bob) is None
    assert next_appointments([cast.enrolment.id])[cast.enrolment.id].id == first.id
    assert next_appointments([]) == {}
