"""« Mon profil », as a caregiver fills it in: one page, one button."""

from __future__ import annotations

import io

import pytest

from caregiver import queries
from caregiver.forms.profile import split_name
from caregiver.operations.profile import Face, Line, update_profile
from caregiver.vocabulary import FeeSector, LineKind, PaymentMethod
from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from security.queries import get_user
from tests.caregiver.conftest import DOCUMENTS, add, send, stored_count
from tests.uploads.conftest import make_picture

PROFILE = "/parametres/profil"
NAMES = {"given_name": "Bob", "family_name": "Garnier"}


def save(browser, **values):
    return send(browser, PROFILE, {**NAMES, **values})


def fresh(user):
    db.session.expire_all()
    return get_user(user.id)


# ── Names ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M14", "M17", "M18", "M25")
def test_first_and_last_name_are_saved_by_the_button(cast, bob, page):
    shown = page(bob.get(PROFILE))
    assert "Mettre à jour mon profil" in shown.text
    assert (shown.inputs["given_name"], shown.inputs["family_name"]) == ("Bob", "Garnier")

    answer = save(
        bob, title="Dr", given_name="  Bob  ", family_name="Garnier   Roux", profession="Infirmier"
    )

    assert answer.status_code == 302
    assert "Votre profil est à jour" in page(bob.get(PROFILE)).text
    assert fresh(cast.bob).display_name == "Dr Bob Garnier Roux"
    assert queries.professions_of([cast.bob.id, cast.alice.id]) == {cast.bob.id: "Infirmier"}
    again = page(bob.get(PROFILE))
    assert (again.inputs["title"], again.inputs["family_name"]) == ("Dr", "Garnier Roux")


@pytest.mark.parametrize(
    ("display_name", "parts"),
    [
        ("Nadège Lemaître", ("", "Nadège", "Lemaître")),
        ("Dr Samuel Okafor", ("Dr", "Samuel", "Okafor")),
        ("Mme. Inès de La Tour", ("Mme.", "Inès", "de La Tour")),
        ("Madonna", ("", "Madonna", "")),
        ("Dr", ("", "Dr", "")),
        ("Drissa Keita", ("", "Drissa", "Keita")),
    ],
)
def test_an_older_name_is_taken_apart_once(display_name, parts):
    assert split_name(display_name) == parts


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"given_name": " ", "family_name": ""}, "Écrivez votre nom"),
        ({"given_name": "12"}, "Un nom contient au moins une lettre."),
        ({"family_name": "\x1bMaster"}, "Certains caractères ne peuvent pas être utilisés ici."),
        ({"title": "x" * 21}, "20 caractères au plus"),
        (
            {"title": "T" * 20, "given_name": "G" * 58, "family_name": "F" * 58},
            "trop longs ensemble",
        ),
        ({"phone": "12"}, "06 12 34 56 78 ou +32 470 12 34 56"),
        ({"career-0-period": "2009"}, "Dites en quelques mots"),
        ({"career-0-words": "a\x1bb"}, "Certains caractères"),
        ({"fees-0-words": "Suivi", "fees-0-price": "cher"}, "Écrivez un prix en euros"),
        ({"fees-0-words": "Suivi"}, "Écrivez un prix en euros"),
        ({"fees-0-price": "25"}, "Dites à quoi correspond ce tarif"),
        ({"acts": "x" * 61}, "60 caractères au plus"),
        ({"acts": "\n".join(map(str, range(31)))}, "30 au plus"),
        ({"languages": "a\x1bb"}, "Certains caractères"),
        ({"about": "x" * 1201}, "1 200 caractères au plus"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(cast, bob, page, values, words):
    answer = save(bob, profession="Sage-femme", **values)

    shown = page(answer)
    assert answer.status_code == 422
    assert shown.title.startswith("Erreur")
    assert words in shown.text
    assert shown.inputs["profession"] == "Sage-femme"
    assert fresh(cast.bob).display_name == "Bob Garnier"


@pytest.mark.parametrize("values", [{"sector": "sector_9"}, {"payment": "gold"}])
def test_what_the_page_does_not_offer_is_refused(cast, bob, values):
    assert save(bob, **values).status_code == 422


# ── What patients will see ────────────────────────────────────────────────────────────────────


def test_the_professional_part_is_kept_as_it_was_written(cast, bob, page):
    answer = save(
        bob,
        profession="Infirmier",
        about="Je viens à domicile.\r\nLe matin surtout.",
        acts="Pansements\n\n Prises  de sang \nPansements",
        languages="français, espagnol,, langue des signes",
        sector="sector_1",
        payment=["card", "vitale"],
        **{
            "career-0-period": "Depuis 2016",
            "career-0-words": "Infirmier à domicile",
            "career-1-words": "Hôpital",
            "diplomas-1-period": "2009",
            "diplomas-1-words": "Diplôme d’État",
            "fees-0-words": "Visite",
            "fees-0-price": "48,4 €",
            "fees-1-words": "Suivi",
            "fees-1-price": "70",
        },
    )
    assert answer.status_code == 302

    db.session.expire_all()
    face = queries.get_caregiver_of(cast.bob.id)
    assert face.presentation.about == "Je viens à domicile.\nLe matin surtout."
    assert face.presentation.acts == ["Pansements", "Prises de sang"]
    assert face.presentation.languages == ["français", "espagnol", "langue des signes"]
    assert face.presentation.payment == [PaymentMethod.CARD, PaymentMethod.VITALE]
    assert face.presentation.sector is FeeSector.SECTOR_1
    written = [(line.kind, line.period, line.words, line.cents) for line in face.lines]
    assert sorted(written) == [
        (LineKind.CAREER, "", "Hôpital", None),
        (LineKind.CAREER, "Depuis 2016", "Infirmier à domicile", None),
        (LineKind.DIPLOMA, "2009", "Diplôme d’État", None),
        (LineKind.FEE, "", "Suivi", 7000),
        (LineKind.FEE, "", "Visite", 4840),
    ]
    shown = page(bob.get(PROFILE))
    assert "Ce que les patients verront" in shown.text
    assert shown.inputs["fees-0-price"] == "48,40"
    assert shown.inputs["fees-3-words"] == ""  # two empty lines stay below
    assert "fees-4-words" not in shown.inputs


def test_everything_optional_may_be_taken_back(cast, bob):
    save(bob, about="Bonjour", acts="Soins", **{"career-0-words": "Hôpital"})
    save(bob, about="", acts="", **{"career-0-period": "", "career-0-words": ""})

    db.session.expire_all()
    face = queries.get_caregiver_of(cast.bob.id)
    assert (face.presentation.about, face.presentation.acts, face.lines) == ("", [], [])


@pytest.mark.both_databases
def test_a_list_is_rewritten_whole(cast):
    face = queries.get_own_caregiver(cast.bob)
    for words in (["a", "b", "c"], ["c", "a"]):
        lines = {LineKind.DIPLOMA: [Line(one) for one in words]}
        update_profile(cast.bob, face, face=Face("Bob", "Garnier", lines=lines))
    db.session.expire_all()
    assert [line.words for line in queries.get_own_caregiver(cast.bob).lines] == ["c", "a"]


def test_a_full_page_fits_what_the_server_takes(cast, bob):
    values = {
        f"{name}-{number}-{part}": "12" if part == "price" else "Mots"
        for name, parts in (
            ("career", ("period", "words")),
            ("diplomas", ("period", "words")),
            ("fees", ("words", "price")),
        )
        for number in range(8)
        for part in parts
    }
    photo = (io.BytesIO(make_picture()), "moi.jpg")
    crop = {"crop_left": "0", "crop_top": "0", "crop_side": "1"}
    answer = save(
        bob,
        photo=photo,
        **crop,
        **values,
        title="Dr",
        phone="",
        about="x",
        acts="x",
        languages="x",
        sector="sector_2",
        payment=[method.value for method in PaymentMethod],
    )
    assert answer.status_code == 302


# ── Telephone ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M19", "M24")
def test_formats_are_shown_before_any_error(bob, page):
    text = page(bob.get(PROFILE)).text
    assert "Votre numéro de téléphone (portable de préférence)" in text
    for example in ("0612345678", "06 12 34 56 78", "+33 6 67 37 30 01", "+32 470 12 34 56"):
        assert example in text
    assert "Les numéros hors de France sont également acceptés" in text


@pytest.mark.covers("M19", "M20", "M21", "M22", "M23")
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0612345678", "+33612345678"),
        ("06 12 34 56 78", "+33612345678"),
        ("+33 6 67 37 30 01", "+33667373001"),
        ("05 36 49 56 78", "+33536495678"),
        ("+32 470 12 34 56", "+32470123456"),
        ("+41 79 123 45 67", "+41791234567"),
        ("+44 7400 123456", "+447400123456"),
        ("+1 415 555 2671", "+14155552671"),
    ],
)
def test_numbers_of_all_formats_are_kept_from_the_profile(cast, bob, typed, kept):
    answer = save(bob, phone=typed)

    assert answer.status_code == 302
    user = fresh(cast.bob)
    assert user.phone == kept
    assert user.phone_proved_at is None


def test_a_proved_number_stays_until_the_new_one_is_proved(cast, bob, page, travel_to):
    with transaction():
        user = get_user(cast.bob.id)
        user.phone, user.phone_proved_at = "+33612345678", travel_to.now
    answer = save(bob, phone="06 98 76 54 32", profession="Infirmier de nuit")

    assert "/compte/telephone?suite=/parametres/profil" in answer.location
    assert fresh(cast.bob).phone == "+33612345678"
    assert queries.professions_of([cast.bob.id]) == {cast.bob.id: "Infirmier de nuit"}
    with bob.session_transaction() as session:
        assert session["phone_typed"] == "+33698765432"


def test_a_number_is_not_lost_by_emptying_its_box(cast, bob, page):
    save(bob, phone="0612345678")
    answer = save(bob, phone="")

    assert answer.status_code == 422
    assert "Écrivez votre numéro" in page(answer).text
    assert fresh(cast.bob).phone == "+33612345678"


# ── The rest of the page ──────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M27")
def test_the_address_is_read_only_with_the_way_to_change_it(cast, bob, page, app):
    shown = page(bob.get(PROFILE))
    assert cast.bob.email in shown.text
    assert "email" not in shown.inputs
    assert f"mailto:{app.config['ALVEOLE'].instance.contact_email}" in shown.links


@pytest.mark.covers("M26")
def test_leaving_with_changes_warns_and_nothing_is_saved_before_the_button(bob, page):
    shown = page(bob.get(PROFILE))
    assert "data-unsaved" in shown.html
    assert "afin que vos modifications soient bien prises en compte" in shown.text


def test_who_is_no_caregiver_has_no_profile_and_no_papers(app, cast, sign_in):
    for person in (cast.jeanne, cast.alice, cast.mallory):
        browser = sign_in(person)
        assert browser.get(PROFILE).status_code == 404
        assert save(browser).status_code == 404
        assert browser.get(DOCUMENTS).status_code == 404
        assert add(browser).status_code == 404
    assert stored_count(app) == (0, 0)


def test_nobody_writes_somebody_elses_profile(cast):
    face = queries.get_caregiver_of(cast.bob.id)
    for other in (cast.alice, cast.chloe, cast.jeanne):
        with pytest.raises(ForbiddenError):
            update_profile(other, face, face=Face("X", "Y"))


@pytest.mark.covers("M11", "M13", "M34")
def test_profile_papers_and_bubbles_are_reached_from_menu_and_overview(bob, page):
    overview = page(bob.get("/parametres"))
    for path in (PROFILE, DOCUMENTS, "/bulles"):
        assert overview.links.count(path) >= 2, path  # the menu and the card
        assert path in page(bob.get(path)).links


@pytest.mark.parametrize("number", ["²", "٣", "9" * 5000, "", "-1", "999"])
def test_a_line_numbered_by_anything_is_no_fault(bob, number):
    answer = send(bob, PROFILE, {**NAMES, f"career-{number}-words": "Saint-Jean"})
    assert answer.status_code in {302, 422}
