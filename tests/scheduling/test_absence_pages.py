"""Absences, blocked time and public holidays, on the pages of who is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.authorization import can
from core.database import db
from core.errors import ForbiddenError, NotFoundError
from core.transaction import transaction
from scheduling.agendas.errors import WrongAbsenceError
from scheduling.agendas.models import Absence
from scheduling.agendas.operations.absences import add_absence, remove_absence
from scheduling.agendas.policy import AgendaPermission
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.replanning.queries import count_hit
from tests import factories as make

FOLDER = "/parametres/agendas/absences"
ONE_DAY = {"kind": "absence", "agenda": "0", "first": "2026-12-24", "is_all_day": "y"}


@pytest.fixture
def bob(cast, sign_in):
    return sign_in(cast.bob)


def known():
    db.session.expire_all()
    return db.session.query(Absence).order_by(Absence.starts_at).all()


@pytest.mark.both_databases
@pytest.mark.covers("U15")
def test_a_whole_day_is_the_default_and_closes_every_agenda(cast, bob, page, at):
    assert "is_all_day" in bob.get(f"{FOLDER}/nouvelle").get_data(as_text=True)
    done = bob.post(f"{FOLDER}/nouvelle", data=ONE_DAY, follow_redirects=True)
    assert "C’est noté." in page(done).text
    assert "Jeudi 24 décembre 2026" in page(done).text
    (one,) = known()
    assert (one.starts_at, one.ends_at) == (at("2026-12-24 00:00"), at("2026-12-25 00:00"))
    assert (one.agenda_id, one.kind, one.series) == (None, AbsenceKind.ABSENCE, None)


def test_from_an_hour_of_one_day_until_an_hour_of_another(cast, bob, page, at):
    sent = {
        "kind": "blocked",
        "agenda": str(cast.agenda.id),
        "first": "2026-12-24",
        "last": "2026-12-26",
        "begin": "14:00",
        "end": "9 h 30",
        "reason": "Congrès",
    }
    done = page(bob.post(f"{FOLDER}/nouvelle", data=sent, follow_redirects=True)).text
    assert "Du jeudi 24 décembre à 14 h au samedi 26 décembre 2026 à 9 h 30" in done
    assert "Congrès" in done
    (one,) = known()
    assert (one.starts_at, one.ends_at) == (at("2026-12-24 14:00"), at("2026-12-26 09:30"))
    assert (one.agenda_id, one.kind) == (cast.agenda.id, AbsenceKind.BLOCKED)


def test_midnight_of_the_only_day_is_its_end(bob, at):
    sent = {
        "kind": "absence",
        "agenda": "0",
        "first": "2026-12-24",
        "begin": "18:00",
        "end": "0:00",
    }
    bob.post(f"{FOLDER}/nouvelle", data=sent)
    assert known()[0].ends_at == at("2026-12-25 00:00")


@pytest.mark.both_databases
def test_every_week_across_the_change_of_clocks_then_once_or_all_removed(bob, page, at):
    sent = {
        **ONE_DAY,
        "first": "2027-03-23",
        "is_all_day": "",
        "begin": "14:00",
        "end": "18:00",
        "is_weekly": "y",
        "until": "2027-04-06",
    }
    del sent["is_all_day"]
    done = page(bob.post(f"{FOLDER}/nouvelle", data=sent, follow_redirects=True)).text
    assert "Et encore 2 fois" in done
    found = known()
    assert [one.starts_at for one in found] == [
        at("2027-03-23 14:00"),
        at("2027-03-30 14:00"),
        at("2027-04-06 14:00"),
    ]
    assert len({one.series for one in found}) == 1
    asked = page(bob.get(f"{FOLDER}/{found[1].id}/suppression"))
    assert "Retirer les 3 fois" in asked.text
    bob.post(f"{FOLDER}/{found[1].id}/suppression")
    assert [one.id for one in known()] == [found[0].id, found[2].id]
    bob.post(f"{FOLDER}/{found[0].id}/suppression", data={"tout": "oui"})
    assert known() == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"first": ""}, "Écrivez le premier jour"),
        ({"last": "2026-12-23"}, "Le dernier jour vient avant le premier"),
        ({"is_all_day": None}, "ou cochez « Toute la journée »"),
        ({"is_all_day": None, "begin": "9:00", "end": "8:00"}, "La fin doit venir après le début"),
        ({"is_weekly": "y"}, "Écrivez le dernier jour de la répétition"),
        ({"is_weekly": "y", "until": "2026-12-25"}, "ne laisse aucune semaine"),
        ({"is_weekly": "y", "until": "2029-01-01"}, "Deux ans au plus"),
        (
            {"is_weekly": "y", "until": "2027-02-01", "last": "2027-01-10"},
            "Elle dure plus d’une semaine",
        ),
        ({"agenda": "999"}, "Une information à corriger"),
    ],
)
def test_what_cannot_be_is_refused_in_words(bob, page, wrong, words):
    sent = {name: value for name, value in {**ONE_DAY, **wrong}.items() if value is not None}
    answer = bob.post(f"{FOLDER}/nouvelle", data=sent)
    assert answer.status_code == 422
    assert words in page(answer).text
    assert known() == []


def test_one_form_sent_twice_is_one_absence(bob, page):
    key = page(bob.get(f"{FOLDER}/nouvelle")).inputs["cle"]
    for _time in range(2):
        bob.post(f"{FOLDER}/nouvelle", data={**ONE_DAY, "cle": key})
    assert len(known()) == 1


def test_a_stretch_of_the_agenda_comes_filled_in(bob, page):
    link = f"{FOLDER}/nouvelle?type=blocked&debut=2026-11-24T09:00:00%2B00:00&fin=2026-11-24T11:00"
    html = bob.get(link).get_data(as_text=True)
    shown = page(bob.get(link)).inputs
    assert (shown["first"], shown["begin"]) == ("24/11/2026", "10:00")  # an instant, read in Paris
    assert (shown["last"], shown["end"]) == ("24/11/2026", "11:00")  # a wall clock, as it is
    assert 'value="blocked" checked' in html
    assert 'name="is_all_day" value="y" checked' not in html
    assert bob.get(f"{FOLDER}/nouvelle?debut=0001-01-01&fin=hier&agenda=x").status_code == 200


@pytest.mark.both_databases
def test_an_absence_cancels_nobody_and_leads_to_what_it_hits(cast, bob, page, book, reload):
    hit = book("2026-11-24 10:00")
    other = book("2026-11-25 10:00")
    sent = {**ONE_DAY, "first": "2026-11-24"}
    answer = bob.post(f"{FOLDER}/nouvelle", data=sent)
    (one,) = known()
    assert answer.headers["Location"].endswith(f"/agenda/absences/{one.id}/replanifier")
    assert "1 rendez-vous tombe pendant ce temps" in page(bob.get(FOLDER)).text
    for appointment in (hit, other):
        assert reload(appointment).status is AppointmentStatus.BOOKED


def test_what_is_hit_is_counted_where_the_absence_counts(cast, at, book, hold):
    book("2026-11-24 10:00")
    hold("2026-11-24 11:00")  # nobody's business yet
    with transaction():
        other = make.bubble("Rives", admin=cast.mallory)
        make.membership(cast.bob, other, is_caregiver=True)
        elsewhere = make.agenda(cast.bob, other)
        day = (at("2026-11-24 00:00"), at("2026-11-25 00:00"))
        everywhere = make.absence(cast.bob, *day)
        there = make.absence(cast.bob, *day, agenda_id=elsewhere.id)
        theirs = make.absence(cast.chloe, *day)
        touching = make.absence(cast.bob, at("2026-11-24 10:30"), at("2026-11-24 11:00"))
    found = count_hit([one.id for one in (everywhere, there, theirs, touching)])
    assert found == {everywhere.id: 1}


# ── Public holidays ───────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_public_holidays_are_offered_and_closed_once(bob, page, at):
    shown = bob.get(f"{FOLDER}/jours-feries").get_data(as_text=True)
    assert shown.count('name="days"') == 11
    assert "Noël" in shown
    assert "vendredi 25 décembre 2026" in shown
    alsace = bob.get(f"{FOLDER}/jours-feries?lieu=alsace_moselle").get_data(as_text=True)
    assert alsace.count('name="days"') == 13
    assert "Lendemain de Noël" in alsace
    sent = {"lieu": "alsace_moselle", "days": ["2026-12-25", "2026-12-26"]}
    for _time in range(2):
        bob.post(f"{FOLDER}/jours-feries", data=sent)
    assert [(one.starts_at, one.reason) for one in known()] == [
        (at("2026-12-25 00:00"), "Noël"),
        (at("2026-12-26 00:00"), "Lendemain de Noël"),
    ]
    assert {one.kind for one in known()} == {AbsenceKind.PUBLIC_HOLIDAY}
    again = page(bob.get(f"{FOLDER}/jours-feries")).text
    assert "1 jour est déjà parmi vos absences" in again


@pytest.mark.parametrize("sent", [{}, {"days": "2026-12-24"}, {"days": "hier"}])
def test_only_public_holidays_are_taken_for_such(bob, sent):
    assert bob.post(f"{FOLDER}/jours-feries", data=sent).status_code == 422
    assert known() == []


# ── Whose it is ───────────────────────────────────────────────────────────────────────────────


def test_nobody_sees_or_removes_the_absence_of_somebody_else(cast, at, sign_in):
    with transaction():
        one = make.absence(cast.bob, at("2026-12-24 00:00"), at("2026-12-25 00:00"))
    for person in (cast.alice, cast.chloe, cast.jeanne, cast.mallory):
        client = sign_in(person)
        for method in ("get", "post"):
            assert getattr(client, method)(f"{FOLDER}/{one.id}/suppression").status_code == 404
        with pytest.raises(ForbiddenError):
            remove_absence(person, one)
        with pytest.raises(ForbiddenError):
            stretch = [(one.starts_at, one.ends_at)]
            add_absence(person, cast.bob, kind=AbsenceKind.ABSENCE, stretches=stretch)
    assert len(known()) == 1
    for person in (cast.alice, cast.jeanne, cast.mallory):
        assert sign_in(person).get(FOLDER).status_code == 404
        assert not can(person, AgendaPermission.ADD_ABSENCE, person)


def test_operations_refuse_what_forms_would(cast):
    start = datetime(2026, 12, 24, 9, tzinfo=UTC)
    hour = timedelta(hours=1)
    with transaction():
        closed = make.agenda(cast.bob, make.bubble("Rives", admin=cast.mallory))
        closed.closed_at = start
        theirs = make.agenda(cast.mallory, cast.bubble)
    for stretches in ([], [(start, start)], [(start, start + hour)] * 105):
        with pytest.raises(WrongAbsenceError):
            add_absence(cast.bob, cast.bob, kind=AbsenceKind.ABSENCE, stretches=stretches)
    for agenda in (closed, theirs):
        with pytest.raises(NotFoundError):
            add_absence(
                cast.bob,
                cast.bob,
                kind=AbsenceKind.ABSENCE,
                stretches=[(start, start + hour)],
                agenda=agenda,
            )


def test_the_list_costs_the_same_with_many_absences(cast, at, bob, page, count_queries):
    def statements():
        with count_queries() as count:
            bob.get(FOLDER)
        return sum("absences" in one or "agendas" in one for one in count.statements)

    with transaction():
        make.absence(cast.bob, at("2026-12-24 00:00"), at("2026-12-25 00:00"))
    bob.get(FOLDER)
    few = statements()
    with transaction():
        for number in range(20):
            start = at("2027-01-04 00:00") + timedelta(days=number)
            make.absence(cast.bob, start, start + timedelta(days=1), agenda_id=cast.agenda.id)
    assert statements() == few > 0
