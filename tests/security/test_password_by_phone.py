"""A password guarded by a telephone changes only with the code that the telephone got."""

from datetime import timedelta

import pytest

from core import sms
from core.database import db
from core.sms_providers import GSM_ALPHABET
from security.models import User
from security.passwords import verify_password
from security.phone_proofs import PhoneProof
from tests.cast import PASSWORD
from tests.security.phone import CODE as PHONE_CODE
from tests.security.phone import (
    NUMBER,
    OTHER,
    OTHER_TYPED,
    PAGE,
    break_sms,
    give_phone,
    use_sms,
)
from tests.security.steps import give_password, is_signed_in, wrong

NEW = "Radio-Marche-tilleul-9"
URL = "/parametres/securite/mot-de-passe"
CODE = f"{URL}/code"


@pytest.fixture
def bob(cast, sign_in):
    give_phone(cast.bob)
    return sign_in(cast.bob)


def change(client, new=NEW, current=PASSWORD):
    return client.post(URL, data={"current": current, "new": new})


def has_password(user, password) -> bool:
    db.session.rollback()
    return verify_password(db.session.get(User, user.id).password_hash, password)


@pytest.mark.covers("D73", "D74")
@pytest.mark.both_databases
def test_the_new_password_waits_for_the_code_of_the_telephone(
    app, cast, bob, sign_in, page, outbox
):
    other = sign_in(cast.bob)
    assert change(bob).location == CODE
    assert has_password(cast.bob, PASSWORD)
    shown = page(bob.get(CODE))
    assert "Confirmez votre nouveau mot de passe" in shown.title
    assert "Si vous avez demandé ce changement, le code l’autorise." in shown.text
    assert "06 •• •• •• 34" in shown.text
    message = outbox.one(to=NUMBER)
    done = bob.post(CODE, data={"code": message.code}, follow_redirects=True)
    assert "Votre mot de passe est à jour. 1 autre appareil a été déconnecté." in page(done).text
    assert has_password(cast.bob, NEW)
    assert is_signed_in(bob)
    assert not is_signed_in(other)
    assert outbox.one(to=cast.bob).subject == "Votre mot de passe a été changé"
    assert give_password(app.test_client(), cast.bob, NEW).status_code == 302


@pytest.mark.covers("D75")
def test_the_message_says_to_ignore_it_and_nothing_changes_without_the_code(
    cast, bob, page, outbox, travel_to
):
    change(bob)
    message = outbox.one(to=NUMBER)
    assert "Ce n'est pas vous ? Ignorez ce SMS : sans le code, rien ne change." in message.text
    assert set(message.text) <= GSM_ALPHABET
    assert len(message.text) <= 160
    assert "sans le code, votre mot de passe ne change pas" in page(bob.get(CODE)).text
    for _ in range(5):
        bob.post(CODE, data={"code": wrong(message.code)})
    assert bob.post(CODE, data={"code": message.code}).status_code == 422
    assert has_password(cast.bob, PASSWORD)
    travel_to(timedelta(minutes=16))
    bob.get("/compte")
    travel_to(timedelta(minutes=15))
    assert bob.post(CODE, data={"code": message.code}).location == "/parametres/securite"
    assert has_password(cast.bob, PASSWORD)


@pytest.mark.covers("D73")
def test_a_thief_of_the_password_and_of_an_open_session_stops_at_the_telephone(
    cast, bob, sign_in, outbox
):
    thief = sign_in(cast.bob)
    change(thief)
    code = outbox.one(to=NUMBER).code
    # Even the right code, given on another device, is not the thief's change.
    assert bob.post(CODE, data={"code": code}).location == "/parametres/securite"
    assert has_password(cast.bob, PASSWORD)


def test_without_a_proved_number_no_code_is_asked(cast, sign_in, outbox):
    give_phone(cast.bob, proved=False)
    bob = sign_in(cast.bob)
    assert change(bob).location == "/parametres/securite"
    assert has_password(cast.bob, NEW)
    assert outbox.mails(to=NUMBER) == []


def test_a_landline_guards_by_a_call(cast, sign_in, outbox):
    give_phone(cast.bob, "+33199001234")
    bob = sign_in(cast.bob)
    change(bob)
    call = outbox.one(to="+33199001234")
    assert call.subject == "Appel vocal"
    assert "Si ce n’est pas vous, raccrochez" in call.text
    digits = call.text.split("Le code est\u00a0: ")[1].split(". Je")[0]
    bob.post(CODE, data={"code": digits.replace(", ", "")})
    assert has_password(cast.bob, NEW)


def test_a_wrong_current_password_sends_nothing(cast, bob, outbox):
    assert change(bob, current="Pas-le-bon-mot-1").status_code == 422
    assert outbox.mails(to=NUMBER) == []
    assert db.session.query(PhoneProof).count() == 0


def test_the_new_password_waits_sealed(cast, bob):
    change(bob)
    stored = db.session.scalar(db.text("SELECT new_password_hash FROM phone_proofs"))
    assert stored.startswith("v2.")


def test_a_password_changed_meanwhile_ends_what_waited(cast, bob, sign_in, outbox, travel_to):
    change(bob)
    first = outbox.one(to=NUMBER).code
    other = sign_in(cast.bob)
    travel_to(timedelta(seconds=1))
    change(other, new="Encore-un-Autre-mot-3")
    second = outbox.one(to=NUMBER).code
    assert bob.post(CODE, data={"code": first}).location == "/parametres/securite"
    other.post(CODE, data={"code": second})
    assert has_password(cast.bob, "Encore-un-Autre-mot-3")


def test_a_number_changed_meanwhile_ends_what_waited(cast, bob, outbox):
    change(bob)
    code = outbox.one(to=NUMBER).code
    bob.post(PAGE, data={"phone": OTHER_TYPED})
    bob.post(PHONE_CODE, data={"code": outbox.one(to=OTHER).code})
    assert bob.post(CODE, data={"code": code}).location == "/parametres/securite"
    assert has_password(cast.bob, PASSWORD)


def test_e_mail_stands_in_only_when_the_provider_failed(cast, bob, page, outbox, monkeypatch):
    change(bob)
    outbox.deliver()
    assert "Recevoir le code par e-mail" not in page(bob.get(CODE)).text
    assert bob.post(f"{CODE}/e-mail").status_code == 404
    assert outbox.mails(to=cast.bob) == []


def test_a_failed_provider_locks_nobody_out(cast, bob, page, outbox, monkeypatch):
    break_sms(monkeypatch, sms.SMS, sms.CALL)
    change(bob)
    outbox.deliver()
    shown = page(bob.get(CODE))
    assert "Le SMS n’a pas pu partir" in shown.text
    assert "Recevoir le code par e-mail" in shown.text
    assert bob.post(f"{CODE}/e-mail").location == CODE
    assert "à votre adresse e-mail à 8 h" in page(bob.get(CODE)).text
    mail = outbox.one(to=cast.bob)
    assert mail.subject == "Votre code pour changer de mot de passe"
    bob.post(CODE, data={"code": mail.code})
    assert has_password(cast.bob, NEW)


def test_too_many_codes_to_the_number_do_not_open_the_e_mail_way(cast, bob, page, outbox):
    for _ in range(3):
        sms.take_allowance(NUMBER)
    refused = change(bob)
    assert refused.status_code == 429
    assert "Trop de codes ont été demandés" in page(refused).text
    assert bob.post(f"{CODE}/e-mail").location == "/parametres/securite"
    assert has_password(cast.bob, PASSWORD)


def test_a_site_that_sends_no_more_messages_lets_people_change_their_password(
    app, cast, bob, monkeypatch
):
    use_sms(app, monkeypatch, backend="off", voice_backend="off")
    change(bob)
    assert has_password(cast.bob, NEW)


def test_after_two_minutes_the_code_is_said_by_telephone(cast, bob, outbox, travel_to):
    change(bob)
    assert bob.post(f"{CODE}/appel").status_code == 409
    travel_to(timedelta(minutes=2))
    assert bob.post(f"{CODE}/appel").location == CODE
    assert outbox.one(to=NUMBER).subject == "Appel vocal"
