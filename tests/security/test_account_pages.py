"""The account: what is told once, what can be set, who signed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import g

from core import legal, retention
from core.database import db
from core.drafts import Draft
from core.transaction import transaction
from security.models import (
    ConsentRecord,
    SecurityEvent,
    Session,
    SignInAttempt,
    SignUp,
    User,
)
from security.one_time_codes import OneTimeCode
from security.operations import journal
from security.vocabulary import Consent, SecurityEventKind
from tests.cast import PASSWORD
from tests.security.steps import ask_for_code, give_code, give_password, wrong
from tests.security.test_sign_up_pages import ADDRESS, FORM, NEXT, prove, register

TERMS = "/inscription/conditions"


# ── Signing up, one thing a page ──────────────────────────────────────────────────────────────


@pytest.mark.covers("D13", "D14", "D16")
def test_the_terms_can_be_read_and_must_be_accepted(visitor, app, database, outbox, page):
    refused = register(visitor, terms="")
    assert refused.status_code == 422
    assert "acceptez les conditions d’utilisation" in page(refused).text
    assert outbox.mails(to=ADDRESS) == []
    assert "/informations-legales/conditions-generales" in page(refused).links
    read = visitor.get("/informations-legales/conditions-generales")
    assert "n’est pas un service d’urgence" in page(read).text
    assert visitor.get("/inscription/code").location == TERMS
    assert visitor.post(TERMS, data={"terms": "y"}).status_code == 302
    assert prove(visitor, outbox.one(to=ADDRESS).code).status_code == 302
    record = db.session.query(ConsentRecord).one()
    shown = legal.read(legal.TERMS, app.config["ALVEOLE"].instance)
    assert (record.purpose, record.version) == (Consent.TERMS, shown.version)
    assert record.digest == shown.digest
    assert record.recorded_at is not None


def test_accepting_twice_sends_one_mail(visitor, app, database, outbox):
    register(visitor)
    assert visitor.post(TERMS, data={"terms": "y"}).location == "/inscription/code"
    assert len(outbox.mails(to=ADDRESS)) == 1


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/inscription/adresse", "/inscription"),
        ("/inscription/mot-de-passe", "/inscription/adresse"),
        (TERMS, "/inscription"),
        ("/inscription/code", "/inscription"),
    ],
)
def test_no_page_can_be_skipped(visitor, app, database, path, first):
    for method in ("GET", "POST"):
        assert visitor.open(path, method=method).location == first


def test_the_previous_step_keeps_the_answers_but_never_the_password(visitor, app, database, page):
    register(visitor, terms="")
    assert page(visitor.get("/inscription")).inputs["family_name"] == "Lemaître"
    assert page(visitor.get("/inscription/adresse")).inputs["email"] == FORM["email"]
    assert page(visitor.get("/inscription/mot-de-passe")).inputs["password"] == ""
    for path in ("/inscription/adresse", "/inscription/mot-de-passe", TERMS):
        assert "Étape précédente" in page(visitor.get(path)).text


def test_the_password_is_in_no_cookie(visitor, app, database):
    register(visitor, terms="")
    cookie = visitor.get_cookie(app.config["SESSION_COOKIE_NAME"])
    kept = app.session_interface.get_signing_serializer(app).loads(cookie.value)
    assert FORM["password"] not in str(kept)
    assert "argon2" not in str(kept)


def test_an_address_changed_on_the_way_back_is_the_one_that_is_proved(
    visitor, app, database, outbox
):
    register(visitor, terms="")
    visitor.post("/inscription/adresse", data={"email": "autre@example.org"})
    visitor.post("/inscription/mot-de-passe", data={"password": FORM["password"]})
    visitor.post(TERMS, data={"terms": "y"})
    prove(visitor, outbox.one(to="autre@example.org").code)
    assert db.session.query(User).one().email == "autre@example.org"
    assert outbox.mails(to=ADDRESS) == []


@pytest.mark.covers("D15")
@pytest.mark.parametrize("ticked", [True, False])
def test_the_identifier_is_remembered_only_if_asked(visitor, app, database, outbox, page, ticked):
    asked = page(visitor.get("/inscription"))
    assert "remember" not in asked.inputs
    register(visitor, terms="")
    shown = page(visitor.get("/inscription/adresse"))
    assert "UNIQUEMENT si vous êtes sur votre ordinateur personnel" in shown.text
    data = {"email": FORM["email"]} | ({"remember": "y"} if ticked else {})
    visitor.post("/inscription/adresse", data=data)
    visitor.post("/inscription/mot-de-passe", data={"password": FORM["password"]})
    visitor.post(TERMS, data={"terms": "y"})
    prove(visitor, outbox.one(to=ADDRESS).code)
    visitor.post("/deconnexion")
    # Leaving a shared computer clears everything: what was asked for is kept by a plain closing.
    assert (visitor.get_cookie("identifier") is not None) is ticked


@pytest.mark.covers("D17", "D18")
def test_the_data_information_is_shown_acknowledged_and_stored(
    visitor, app, database, outbox, page
):
    register(visitor)
    prove(visitor, outbox.one(to=ADDRESS).code)
    shown = page(visitor.get(f"{NEXT}?suite=/messages"))
    assert (
        "Vous pouvez y accéder et demander leur effacement quand vous le souhaitez." in shown.text
    )
    after = visitor.post(NEXT, data={"suite": "https://evil.example"}).location
    assert after == "/compte/telephone?inscription=1"
    after = visitor.post(NEXT, data={"suite": "/messages"}).location
    assert after == "/compte/telephone?suite=/messages&inscription=1"
    record = db.session.query(ConsentRecord).filter_by(purpose=Consent.DATA_INFORMATION).first()
    assert record.digest == legal.read(legal.DATA, app.config["ALVEOLE"].instance).digest


def test_what_was_not_read_stays_to_be_read_on_the_account_page(cast, sign_in, page):
    jeanne = sign_in(cast.jeanne)
    assert "Vos données personnelles" in page(jeanne.get("/compte")).text
    jeanne.post(NEXT)
    assert "Vos données personnelles" not in page(jeanne.get("/compte")).text


# ── The account page ──────────────────────────────────────────────────────────────────────────


@pytest.mark.covers(
    "D34", "D35", "D36", "D37", "D39", "D40", "D41", "D42", "D43", "D44", "D45", "D46", "D47",
    "D48", "D49", "D50",
)  # fmt: skip
@pytest.mark.parametrize("who", ["jeanne", "bob", "alice", "mallory"])
def test_every_row_of_the_account_opens_something(cast, sign_in, page, who, travel_to):
    travel_to(timedelta(days=61))
    browser = sign_in(getattr(cast, who))
    shown = page(browser.get("/compte"))
    for words in (
        "Identité", "Mon profil", "Mes proches", "Connexion", "E-mail", "Vérifié",
        "Mot de passe", "Changé il y a 2 mois", "Sécurité", "Double authentification", "Activée",
        "Documents chiffrés de bout en bout", "Désactivé", "Codes de secours",
        "Appareils connectés", "Qui s’est connecté", "Confidentialité", "Mes préférences",
        "Informations légales", "Supprimer mon compte", "Me déconnecter",
    ):  # fmt: skip
        assert words in shown.text, words
    rows = [link for link in shown.links if link.startswith("/") and "static" not in link]
    for link in rows:
        assert browser.get(link.partition("#")[0]).status_code in {200, 302}, link


@pytest.mark.covers("D72", "D76")
def test_two_steps_are_explained_in_plain_words(cast, sign_in, page):
    shown = page(sign_in(cast.jeanne).get("/compte/double-authentification"))
    assert "La double authentification, c’est quoi ?" in shown.text
    assert "déjà activée pour vous" in shown.text


@pytest.mark.both_databases
def test_language_and_time_zone_change_what_is_read(cast, sign_in, page):
    jeanne = sign_in(cast.jeanne)
    data = {"locale": "en", "time_zone": "Indian/Reunion"}
    assert jeanne.post("/compte/preferences", data=data).status_code == 302
    g.pop("_flask_babel", None)  # the test's context outlives its requests
    answer = jeanne.get("/compte/preferences")
    assert "Your preferences are saved." in page(answer).text
    assert '<html lang="en">' in answer.text
    db.session.expire_all()
    assert (cast.jeanne.locale, cast.jeanne.time_zone) == ("en", "Indian/Reunion")


@pytest.mark.parametrize("bad", [{"locale": "xx"}, {"time_zone": "Mars/Olympus"}])
def test_preferences_that_do_not_exist_are_refused(cast, sign_in, bad):
    data = {"locale": "fr", "time_zone": "Europe/Paris"} | bad
    assert sign_in(cast.jeanne).post("/compte/preferences", data=data).status_code == 422


# ── Who signed in ─────────────────────────────────────────────────────────────────────────────


def test_the_journal_tells_in_plain_words_who_came(app, cast, outbox, page, travel_to):
    browser = app.test_client()
    for _ in range(2):
        give_password(browser, cast.jeanne, "Pas-le-bon-1234")
    ask_for_code(browser, cast.jeanne)
    code = outbox.one(to=cast.jeanne).code
    give_code(browser, wrong(code))
    give_code(browser, code)
    shown = page(browser.get("/compte/connexions")).text
    assert shown.index("ConnexionAppareil, code par e-mail") < shown.index("mauvais code1 essai")
    assert shown.index("mauvais code1 essai") < shown.index("Mauvais mot de passe2 essais")
    assert "lundi 23 novembre à 8 h" in shown


def test_the_journal_tells_what_changed_and_which_device_was_ended(cast, sign_in, page):
    jeanne, tablet = sign_in(cast.jeanne), sign_in(cast.jeanne)
    tablet.post("/deconnexion")
    new = "Tilleul-Radio-marche-7"
    jeanne.post("/parametres/securite/mot-de-passe", data={"current": PASSWORD, "new": new})
    shown = page(jeanne.get("/compte/connexions")).text
    assert "Votre mot de passe a été changé" in shown
    assert "DéconnexionOrdinateur Linux, Firefox" in shown


def test_nobody_reads_the_journal_of_somebody_else(cast, sign_in, page):
    sign_in(cast.jeanne)
    with transaction():
        journal.note(cast.jeanne.id, SecurityEventKind.SIGNED_OUT, device="tablet iPad Safari")
    for who in (cast.alice, cast.bob):
        assert "iPad" not in page(sign_in(who).get("/compte/connexions")).text


def test_a_long_journal_is_read_page_by_page(cast, sign_in, page):
    with transaction():
        for number in range(65):
            journal.note(cast.jeanne.id, SecurityEventKind.SIGNED_OUT, device=f"phone N{number} -")
    jeanne, seen, path = sign_in(cast.jeanne), "", "/compte/connexions"
    for _ in range(3):
        shown = page(jeanne.get(path))
        seen += shown.text
        older = [link for link in shown.links if "avant=" in link]
        path = older[0] if older else ""
    assert not path
    assert all(f"N{number}" in seen for number in range(65))
    assert jeanne.get("/compte/connexions?avant=x").status_code == 200
    assert jeanne.get("/compte/connexions?avant=999999999999999999999").status_code == 200


def test_it_was_not_me_signs_everybody_else_out_and_asks_for_a_password(cast, sign_in, page):
    jeanne, thief = sign_in(cast.jeanne), sign_in(cast.jeanne)
    answer = jeanne.post("/compte/connexions/ce-n-est-pas-moi")
    assert answer.location == "/parametres/securite#mot-de-passe"
    assert "Choisissez maintenant un nouveau mot de passe" in page(jeanne.get("/compte")).text
    assert thief.get("/compte").status_code == 302


@pytest.mark.both_databases
def test_a_wrong_password_leaves_as_much_behind_for_an_unknown_address(app, cast):
    for email in ("jeanne@example.org", "nobody@example.org"):
        data = {"email": email, "password": "Pas-le-bon-1234"}
        app.test_client().post("/connexion", data=data)
    for owner in (cast.jeanne.id, None):
        assert db.session.query(SecurityEvent).filter_by(user_id=owner).one().count == 1


# ── Once a day ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_what_has_ended_is_forgotten_and_what_lives_stays(
    app, cast, sign_in, visitor, travel_to, outbox
):
    register(visitor)
    ask_for_code(app.test_client(), cast.jeanne)
    give_password(app.test_client(), cast.jeanne, "Pas-le-bon-1234")
    sign_in(cast.jeanne)
    with transaction():
        journal.note(cast.bob.id, SecurityEventKind.SIGNED_OUT)
    travel_to(timedelta(days=40))
    alive = sign_in(cast.bob)
    apply_retention()
    for model in (SignInAttempt, SignUp, OneTimeCode, Draft):
        assert db.session.query(model).count() == 0, model
    assert [row.user_id for row in db.session.query(Session)] == [cast.bob.id]
    assert alive.get("/compte").status_code == 200
    assert db.session.query(SecurityEvent).filter_by(user_id=cast.bob.id).count() == 2
    travel_to(timedelta(days=326))
    apply_retention()
    assert db.session.query(SecurityEvent).filter_by(user_id=cast.bob.id).count() == 1


def apply_retention() -> None:
    retention.apply(1, {})


# ── Legal texts ───────────────────────────────────────────────────────────────────────────────


def test_every_legal_text_is_listed_and_read_without_an_account(visitor, cast, page):
    listed = page(visitor.get("/informations-legales"))
    for slug in legal.SLUGS:
        assert f"/informations-legales/{slug}" in listed.links
        shown = page(visitor.get(f"/informations-legales/{slug}"))
        assert "Alvéole" in shown.text
        assert "{" not in shown.text
    assert visitor.get("/informations-legales/../config").status_code == 404
    assert visitor.get("/informations-legales/inconnu").status_code == 404


def test_a_host_replaces_a_text_and_a_broken_one_stops_the_start(tmp_path, app):
    from dataclasses import replace

    instance = replace(app.config["ALVEOLE"].instance, legal_dir=str(tmp_path))
    (tmp_path / "cookies.txt").write_text(
        "Version: 7\n\n# Nos <b>\n\nBonjour {contact}.\n", "utf-8"
    )
    text = legal.read("cookies", instance)
    assert (text.version, text.title) == ("7", "Nos <b>")
    assert text.blocks[0].lines == ["Bonjour contact@example.org."]
    assert legal.read(legal.TERMS, instance).title == "Conditions générales d’utilisation"
    for broken in ("# No version\n", "Version: 1\n\nNo title\n"):
        (tmp_path / "cookies.txt").write_text(broken, "utf-8")
        with pytest.raises(legal.LegalTextError):
            legal.read("cookies", instance)
