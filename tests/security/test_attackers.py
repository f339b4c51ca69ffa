"""Somebody who owns one thing of a person, tries everything that it opens, and does not get in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core.database import db
from core.mail import MailboxMessage
from security.models import User
from security.passwords import verify_password
from tests.cast import PASSWORD
from tests.security.phone import NUMBER, give_phone
from tests.security.steps import choose, give_code, give_password, is_signed_in
from tests.security.test_second_steps import give_app, give_backup_codes

STOLEN = "Voleur-Radio-passe-9"
GUESSES = ("000000", "123456", "111111", "654321", "999999", "424242")
PRIVATE = (
    "/parametres/securite",
    "/compte",
    "/aujourdhui",
    "/patients",
    "/messages",
    "/agenda",
    "/parametres/securite/codes-de-secours",
    "/parametres/securite/application",
    "/parametres/securite/e-mail/nouvelle",
)


def reset_links(outbox, user) -> list[str]:
    return [
        mail.link("/mot-de-passe/nouveau/")
        for mail in outbox.mails(to=user)
        if "/mot-de-passe/nouveau/" in mail.text
    ]


def try_everything_about(client, link) -> None:
    """Walk all doors of a reset link without its second proof."""
    client.get(link)
    client.post(link, data={"new": STOLEN})
    for step in ("email", "backup", "app", "sms", "passkey", "vouched"):
        client.post(link, data={"step": step})
        for guess in (*GUESSES[:2], "7K4M-29QX", ""):
            client.post(f"{link}/preuve", data={"code": guess})
    client.post(f"{link}/preuve/cle", data={"credential": "{}"})
    client.post(f"{link}/preuve/sms")
    client.post(f"{link}/attente")
    client.post(link, data={"new": STOLEN})


def assert_outside(client, user, password=PASSWORD) -> None:
    for path in PRIVATE:
        assert client.get(path).status_code in {302, 404}, path
    assert not is_signed_in(client)
    db.session.expire_all()
    assert verify_password(db.session.get(User, user.id).password_hash, password)


@pytest.mark.parametrize("owner_has", ["backup codes", "an app", "a telephone", "nothing"])
def test_who_owns_only_the_mailbox_does_not_get_in(app, cast, outbox, owner_has, travel_to):
    prepare = {"backup codes": give_backup_codes, "an app": give_app, "a telephone": give_phone}
    prepare.get(owner_has, lambda _user: None)(cast.bob)
    thief = app.test_client()
    for _ in range(5):
        thief.post("/mot-de-passe/oubli", data={"email": cast.bob.email})
        try_everything_about(thief, reset_links(outbox, cast.bob)[-1])
    # Whatever else was mailed: codes do not open anything without the password.
    give_password(thief, cast.bob, STOLEN)
    choose(thief, "email")
    for guess in GUESSES:
        give_code(thief, guess)
    thief.post("/inscription", data={"email": cast.bob.email, "password": STOLEN})
    assert_outside(thief, cast.bob)
    if owner_has == "nothing":
        # A day of waiting began: the owner, told on every page and at sign-in, stops it.
        owner = app.test_client()
        give_password(owner, cast.bob)
        choose(owner, "email")
        code = next(m.code for m in reversed(outbox.mails(to=cast.bob)) if "connexion" in m.subject)
        assert give_code(owner, code).status_code == 302
    travel_to(timedelta(hours=25))
    for link in reset_links(outbox, cast.bob):
        thief.post(link, data={"new": STOLEN})
    assert_outside(thief, cast.bob)


def test_who_owns_only_the_phone_does_not_get_in(app, cast, outbox):
    give_phone(cast.bob)
    thief = app.test_client()
    for identifier in (NUMBER, "06 39 98 12 34"):
        thief.post("/connexion", data={"email": identifier, "password": STOLEN})
    thief.post("/mot-de-passe/oubli", data={"email": NUMBER})
    thief.post("/mot-de-passe/oubli", data={"email": cast.bob.email})
    outbox.deliver()
    texts = db.session.query(MailboxMessage).filter_by(recipient=NUMBER).all()
    db.session.rollback()
    assert not texts  # a code leaves only for who opened the mailed link
    thief.post("/connexion/methode", data={"step": "sms"})
    thief.post("/connexion/acces-perdu", data={"code": "7K4M-29QX"})
    assert_outside(thief, cast.bob)


def test_who_owns_only_the_password_does_not_get_in_and_the_owner_is_told(
    app, cast, outbox, travel_to
):
    give_phone(cast.bob)
    thief = app.test_client()
    assert give_password(thief, cast.bob).status_code == 302
    assert_outside(thief, cast.bob)
    for step in ("email", "backup", "app", "sms", "vouched", "passkey"):
        choose(thief, step)
        for guess in GUESSES:
            give_code(thief, guess)
            give_code(thief, "7K4M-29QX")
        thief.post("/connexion/acces-perdu", data={"code": "7K4M-29QX"})
        give_password(thief, cast.bob)
    for path, data in {
        "/parametres/securite/mot-de-passe": {"current": PASSWORD, "new": STOLEN},
        "/parametres/securite/codes-de-secours": {"password": PASSWORD},
        "/parametres/securite/e-mail/nouvelle": {"email": "voleur@example.org"},
        "/confirmer": {"step_up_password": PASSWORD, "step_up_target": "/parametres/securite"},
        "/compte/telephone": {"phone": "06 39 98 99 99"},
    }.items():
        assert thief.post(path, data=data).status_code == 401, path
    assert_outside(thief, cast.bob)
    travel_to(timedelta(hours=1))
    assert any("/ce-n-est-pas-moi/" in mail.text for mail in outbox.mails(to=cast.bob))


def test_who_owns_the_password_and_a_session_left_open_changes_no_way_in_by_the_session_alone(
    app, cast, sign_in, travel_to
):
    left_open = sign_in(cast.bob)
    travel_to(timedelta(minutes=15))
    for path in (
        "/parametres/securite/codes-de-secours",
        "/parametres/securite/application/retrait",
        "/parametres/securite/e-mail/nouvelle",
        "/compte/telephone",
    ):
        answer = left_open.post(path, data={"typed": "x"})
        assert answer.status_code in {401, 403}, path


def test_no_token_of_a_link_is_in_an_answer_meant_for_somebody_else(app, cast, outbox):
    thief = app.test_client()
    answer = thief.post("/mot-de-passe/oubli", data={"email": cast.bob.email})
    [link] = reset_links(outbox, cast.bob)
    token = link.rpartition("/")[2]
    assert token not in answer.get_data(as_text=True)
    assert not re.search(token, str(answer.headers))
    page_ = app.test_client().get(link)
    assert page_.headers["Referrer-Policy"] == "no-referrer"
    assert page_.headers["Cache-Control"] == "no-store"
