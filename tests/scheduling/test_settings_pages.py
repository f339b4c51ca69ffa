"""Consultation types, weekly hours and calendar links, on the pages where they are decided."""

from __future__ import annotations

import pytest

from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from scheduling.agendas.errors import NoCaregiverError, WrongHoursError
from scheduling.agendas.models import Agenda
from scheduling.agendas.operations.hours import set_weekly_hours
from scheduling.agendas.operations.types import TypeFacts, define_type, edit_type, remove_type
from scheduling.agendas.queries.hours import list_weekly_hours
from scheduling.agendas.queries.settings import find_agenda, list_types_of
from scheduling.agendas.vocabulary import ConsultationMode
from scheduling.calendars.models import FeedLink
from scheduling.calendars.operations import create_link, revoke_link
from scheduling.calendars.vocabulary import DetailLevel
from scheduling.time.openings import WeeklyRange
from tests import factories as make


def facts(cast, **others) -> TypeFacts:
    values = {
        "name": "Première rencontre",
        "duration_minutes": 45,
        "mode": ConsultationMode.ON_SITE,
        "price_cents": None,
        "is_bookable": True,
        "minimum_notice_minutes": 60,
        "horizon_days": 90,
        "caregiver_ids": [cast.bob.id],
    }
    return TypeFacts(**{**values, **others})


def type_form(cast, **others):
    values = {
        "name": "Première rencontre",
        "duration": "45",
        "mode": "on_site",
        "price": "38,50",
        "caregivers": [cast.bob.id],
        "is_bookable": "y",
        "is_for_new": "y",
        "is_for_known": "y",
        "notice": "120",
        "horizon": "60",
        "cancellation": "0",
    }
    return {**values, **others}


# ── Consultation types ────────────────────────────────────────────────────────────────────────


def test_an_administrator_defines_edits_and_removes_a_type(cast, sign_in, page):
    alice = sign_in(cast.alice)
    folder = f"/bulles/{cast.bubble.id}/consultations"
    assert "Suivi" in page(alice.get(folder)).text
    made = alice.post(f"{folder}/nouvelle", data=type_form(cast), follow_redirects=True)
    assert "Première rencontre" in page(made).text
    assert "38,50 €" in page(made).text
    new = next(one for one in list_types_of(cast.bubble.id) if one.name == "Première rencontre")
    assert (new.duration_minutes, new.price_cents, new.horizon_days) == (45, 3850, 60)
    assert page(alice.get(f"{folder}/{new.id}")).inputs["price"] == "38,50"
    changed = type_form(cast, duration="60", caregivers=[cast.bob.id, cast.chloe.id])
    alice.post(f"{folder}/{new.id}", data=changed)
    db.session.expire_all()
    assert new.duration_minutes == 60
    assert {user.id for user in new.caregivers} == {cast.bob.id, cast.chloe.id}
    assert (
        "Retirer « Première rencontre » ?" in page(alice.get(f"{folder}/{new.id}/suppression")).text
    )
    alice.post(f"{folder}/{new.id}/suppression")
    assert [one.name for one in list_types_of(cast.bubble.id)] == ["Suivi"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Donnez-lui un nom"),
        ({"duration": "4"}, "de 5 à 480 minutes"),
        ({"duration": "une heure"}, "Écrivez une durée"),
        ({"price": "beaucoup"}, "Écrivez un prix en euros"),
        ({"caregivers": []}, "Choisissez au moins un accompagnant"),
    ],
)
def test_a_wrong_type_keeps_what_was_typed(cast, sign_in, page, wrong, words):
    alice = sign_in(cast.alice)
    answer = alice.post(
        f"/bulles/{cast.bubble.id}/consultations/nouvelle", data=type_form(cast, **wrong)
    )
    assert answer.status_code == 422
    shown = page(answer)
    assert words in shown.text
    assert shown.inputs["price"] == wrong.get("price", "38,50")
    assert shown.title.startswith("Erreur :")


@pytest.mark.covers("M32", "M33")
def test_caregivers_read_the_types_and_learn_whom_to_ask(cast, sign_in, page):
    bob = sign_in(cast.bob)
    folder = f"/bulles/{cast.bubble.id}/consultations"
    read = page(bob.get(folder))
    assert "Suivi" in read.text
    assert "alice@example.org" in read.text
    links = [link for link in read.links if "consultations/" in link]
    assert links == [f"{folder}/{cast.type.id}/apercu"]
    seen = page(bob.get(links[0]))
    assert "30 min" in seen.text
    assert "alice@example.org" in seen.text
    assert not any("consultations/" in link and "apercu" not in link for link in seen.links)
    for method, path in [
        ("get", f"{folder}/nouvelle"),
        ("post", f"{folder}/nouvelle"),
        ("get", f"{folder}/{cast.type.id}"),
        ("post", f"{folder}/{cast.type.id}"),
        ("get", f"{folder}/{cast.type.id}/suppression"),
        ("post", f"{folder}/{cast.type.id}/suppression"),
        ("post", f"{folder}/{cast.type.id}/copie"),
        ("get", f"{folder}/{cast.type.id}/questions"),
        ("post", f"{folder}/{cast.type.id}/questions/nouvelle"),
    ]:
        assert getattr(bob, method)(path).status_code == 403
    for person in (cast.jeanne, cast.mallory):
        assert sign_in(person).get(folder).status_code == 404


def test_a_type_of_another_bubble_does_not_exist_here(cast, sign_in):
    with transaction():
        other = make.bubble("Rives", admin=cast.mallory)
    mallory = sign_in(cast.mallory)
    for bubble_id in (cast.bubble.id, other.id):
        path = f"/bulles/{bubble_id}/consultations/{cast.type.id}"
        assert mallory.get(path).status_code == 404


def test_only_caregivers_of_the_bubble_offer_its_types(cast):
    with pytest.raises(NoCaregiverError):
        define_type(cast.alice, cast.bubble, facts=facts(cast, caregiver_ids=[cast.mallory.id]))


@pytest.mark.covers("M33")
def test_types_are_the_administrators_affair(cast):
    for person in (cast.bob, cast.jeanne, cast.mallory):
        with pytest.raises(ForbiddenError):
            define_type(person, cast.bubble, facts=facts(cast))
        with pytest.raises(ForbiddenError):
            edit_type(person, cast.type, facts=facts(cast))
        with pytest.raises(ForbiddenError):
            remove_type(person, cast.type)


# ── Weekly hours ──────────────────────────────────────────────────────────────────────────────


def test_a_caregiver_sets_the_whole_week_in_one_form(cast, sign_in, page):
    bob = sign_in(cast.bob)
    path = f"/parametres/agendas/{cast.agenda.id}/horaires"
    shown = page(bob.get(path))
    assert shown.inputs["j0_0_de"] == "09:00"
    assert shown.inputs["j4_1_a"] == "18:00"
    assert shown.inputs["j5_0_de"] == ""
    typed = {"j0_0_de": "8h30", "j0_0_a": "12 h", "j0_1_de": "14:00", "j0_1_a": "17:15"}
    saved = bob.post(path, data=typed, follow_redirects=True)
    assert "Lundi8:30 – 12:00, 14:00 – 17:15" in page(saved).text
    assert len(list_weekly_hours(cast.agenda.id)) == 2


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"j1_0_de": "12:00", "j1_0_a": "9:00"}, "Mardi : la fin (09:00) doit venir après"),
        ({"j1_0_de": "9:00", "j1_0_a": "9:00"}, "Mardi : la fin (09:00) doit venir après"),
        (
            {"j2_0_de": "9:00", "j2_0_a": "12:00", "j2_1_de": "11:00", "j2_1_a": "14:00"},
            "Mercredi : cette plage en chevauche une autre",
        ),
        ({"j3_0_de": "9:00"}, "Jeudi : écrivez une heure"),
        ({"j3_0_de": "neuf", "j3_0_a": "12:00"}, "Jeudi : écrivez une heure"),
        ({"j3_0_de": "25:00", "j3_0_a": "26:00"}, "Jeudi : écrivez une heure"),
    ],
)
def test_wrong_hours_are_refused_in_words_and_kept(cast, sign_in, page, typed, words):
    bob = sign_in(cast.bob)
    answer = bob.post(f"/parametres/agendas/{cast.agenda.id}/horaires", data=typed)
    assert answer.status_code == 422
    assert words in page(answer).text
    for name, value in typed.items():
        assert page(answer).inputs[name] == value
    assert len(list_weekly_hours(cast.agenda.id)) == 10  # nothing was touched


def test_ranges_that_touch_do_not_overlap(cast, sign_in):
    typed = {"j1_0_de": "9:00", "j1_0_a": "12:00", "j1_1_de": "12:00", "j1_1_a": "14:00"}
    path = f"/parametres/agendas/{cast.agenda.id}/horaires"
    assert sign_in(cast.bob).post(path, data=typed).status_code == 302


def test_the_operation_refuses_what_the_form_would(cast):
    with pytest.raises(WrongHoursError):
        set_weekly_hours(cast.bob, cast.agenda, hours=[WeeklyRange(0, 600, 540)])
    overlapping = [WeeklyRange(0, 540, 720), WeeklyRange(0, 700, 800)]
    with pytest.raises(WrongHoursError):
        set_weekly_hours(cast.bob, cast.agenda, hours=overlapping)


def test_an_agenda_belongs_to_its_caregiver_alone(cast, sign_in):
    link = create_link(cast.bob, cast.agenda, name="x", detail_level=DetailLevel.DISCREET)
    for person in (cast.alice, cast.chloe, cast.jeanne, cast.mallory):
        with pytest.raises(ForbiddenError):
            set_weekly_hours(person, cast.agenda, hours=[])
        with pytest.raises(ForbiddenError):
            create_link(person, cast.agenda, name="x", detail_level=DetailLevel.DISCREET)
        with pytest.raises(ForbiddenError):
            revoke_link(person, link)
        client = sign_in(person)
        for path in ("horaires", "liens/nouveau"):
            answer = client.get(f"/parametres/agendas/{cast.agenda.id}/{path}")
            assert answer.status_code == 404
        assert client.get(f"/parametres/agendas/liens/{link.id}/revocation").status_code == 404


# ── Calendar links, the page of agendas ───────────────────────────────────────────────────────


@pytest.mark.covers("M31")
def test_a_link_is_shown_once_then_listed_then_revoked(cast, sign_in, page, visitor):
    bob = sign_in(cast.bob)
    create = f"/parametres/agendas/{cast.agenda.id}/liens/nouveau"
    empty = bob.post(create, data={"name": "", "level": "discreet"})
    assert empty.status_code == 422
    made = page(bob.post(create, data={"name": "Mon téléphone", "level": "initials"}))
    link = db.session.query(FeedLink).one()
    assert f"/agenda/{link.token}.ics" in made.text
    assert any(one.startswith("webcal://") for one in made.links)
    assert link.detail_level is DetailLevel.INITIALS
    listed = page(bob.get("/parametres/agendas"))
    assert "Mon téléphone" in listed.text
    assert "Titres : initiales" in listed.text
    assert "Jamais encore" in listed.text
    assert link.token not in listed.html
    visitor.get(f"/agenda/{link.token}.ics", headers={"User-Agent": "Mozilla Thunderbird/140.0"})
    read = page(bob.get("/parametres/agendas")).text
    assert "Aujourd’hui, 8 h" in read
    assert "Thunderbird" in read
    asked = bob.get(f"/parametres/agendas/liens/{link.id}/revocation")
    assert "Révoquer le lien « Mon téléphone » ?" in page(asked).text
    bob.post(f"/parametres/agendas/liens/{link.id}/revocation")
    assert "Mon téléphone" not in page(bob.get("/parametres/agendas")).text.split("Créer")[1]
    assert visitor.get(f"/agenda/{link.token}.ics").status_code == 410


@pytest.mark.covers("M28", "M29", "M32", "M33")
def test_the_page_of_agendas_groups_types_by_bubble_and_names_administrators(
    cast, sign_in, page, count_queries
):
    with transaction():
        rives = make.bubble("Rives du Touch", admin=cast.mallory)
        make.membership(cast.bob, rives, is_caregiver=True)
        make.agenda(cast.bob, rives)
        make.consultation_type(rives, "Groupe de parole", caregivers=[cast.bob], minutes=90)
    shown = page(sign_in(cast.bob).get("/parametres/agendas"))
    tilleuls, rives_text = shown.text.split("Rives du Touch", 1)
    assert "Administrée par Alice Martin" in tilleuls
    assert "Suivi" in tilleuls
    assert "Administrée par Mallory Voisin" in rives_text
    assert "Groupe de parole" in rives_text
    assert "1 h 30" in rives_text
    assert "Pas encore d’horaires" in rives_text
    for person in (cast.alice, cast.jeanne):
        assert sign_in(person).get("/parametres/agendas").status_code == 404


def test_a_new_caregiver_has_an_agenda_and_who_comes_back_finds_it_open(cast):
    from bubbles.operations.information import create_bubble
    from bubbles.operations.members import remove_member
    from bubbles.queries import get_membership
    from bubbles.vocabulary import BubbleInformation
    from core.authorization import INSTANCE

    information = BubbleInformation(name="Nouvelle", time_zone="Europe/Paris")
    bubble = create_bubble(cast.alice, INSTANCE, information=information, also_caregiver=True)
    assert find_agenda(cast.alice.id, bubble.id) is not None
    remove_member(cast.alice, get_membership(cast.bob.id, cast.bubble.id))
    db.session.expire_all()
    assert db.session.get(Agenda, cast.agenda.id).closed_at is not None
    assert list_types_of(cast.bubble.id)[0].caregivers == []
