"""The general information: two people at once, the logo, two patients of one name."""

from __future__ import annotations

import io
from datetime import date

import pytest
from PIL import Image

from bubbles import queries
from bubbles.errors import EditedMeanwhileError, LooksLikePatientError
from bubbles.models import BubbleLogo
from bubbles.operations.information import update_bubble
from bubbles.operations.inviting import Offer, invite_on_paper
from bubbles.vocabulary import BubbleInformation, InvitedAs, Invitee
from core.database import db
from core.transaction import transaction
from tests import factories as make
from tests.bubbles.acts import invited, make_user, second_admin
from uploads.models import StoredFile


@pytest.fixture
def alice(cast, sign_in):
    return sign_in(cast.alice)


def at(cast, path: str = "") -> str:
    return f"/bulles/{cast.bubble.id}{path}"


def picture(colour: str = "teal") -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(made, "PNG")
    made.seek(0)
    return made


def add_logo(browser, cast, content=None, name="logo.png"):
    data = {"file": (content or picture(), name)}
    return browser.post(at(cast, "/logo/modifier"), data=data)


# ── Two administrators at once ────────────────────────────────────────────────────────────────


@pytest.mark.covers("M85")
def test_the_second_of_two_is_told_and_loses_nothing(cast, alice, sign_in, page):
    other = sign_in(second_admin(cast))
    shown = page(alice.get(at(cast, "/informations/modifier"))).inputs
    theirs = page(other.get(at(cast, "/informations/modifier"))).inputs
    base = {"time_zone": "Europe/Paris", "description": "Soins à domicile"}
    first = other.post(at(cast, "/informations/modifier"), data={**theirs, **base, "town": "Balma"})
    assert first.status_code == 302

    mine = {**shown, **base, "street": "3 rue Neuve"}
    answer = alice.post(at(cast, "/informations/modifier"), data=mine)

    told = page(answer)
    assert answer.status_code == 409
    assert "entre-temps" in told.text
    assert "Balma" in told.text
    assert told.inputs["street"] == "3 rue Neuve"
    assert queries.get_bubble_for(cast.alice, cast.bubble.id).town == "Balma"
    db.session.rollback()

    again = alice.post(
        at(cast, "/informations/modifier"), data={**mine, "version": told.inputs["version"]}
    )
    assert again.status_code == 302
    db.session.expire_all()
    assert queries.get_bubble_for(cast.alice, cast.bubble.id).street == "3 rue Neuve"


@pytest.mark.both_databases
def test_an_older_version_replaces_nothing(cast):
    information = BubbleInformation(name="Un", time_zone="Europe/Paris")
    update_bubble(cast.alice, cast.bubble, information=information, version=0)

    with pytest.raises(EditedMeanwhileError):
        update_bubble(
            cast.alice,
            cast.bubble,
            information=BubbleInformation(name="Deux", time_zone="Europe/Paris"),
            version=0,
        )
    db.session.expire_all()
    assert queries.get_bubble_for(cast.alice, cast.bubble.id).name == "Un"


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "²"])
def test_a_version_of_nonsense_is_not_a_fault(cast, alice, version):
    data = {"name": "Les Ormes", "time_zone": "Europe/Paris", "version": version}
    assert alice.post(at(cast, "/informations/modifier"), data=data).status_code in {302, 409}


def test_the_team_sentence_greets_who_is_invited(cast, alice, sign_in, page, outbox):
    form = page(alice.get(at(cast, "/informations/modifier"))).inputs
    form |= {"team_sentence": "Trois infirmières à domicile", "time_zone": "Europe/Paris"}
    alice.post(at(cast, "/informations/modifier"), data=form)
    invited(cast)

    mail = outbox.one("camille@example.org")
    assert "Trois infirmières" not in mail.text  # it may say an illness too
    invited_person = sign_in(make_user("camille"))
    shown = page(invited_person.get(mail.link("/invitations/")))
    assert "Trois infirmières à domicile" in shown.text


def test_the_bubble_chooses_whether_mails_name_it(cast, alice, page, outbox):
    form = page(alice.get(at(cast, "/informations/modifier"))).inputs
    form |= {"is_named_in_mails": "y", "time_zone": "Europe/Paris"}
    assert alice.post(at(cast, "/informations/modifier"), data=form).status_code == 302
    invited(cast)

    assert "l’équipe de soins «\u00a0Les Tilleuls\u00a0»" in outbox.one("camille@example.org").text


# ── Logo ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M85")
def test_the_logo_shows_to_the_team_its_patients_and_the_invited(
    cast, alice, sign_in, visitor, page, outbox
):
    assert add_logo(alice, cast).status_code == 302
    invited(cast)
    link = outbox.one("camille@example.org").link("/invitations/")

    for person in (cast.alice, cast.bob, cast.jeanne):
        answer = sign_in(person).get(at(cast, "/logo"))
        assert answer.status_code == 200
        assert answer.mimetype == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert sign_in(cast.mallory).get(at(cast, "/logo")).status_code == 404
    assert visitor.get(at(cast, "/logo")).status_code == 302
    assert visitor.get(f"{link}/logo").status_code == 404
    assert f"{link}/logo" not in visitor.get(link).get_data(as_text=True)
    camille = sign_in(make_user("camille"))
    assert camille.get(f"{link}/logo").mimetype == "image/jpeg"
    assert f"{link}/logo" in camille.get(link).get_data(as_text=True)
    assert visitor.get("/invitations/never/logo").status_code == 404
    assert at(cast, "/logo?v=") in alice.get("/bulles").get_data(as_text=True)


def test_a_logo_replaces_another_whoever_brought_it(cast, alice, sign_in):
    add_logo(alice, cast)
    assert add_logo(sign_in(second_admin(cast)), cast, picture("coral")).status_code == 302

    assert db.session.query(StoredFile).count() == 1
    assert db.session.query(BubbleLogo).count() == 1
    db.session.rollback()
    assert alice.post(at(cast, "/logo/retrait")).status_code == 302
    assert db.session.query(StoredFile).count() == 0
    assert alice.get(at(cast, "/logo")).status_code == 404


def test_what_is_no_picture_is_no_logo(cast, alice, sign_in, page):
    for content in (b"<svg onload=alert(1)>", b"%PDF-1.4", b""):
        answer = add_logo(alice, cast, io.BytesIO(content))
        assert answer.status_code == 422
        assert page(answer).title.startswith("Erreur")
    assert add_logo(sign_in(cast.bob), cast).status_code == 403
    assert sign_in(cast.bob).post(at(cast, "/logo/retrait")).status_code == 403
    assert sign_in(cast.mallory).post(at(cast, "/logo/retrait")).status_code == 404
    assert db.session.query(BubbleLogo).count() == 0


# ── The same patient twice ────────────────────────────────────────────────────────────────────

JEANNE = Invitee("jeanne", "ROQUÈS", date(1951, 3, 9))


def invite_jeanne(browser, cast, **values):
    form = {
        "invited_as": "patient",
        "email": "autre@example.org",
        "followers": [cast.bob.id],
        "given_name": "jeanne",
        "family_name": "ROQUÈS",
        "birth_date": "9/3/1951",
        "key": "k1",
        **values,
    }
    return browser.post(at(cast, "/invitations/nouvelle"), data=form)


@pytest.mark.covers("U45")
def test_a_patient_who_seems_to_be_there_is_asked_about_u45(cast, alice, page, outbox):
    answer = invite_jeanne(alice, cast)

    shown = page(answer)
    assert answer.status_code == 409
    assert "même nom et a la même date de naissance" in shown.text
    assert "inviter quand même" in shown.text
    assert shown.inputs["family_name"] == "ROQUÈS"
    assert outbox.mails("autre@example.org") == []

    assert invite_jeanne(alice, cast, despite_namesake="y").status_code == 302
    mail = outbox.one("autre@example.org")
    for word in ("Jeanne", "jeanne", "ROQUÈS", "1951"):
        assert word not in mail.text + mail.html + mail.subject


def test_on_paper_too_and_nowhere_else_u45(cast):
    offer = Offer(InvitedAs.PATIENT, JEANNE)
    with pytest.raises(LooksLikePatientError):
        invite_on_paper(cast.alice, cast.bubble, offer=offer)
    with transaction():
        other = make.bubble("Les Ormes", admin=cast.mallory)
    assert invite_on_paper(cast.mallory, other, offer=offer)
    assert invite_on_paper(cast.alice, cast.bubble, offer=Offer(InvitedAs.CAREGIVER, JEANNE))
    unborn = Offer(InvitedAs.PATIENT, Invitee("Jeanne", "Roques", date(1951, 3, 10)))
    assert invite_on_paper(cast.alice, cast.bubble, offer=unborn)


@pytest.mark.parametrize(
    "born",
    ["31/2/1951", "9//1951", "9/3/1", "x/3/1951", "9/3/2999", "9/3/1800", "9/3/26"],
)
def test_a_birth_date_that_is_none_is_asked_again(cast, alice, page, born):
    answer = invite_jeanne(alice, cast, birth_date=born)

    assert answer.status_code == 422
    assert "Erreur" in page(answer).text
    assert page(answer).inputs["birth_date"] == born


@pytest.mark.parametrize("born", ["09031951", "9 mars 1951", "1951-03-09", "٩/٣/١٩٥١", "9/3/51"])
def test_a_birth_date_is_read_as_everywhere_else(cast, alice, page, born):
    answer = invite_jeanne(alice, cast, birth_date=born)
    assert answer.status_code == 409
    assert "la même date de naissance" in page(answer).text


def test_a_new_bubble_whose_form_comes_twice_is_one(cast, sign_in):
    alice = sign_in(cast.alice)
    form = {"name": "Les Cèdres", "time_zone": "Europe/Paris", "also_caregiver": "y", "key": "k1"}

    first, again = (alice.post("/bulles/nouvelle", data=form) for _time in range(2))

    assert first.status_code == again.status_code == 302
    assert first.location == again.location
    assert [one.name for one in queries.list_bubbles_for(cast.alice)].count("Les Cèdres") == 1
