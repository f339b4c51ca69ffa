"""The first steps: in their order, with progress that is kept, on screen and on paper."""

from __future__ import annotations

import re

import pytest

from caregiver.models import Caregiver
from core.authorization import RULES
from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from home.models import FirstStep
from home.operations import answer_step
from home.queries.first_steps import list_guides_of
from home.queries.standing import get_standing
from home.vocabulary import GUIDES, Guide, Step, StepAnswer
from tests import factories as make

CAREGIVER_STEPS = [step.value for step in GUIDES[Guide.CAREGIVER]]
ADMIN_STEPS = [step.value for step in GUIDES[Guide.ADMIN]]
TITLES = [
    "Renseigner votre profil",
    "Régler vos agendas",
    "Ajouter vos documents administratifs",
    "Protéger votre compte",
    "Découvrir vos bulles",
]


def states(user) -> dict[str, str]:
    [guide] = list_guides_of(user, get_standing(user.id))
    return {one.step.value: one.state.value for one in guide.steps}


def answer(browser, step: str, how: str = "read"):
    return browser.post(f"/premiers-pas/{step}", data={"answer": how})


def finish(browser) -> None:
    for step in CAREGIVER_STEPS:
        answer(browser, step)


# ── Order and progress ────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M6")
def test_the_five_steps_come_in_their_order(cast, sign_in, page):
    shown = page(sign_in(cast.chloe).get("/premiers-pas"))
    places = [shown.text.index(title) for title in TITLES]
    assert places == sorted(places)
    steps = [link for link in shown.links if re.fullmatch(r"/premiers-pas/[a-z]+", link)]
    assert [link.rpartition("/")[2] for link in steps if "imprimer" not in link][:5] == (
        CAREGIVER_STEPS
    )


@pytest.mark.covers("M6")
@pytest.mark.both_databases
def test_what_was_done_elsewhere_counts_by_itself(cast):
    assert states(cast.bob) == {
        "profil": "done",
        "agendas": "done",
        "documents": "now",
        "securite": "coming",
        "bulles": "coming",
    }
    with transaction():
        db.session.query(Caregiver).filter_by(user_id=cast.bob.id).update({"profession": ""})
    assert states(cast.bob)["profil"] == "now"
    assert states(cast.chloe)["agendas"] == "now", "no hours yet"


@pytest.mark.covers("M6")
def test_reading_a_step_leads_to_the_next_and_is_kept(cast, sign_in, page):
    browser = sign_in(cast.bob)
    answered = answer(browser, "documents")
    assert (answered.status_code, answered.location) == (302, "/premiers-pas/securite")
    assert "3 étapes sur 5" in page(browser.get("/premiers-pas")).text
    later = sign_in(cast.bob)  # another day, another browser
    assert "3 étapes sur 5" in page(later.get("/premiers-pas")).text


@pytest.mark.covers("M6")
def test_a_step_is_passed_over_and_taken_up_again(cast, sign_in, page):
    browser = sign_in(cast.bob)
    answer(browser, "documents", "skipped")
    shown = page(browser.get("/premiers-pas"))
    assert "Passée" in shown.text
    assert "Reprendre : Ajouter vos documents administratifs" in shown.text
    assert states(cast.bob)["documents"] == "skipped"
    answer(browser, "documents")
    assert states(cast.bob)["documents"] == "done"
    answer(browser, "documents", "skipped")
    assert states(cast.bob)["documents"] == "done", "what was read once stays read"


@pytest.mark.covers("M6")
@pytest.mark.parametrize("how", ["read", "skipped"])
@pytest.mark.parametrize(
    ("who", "home"),
    [
        ("bob", "/premiers-pas"),
        ("chloe", "/premiers-pas"),
        ("alice", "/premiers-pas/administration"),
    ],
)
def test_the_steps_said_to_be_left_are_the_screens_that_come(cast, sign_in, page, who, home, how):
    """What was done elsewhere is neither counted nor shown again."""
    browser = sign_in(getattr(cast, who))
    start = page(browser.get(home))
    [promised] = map(int, re.findall(r"(\d) étapes?, et tout est prêt", start.text))
    [guide] = list_guides_of(getattr(cast, who), get_standing(getattr(cast, who).id))
    place = f"/premiers-pas/{guide.now.step}"
    said: list[int] = []
    while place != home:
        shown = page(browser.get(place)).text
        said += map(int, re.findall(r"Encore (\d) étape", shown))
        assert not re.search(r"Étape \d sur \d", shown)
        place = answer(browser, place.rpartition("/")[2], how).location
    assert 0 < promised < 6
    assert said == list(range(promised, 0, -1))


@pytest.mark.both_databases
def test_answering_twice_keeps_one_line(cast, sign_in):
    browser = sign_in(cast.bob)
    for _ in range(2):
        answer(browser, "bulles")
    assert db.session.query(FirstStep).count() == 1


@pytest.mark.parametrize("said", ["", "done", "READ"])
def test_an_answer_that_no_button_gives_is_refused(cast, sign_in, said):
    assert answer(sign_in(cast.bob), "bulles", said).status_code == 400
    assert db.session.query(FirstStep).count() == 0


def test_a_page_that_is_looked_at_changes_nothing(cast, sign_in):
    browser = sign_in(cast.bob)
    for step in CAREGIVER_STEPS:
        assert browser.get(f"/premiers-pas/{step}").status_code == 200
    assert db.session.query(FirstStep).count() == 0


def test_nobody_answers_for_somebody_else(cast):
    with pytest.raises(ForbiddenError):
        answer_step(cast.alice, cast.bob, step=Step.BUBBLES, answer=StepAnswer.READ)
    assert db.session.query(FirstStep).count() == 0
    assert any(str(one) == "first_step:answer" for one in RULES)


# ── Welcome and closing ───────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M1", "M7")
def test_a_caregiver_who_signs_in_lands_in_their_space_and_is_welcomed(cast, sign_in, page):
    browser = sign_in(cast.bob)
    landing = browser.get("/accueil")
    assert (landing.status_code, landing.location) == (302, "/aujourdhui")
    shown = page(browser.get("/aujourdhui"))
    assert "Bienvenue sur Alvéole, Bob" in shown.text
    assert "espace accompagnant" in shown.text.lower()
    assert "/premiers-pas" in shown.links


@pytest.mark.covers("M7")
def test_the_welcome_is_put_away_once_and_for_all(cast, sign_in, page):
    browser = sign_in(cast.bob)
    answered = browser.post("/premiers-pas/bienvenue")
    assert (answered.status_code, answered.location) == (302, "/aujourdhui")
    for later in (browser, sign_in(cast.bob)):
        shown = page(later.get("/aujourdhui"))
        assert "Bienvenue" not in shown.text
        assert "Vos premiers pas : 2 sur 5" in shown.text, "what is left of them stays in sight"


@pytest.mark.covers("M1", "M7")
def test_a_patient_is_not_welcomed_as_a_caregiver(cast, sign_in, page):
    browser = sign_in(cast.jeanne)
    assert "Bienvenue sur" not in page(browser.get("/accueil")).text
    assert browser.get("/premiers-pas").location == "/accueil"
    assert browser.get("/aujourdhui").location == "/accueil"
    for address in ("/premiers-pas/profil", "/premiers-pas/imprimer"):
        assert browser.get(address).status_code == 404
    assert browser.post("/premiers-pas/bienvenue").status_code == 404


@pytest.mark.covers("M8")
def test_the_guide_closes_with_a_word_and_leaves_the_day_page(cast, sign_in, page):
    browser = sign_in(cast.bob)
    browser.post("/premiers-pas/bienvenue")
    for step in CAREGIVER_STEPS[:-1]:
        answer(browser, step)
    last = answer(browser, CAREGIVER_STEPS[-1])
    assert last.location == "/premiers-pas"
    shown = page(browser.get("/premiers-pas"))
    assert "Vous avez pris vos marques, Bob" in shown.text
    assert "Vous savez maintenant où se règle chaque partie de votre espace" in shown.text
    for address in ("/aujourdhui", "/parametres"):
        assert "Vos premiers pas :" not in page(browser.get(address)).text
    assert "/premiers-pas" in page(browser.get("/parametres")).links, "the guide can be read again"


def test_a_guide_with_steps_passed_over_says_so_at_the_end(cast, sign_in, page):
    browser = sign_in(cast.chloe)
    for step in CAREGIVER_STEPS:
        answer(browser, step, "skipped")
    assert "Ce que vous avez passé vous attend" in page(browser.get("/premiers-pas")).text


# ── Numbered marks, and the buttons as they are ───────────────────────────────────────────────


def marks(html: str) -> tuple[list[str], list[str], list[str]]:
    """Return the numbers of the drawing, those of the sentences, and the buttons named there."""
    drawing, _, rest = html.partition('<ol class="pins"')
    sentences = rest.partition("</ol>")[0]
    pins = r'class="pin">(\d)<'
    keys = re.findall(r'<b class="press">([^<]+)</b>', rest)
    return re.findall(pins, drawing), re.findall(pins, sentences), keys


@pytest.mark.covers("M9")
@pytest.mark.parametrize("step", CAREGIVER_STEPS + ADMIN_STEPS)
def test_a_step_numbers_the_places_to_press_in_their_order(cast, sign_in, step):
    who = cast.alice if step in ADMIN_STEPS else cast.bob
    html = sign_in(who).get(f"/premiers-pas/{step}").get_data(as_text=True)
    on_drawing, in_words, keys = marks(html)
    assert in_words == [str(number) for number in range(1, len(in_words) + 1)]
    assert len(in_words) >= 3
    assert sorted(on_drawing) == in_words
    assert keys
    [described_by] = re.findall(r'role="img" aria-label="[^"]+" aria-describedby="([^"]+)"', html)
    assert f'id="{described_by}"' in html
    assert "Et ensuite" in html


PLACES = {
    "profil": ["/parametres/profil"],
    "agendas": ["/parametres/agendas", "/parametres/agendas/{agenda}/horaires"],
    "documents": ["/parametres/documents"],
    "securite": ["/parametres/securite", "/parametres/securite/codes-de-secours"],
    "bulles": ["/bulles", "/bulles/{bubble}"],
    "presenter-la-bulle": [
        "/bulles/{bubble}/informations",
        "/bulles/{bubble}/informations/modifier",
    ],
    "inviter-l-equipe": ["/bulles/{bubble}", "/bulles/{bubble}/invitations/nouvelle"],
    "types-de-consultations": [
        "/bulles/{bubble}",
        "/bulles/{bubble}/consultations",
        "/bulles/{bubble}/consultations/nouvelle",
    ],
    "inviter-les-patients": ["/bulles/{bubble}", "/bulles/{bubble}/invitations/nouvelle"],
}


@pytest.mark.covers("M9")
@pytest.mark.parametrize("step", PLACES)
def test_every_button_named_by_the_guide_is_on_the_page_it_speaks_of(cast, sign_in, page, step):
    who = cast.alice if step in ADMIN_STEPS else cast.chloe
    browser = sign_in(who)
    with transaction():
        own = make.agenda(cast.chloe, make.bubble("Autre"))
        make.membership(cast.chloe, own.bubble, is_caregiver=True)
    places = [address.format(bubble=cast.bubble.id, agenda=own.id) for address in PLACES[step]]
    seen = ""
    for address in places:
        answered = browser.get(address, follow_redirects=True)
        assert answered.status_code == 200, address
        seen += page(answered).text
    keys = marks(browser.get(f"/premiers-pas/{step}").get_data(as_text=True))[2]
    assert [key for key in keys if key.replace("\u00a0", " ") not in seen] == []


LEADS_TO = {
    "inviter-l-equipe": "/bulles/{bubble}/invitations/nouvelle",
    "types-de-consultations": "/bulles/{bubble}/consultations",
    "inviter-les-patients": "/bulles/{bubble}/invitations/nouvelle",
}


@pytest.mark.parametrize("step", PLACES)
def test_a_step_leads_to_its_page(cast, sign_in, page, step):
    who = cast.alice if step in ADMIN_STEPS else cast.bob
    browser = sign_in(who)
    links = page(browser.get(f"/premiers-pas/{step}")).links
    target = LEADS_TO.get(step, PLACES[step][0]).format(bubble=cast.bubble.id)
    assert target in links
    assert browser.get(target).status_code == 200


# ── On paper, and for administrators ──────────────────────────────────────────────────────────


@pytest.mark.covers("M6", "M9")
def test_the_whole_guide_is_printed_without_the_navigation(cast, sign_in, page):
    shown = page(sign_in(cast.bob).get("/premiers-pas/imprimer"))
    assert 'aria-label="Navigation principale"' not in shown.html
    for title in TITLES:
        assert title.lower() in shown.text.lower()
    assert shown.html.count('class="shot"') == len(CAREGIVER_STEPS)
    ids = re.findall(r' id="([^"]+)"', shown.html)
    assert len(ids) == len(set(ids))


def test_an_administrator_who_cares_for_nobody_has_a_shorter_guide(cast, sign_in, page):
    browser = sign_in(cast.alice)
    assert browser.get("/premiers-pas").location == "/premiers-pas/administration"
    shown = page(browser.get("/premiers-pas/administration"))
    assert "Présenter votre bulle" in shown.text
    assert "Renseigner votre profil" not in shown.text
    assert browser.get("/premiers-pas/profil").status_code == 404
    assert browser.get("/premiers-pas/administration/imprimer").status_code == 200
    assert page(browser.get("/aujourdhui")).text.count("Bienvenue sur Alvéole, Alice") == 1


def test_a_caregiver_who_administers_has_both_guides_one_after_the_other(cast, sign_in, page):
    with transaction():
        make.bubble("Rives du Touch", admin=cast.bob)
    browser = sign_in(cast.bob)
    assert "/premiers-pas/administration" in page(browser.get("/premiers-pas")).links
    finish(browser)
    browser.post("/premiers-pas/bienvenue")
    assert "/premiers-pas/administration" in page(browser.get("/aujourdhui")).links


@pytest.mark.parametrize("address", ["/premiers-pas/rien", "/premiers-pas/bienvenue"])
def test_a_step_that_does_not_exist_is_not_found(cast, sign_in, address):
    assert sign_in(cast.bob).get(address).status_code == 404


def test_the_guide_costs_the_same_whatever_is_done(cast, sign_in, count_queries):
    browser = sign_in(cast.bob)
    browser.get("/premiers-pas")
    with count_queries() as before:
        browser.get("/premiers-pas")
    finish(browser)
    browser.get("/premiers-pas")
    with count_queries() as after:
        browser.get("/premiers-pas")
    assert before.total == after.total <= 20
