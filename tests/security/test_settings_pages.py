"""« Sécurité »: the password and the devices that are signed in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.database import db
from security.models import Session, User
from security.passwords import verify_password
from tests.cast import PASSWORD
from tests.security.steps import choose, give_password, is_signed_in

NEW = "Radio-Marche-tilleul-9"
URL = "/parametres/securite/mot-de-passe"


@pytest.mark.covers("M46", "M50", "M55", "M56", "M57")
@pytest.mark.parametrize("who", ["bob", "jeanne", "alice"])
def test_one_page_shows_password_second_step_and_devices(cast, sign_in, page, who):
    shown = page(sign_in(getattr(cast, who)).get("/parametres/securite"))
    assert "Mettre à jour mon mot de passe" in shown.text
    assert "Double authentification" in shown.text
    assert "Également appelée validation en deux étapes" in shown.text
    assert "vérifier deux fois qu’il s’agit bien de vous" in shown.text
    assert "héberge des données de santé" in shown.text
    assert "garantir un niveau de sécurité maximal" in shown.text
    assert "Code par e-mail" in shown.text
    assert "Activé" in shown.text
    assert "Ordinateur Linux, Firefox" in shown.text
    assert "Cet appareil" in shown.text
    # Nothing turns the e-mail step off: these are all the forms of the page.
    assert {action for action in shown.actions if "securite" in action} == {URL}


@pytest.mark.covers("M48", "M49")
@pytest.mark.both_databases
def test_a_new_password_replaces_the_old_one_and_ends_the_other_devices(
    app, cast, sign_in, page, outbox
):
    bob, other, socket_owner = sign_in(cast.bob), sign_in(cast.bob), sign_in(cast.chloe)
    done = bob.post(URL, data={"current": PASSWORD, "new": NEW}, follow_redirects=True)
    assert "Votre mot de passe est à jour. 1 autre appareil a été déconnecté." in page(done).text
    assert is_signed_in(bob)
    assert not is_signed_in(other)
    assert is_signed_in(socket_owner)
    assert outbox.one(to=cast.bob).subject == "Votre mot de passe a été changé"
    assert give_password(app.test_client(), cast.bob).status_code == 422
    assert give_password(app.test_client(), cast.bob, NEW).status_code == 302


@pytest.mark.covers("M49")
def test_looking_at_the_page_changes_no_password(cast, sign_in):
    before = cast.bob.password_hash
    sign_in(cast.bob).get(f"/parametres/securite?current={PASSWORD}&new={NEW}")
    assert db.session.query(User).filter_by(email=cast.bob.email).one().password_hash == before


def test_a_wrong_current_password_changes_nothing(cast, sign_in, page):
    answer = sign_in(cast.bob).post(URL, data={"current": "Pas-le-bon-mot-1", "new": NEW})
    assert answer.status_code == 422
    assert "Ce n’est pas votre mot de passe actuel." in page(answer).text
    assert verify_password(cast.bob.password_hash, PASSWORD)


@pytest.mark.covers("M47")
@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("Court-9", "il faut 12 caractères ou plus"),
        ("tilleul-radio-marche-7", "il manque une majuscule"),
        ("TILLEUL-RADIO-MARCHE-7", "il manque des minuscules"),
        ("Tilleul-Radio-marche", "il manque un chiffre"),
        ("Motdepasse12345", "il figure dans les mots de passe trop courants"),
        ("Garnier-radio-marche-7", "il contient votre nom"),
        ("Alveole-radio-marche-7", "il contient votre nom"),
    ],
)
def test_a_weak_password_is_refused_with_what_is_missing(cast, sign_in, page, password, missing):
    answer = sign_in(cast.bob).post(URL, data={"current": PASSWORD, "new": password})
    assert answer.status_code == 422
    assert missing in page(answer).text
    assert password not in page(answer).html


def test_guessing_the_current_password_is_slowed_down(cast, sign_in, page, travel_to):
    bob = sign_in(cast.bob)
    for _ in range(5):
        assert bob.post(URL, data={"current": "Pas-le-bon-1", "new": NEW}).status_code == 422
    refused = bob.post(URL, data={"current": PASSWORD, "new": NEW})
    assert refused.status_code == 429
    assert "Trop d’essais. Pour votre sécurité, réessayez dans 3" in page(refused).text
    travel_to(timedelta(seconds=31))
    assert bob.post(URL, data={"current": PASSWORD, "new": NEW}).status_code == 302


def test_another_device_is_signed_out_from_here(app, cast, sign_in):
    bob, other = sign_in(cast.bob), sign_in(cast.bob)
    newest = db.session.query(Session).order_by(Session.id.desc()).first().id
    assert bob.post(f"/parametres/securite/appareils/{newest}/deconnexion").status_code == 302
    assert is_signed_in(bob)
    assert not is_signed_in(other)


def test_all_the_other_devices_are_signed_out_at_once(app, cast, sign_in, page):
    bob, others = sign_in(cast.bob), [sign_in(cast.bob) for _ in range(2)]
    done = bob.post("/parametres/securite/appareils/deconnexion", follow_redirects=True)
    assert "2 appareils ont été déconnectés." in page(done).text
    assert is_signed_in(bob)
    assert not any(is_signed_in(other) for other in others)


def test_somebody_elses_device_does_not_exist(app, cast, sign_in):
    bob = sign_in(cast.bob)
    theirs = db.session.query(Session).one().id
    answer = sign_in(cast.mallory).post(f"/parametres/securite/appareils/{theirs}/deconnexion")
    assert answer.status_code == 404
    assert is_signed_in(bob)


def test_a_changed_password_kills_what_was_half_signed_in(app, cast, sign_in, outbox):
    half = app.test_client()
    give_password(half, cast.bob)
    sign_in(cast.bob).post(URL, data={"current": PASSWORD, "new": NEW})
    assert choose(half, "email").location.startswith("/connexion")
    assert outbox.mails(to=cast.bob)[-1].subject == "Votre mot de passe a été changé"
