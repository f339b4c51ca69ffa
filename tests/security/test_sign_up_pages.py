"""Creating an account: nothing exists until the address is proved."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest

from core.authorization import INSTANCE, System
from core.database import db
from core.errors import ForbiddenError
from security.models import FirstAccountLink, Session, SignUp, User
from security.operations.sign_up import ensure_first_account_link
from tests.security.steps import is_signed_in, wrong

FORM = {
    "given_name": "Nadège",
    "family_name": "Lemaître",
    "email": "Nadege.Lemaitre@Example.org",
    "password": "Tilleul-Radio-marche-7",
    "terms": "y",
}
ADDRESS = "nadege.lemaitre@example.org"


PAGES = (
    ("/inscription", ("given_name", "family_name", "suite")),
    ("/inscription/adresse", ("email",)),
    ("/inscription/mot-de-passe", ("password",)),
    ("/inscription/conditions", ("terms",)),
)


def register(client, path: str = "/inscription", **changes):
    """Walk the pages up to the code, or to the page that refuses."""
    form = FORM | changes
    for url, names in ((path, PAGES[0][1]), *PAGES[1:]):
        answer = client.post(url, data={name: form[name] for name in names if name in form})
        if answer.status_code != 302:
            return answer
    return answer


NEXT = "/inscription/vos-donnees"


def prove(client, code: str):
    return client.post("/inscription/code", data={"code": code})


@pytest.mark.both_databases
def test_an_account_exists_once_its_address_is_proved(visitor, app, database, outbox, page):
    assert (
        "numéro de sécurité sociale n’est pas nécessaire" in page(visitor.get("/inscription")).text
    )
    assert register(visitor).location == "/inscription/code"
    assert ADDRESS in page(visitor.get("/inscription/code")).text
    assert db.session.query(User).count() == 0
    mail = outbox.one(to=ADDRESS)
    assert mail.subject == "Votre code pour créer votre compte"
    assert prove(visitor, mail.code).location == NEXT
    user = db.session.query(User).one()
    assert (user.email, user.display_name, user.locale) == (ADDRESS, "Nadège Lemaître", "fr")
    assert user.email_proved_at is not None
    assert is_signed_in(visitor)


def test_the_address_of_an_invitation_is_only_a_suggestion(visitor, app, database, page):
    shown = page(visitor.get("/inscription?email=a@example.org&suite=/invitations/x"))
    assert shown.inputs["email"] == "a@example.org"
    assert shown.inputs["suite"] == "/invitations/x"


def test_registering_leads_back_to_the_invitation(visitor, app, database, outbox):
    register(visitor, suite="/invitations/x")
    assert prove(visitor, outbox.one(to=ADDRESS).code).location == f"{NEXT}?suite=/invitations/x"


@pytest.mark.parametrize("evil", ["https://evil.example", "//evil.example"])
def test_registering_leads_to_our_own_pages_only(visitor, app, database, outbox, evil):
    register(visitor, suite=evil)
    assert prove(visitor, outbox.one(to=ADDRESS).code).location == NEXT


def test_the_pages_do_not_tell_who_has_an_account(app, cast, outbox, page):
    texts = {}
    for email in ("bob@example.org", "bib@example.org"):
        client = app.test_client()
        assert register(client, email=email).location == "/inscription/code"
        shown = [
            client.get("/inscription/code"),
            client.post("/inscription/code/envoi", follow_redirects=True),
            prove(client, "000000"),
            *[prove(client, f"{n:06}") for n in range(1, 6)],
        ]
        texts[email] = [page(answer).text.replace(email, "X") for answer in shown]
    assert texts["bob@example.org"] == texts["bib@example.org"]
    told = outbox.one(to=cast.bob)
    assert told.subject == "Vous avez déjà un compte"
    assert told.link("/connexion") == "/connexion"
    assert not re.search(r"\b\d{3}[\s\u00a0]?\d{3}\b", told.text)


def test_what_was_typed_is_kept_but_never_the_password(visitor, app, database, page):
    shown = page(register(visitor, password="court"))
    assert shown.inputs["password"] == ""
    assert page(visitor.get("/inscription")).inputs["given_name"] == "Nadège"
    assert page(visitor.get("/inscription/adresse")).inputs["email"] == FORM["email"]
    assert "court" not in shown.html.replace("courants", "")


def test_the_counter_goes_one_by_one_and_ends_at_its_total(visitor, app, database, outbox, page):
    places = []

    def look(path: str) -> None:
        found = re.search(r"Étape (\d) sur (\d)", page(visitor.get(path)).text)
        assert found, path
        places.append((int(found[1]), int(found[2])))

    for path, names in PAGES:
        look(path)
        visitor.post(path, data={name: FORM[name] for name in names if name in FORM})
    look("/inscription/code")
    prove(visitor, outbox.one(to=ADDRESS).code)
    look(NEXT)
    asked = visitor.post(NEXT).location
    if "telephone" in asked:
        look(asked)
    assert [number for number, _total in places] == list(range(1, len(places) + 1))
    assert {total for _number, total in places} == {len(places)}


@pytest.mark.parametrize("names", [("Suharto", ""), ("", "Suharto")])
def test_one_single_name_is_enough(visitor, app, database, page, names):
    given, family = names
    assert register(visitor, given_name=given, family_name=family).status_code == 302
    assert db.session.query(SignUp).one().display_name == "Suharto"


@pytest.mark.covers("M47")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"given_name": "", "family_name": "   "}, "Écrivez votre nom"),
        ({"given_name": "", "family_name": "12"}, "Un nom contient au moins une lettre."),
        ({"given_name": "x" * 59}, "58 caractères au maximum."),
        ({"given_name": "a\x00b"}, "Certains caractères ne peuvent pas être utilisés ici."),
        ({"email": "pas une adresse"}, "Écrivez une adresse e-mail entière"),
        ({"email": ""}, "Écrivez votre adresse e-mail."),
        ({"password": "tilleul-radio-marche-7"}, "il manque une majuscule"),
        ({"password": "Lemaitre-marche-7"}, "il contient votre nom"),
        ({"password": "Azertyuiop123"}, "trop courants"),
        ({"password": "T7-" + "radio" * 60}, "256 caractères au maximum."),
    ],
)
def test_a_refused_form_says_what_to_do(visitor, app, database, page, changes, said):
    answer = register(visitor, **changes)
    assert answer.status_code == 422
    assert said in page(answer).text
    assert db.session.query(SignUp).count() == 0


def test_wrong_codes_end_the_registration(visitor, app, database, outbox, page):
    register(visitor)
    code = outbox.one(to=ADDRESS).code
    for left in ("4 essais", "3 essais", "2 essais", "1 essai"):
        assert f"Il vous reste {left}." in page(prove(visitor, wrong(code))).text
    assert "Trop de codes incorrects" in page(prove(visitor, wrong(code))).text
    assert "Trop de codes incorrects" in page(prove(visitor, code)).text
    assert db.session.query(User).count() == 0


def test_a_new_code_replaces_the_first(visitor, app, database, outbox, page, travel_to):
    register(visitor)
    old = outbox.one(to=ADDRESS).code
    visitor.post("/inscription/code/envoi")
    assert len(outbox.mails(to=ADDRESS)) == 1
    travel_to(timedelta(seconds=61))
    visitor.post("/inscription/code/envoi")
    new = outbox.one(to=ADDRESS).code
    if old != new:
        assert prove(visitor, old).status_code == 422
    assert prove(visitor, new).status_code == 302


def test_one_address_proved_in_two_browsers_is_one_account(app, database, outbox, travel_to):
    first, second = app.test_client(), app.test_client()
    register(first)
    code_of_first = outbox.one(to=ADDRESS).code
    register(second)
    code_of_second = outbox.one(to=ADDRESS).code
    assert prove(first, code_of_first).status_code == 302
    assert prove(second, code_of_second).status_code == 422
    assert db.session.query(User).count() == 1
    assert db.session.query(Session).count() == 1


def test_five_codes_an_hour_to_one_address_are_enough(app, database, outbox, page):
    for _ in range(5):
        assert register(app.test_client()).status_code == 302
    answer = register(app.test_client())
    assert answer.status_code == 429
    assert "Trop de codes ont été demandés. Réessayez dans" in page(answer).text
    assert len(outbox.mails(to=ADDRESS)) == 5


# ── The first account of an installation ──────────────────────────────────────────────────────


def link() -> str | None:
    return ensure_first_account_link(System("tests"), INSTANCE)


def test_the_host_gets_a_link_that_makes_one_account(visitor, app, database, outbox, page):
    path = link()
    assert "Créer le premier compte" in page(visitor.get(path)).text
    assert db.session.query(FirstAccountLink).one().used_at is None
    assert register(visitor, path).location == "/inscription/code"
    assert db.session.query(FirstAccountLink).one().used_at is None
    assert prove(visitor, outbox.one(to=ADDRESS).code).location == NEXT
    assert db.session.query(User).count() == 1
    assert db.session.query(FirstAccountLink).one().used_at is not None
    other = app.test_client()
    assert other.get(path).status_code == 404
    assert "Ce lien n’est plus valable" in page(other.get(path)).text


def test_two_people_with_the_link_make_one_account(app, database, outbox):
    path = link()
    first, second = app.test_client(), app.test_client()
    register(first, path)
    register(second, path, email="other@example.org")
    assert prove(first, outbox.one(to=ADDRESS).code).status_code == 302
    assert prove(second, outbox.one(to="other@example.org").code).status_code == 422
    assert db.session.query(User).count() == 1


def test_the_link_lasts_a_day_and_a_newer_one_kills_it(visitor, app, database, travel_to):
    old, new = link(), link()
    assert visitor.get(old).status_code == 404
    assert visitor.get(new).status_code == 200
    travel_to(timedelta(hours=24))
    assert visitor.get(new).status_code == 404


def test_there_is_no_link_once_somebody_is_there(app, cast):
    assert link() is None
    with pytest.raises(ForbiddenError):
        ensure_first_account_link(cast.alice, INSTANCE)


def test_the_command_prints_the_link(app, database):
    out = app.test_cli_runner().invoke(args=["first-account"])
    assert re.search(r"^http\S+/premier-compte/[\w-]{43}$", out.output.strip())


def test_the_command_says_when_nobody_needs_it(app, cast):
    out = app.test_cli_runner().invoke(args=["first-account"])
    assert out.exit_code == 1
    assert "There is an account already" in out.output


@pytest.mark.parametrize("name", ["password", "given_name", "family_name", "email"])
def test_accents_upon_accents_do_not_hold_up_the_others_case_l3(visitor, name):
    """Putting them in order takes time squared: two minutes for what one form may carry."""
    marks = "a" + "\u0301\u0316" * 40_000
    began = time.process_time()
    assert register(visitor, **{name: marks}).status_code == 422
    data = {"email": "lea@example.org", "password": "Girafe-Bleue-88-pont", name: marks}
    assert visitor.post("/connexion", data=data).status_code == 422
    assert time.process_time() - began < 3
