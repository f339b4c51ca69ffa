"""Accounts: codes, links, and news of what changed on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from core.database import db
from core.transaction import transaction
from security.models import Passkey, User
from tests.cast import PASSWORD
from tests.security.phone import CODE, TYPED, break_sms, give_phone
from tests.security.phone import PAGE as PHONE_PAGE
from tests.security.software_key import add_key
from tests.security.steps import ask_for_code, give_code, give_password
from tests.security.test_second_steps import give_app, give_backup_codes
from tests.security.test_sign_up_pages import register

if TYPE_CHECKING:
    from tests.mails.teller import Teller

NEW = "Radio-Marche-tilleul-9"
SECURITY = "/parametres/securite"
MOVED = "bob.neuf@example.org"
DAY = timedelta(hours=24)


def a_code_to_sign_in(teller: Teller) -> None:
    ask_for_code(teller.stranger(), teller.cast.bob)


def a_code_to_sign_up(teller: Teller) -> None:
    register(teller.stranger())


def an_address_that_has_its_account(teller: Teller) -> None:
    register(teller.stranger(), email=teller.cast.bob.email)


def a_new_device(teller: Teller) -> None:
    for _ in range(2):
        client = teller.stranger()
        ask_for_code(client, teller.cast.bob)
        code = teller.outbox.one(to=teller.cast.bob).code
        teller.begin()
        give_code(client, code)


def a_sign_in_that_stopped(teller: Teller) -> None:
    give_password(teller.stranger(), teller.cast.bob)
    teller.travel(timedelta(minutes=30))


def a_new_password(teller: Teller) -> None:
    bob = teller.sign_in(teller.cast.bob)
    bob.post(f"{SECURITY}/mot-de-passe", data={"current": PASSWORD, "new": NEW})


def a_new_password_where_no_text_leaves(teller: Teller) -> None:
    give_phone(teller.cast.bob)
    break_sms(teller.monkeypatch)
    bob = teller.sign_in(teller.cast.bob)
    bob.post(f"{SECURITY}/mot-de-passe", data={"current": PASSWORD, "new": NEW})
    teller.outbox.deliver()
    bob.post(f"{SECURITY}/mot-de-passe/code/e-mail")


def new_backup_codes(teller: Teller) -> None:
    give_backup_codes(teller.cast.bob)


def an_app_less(teller: Teller) -> None:
    give_app(teller.cast.bob)
    teller.sign_in(teller.cast.bob).post(f"{SECURITY}/application/retrait")


def a_passkey_more_and_less(teller: Teller) -> None:
    bob = teller.sign_in(teller.cast.bob)
    add_key(bob)
    number = db.session.query(Passkey).one().id
    bob.post(f"{SECURITY}/cles/{number}/retrait")


def a_proved_telephone(teller: Teller) -> None:
    bob = teller.sign_in(teller.cast.bob)
    bob.post(PHONE_PAGE, data={"phone": TYPED})
    bob.post(CODE, data={"code": teller.outbox.one().code})


def another_address_and_back(teller: Teller) -> None:
    """Today the mail to the new address speaks of a link that it does not have."""
    old = teller.cast.bob.email
    bob = _ask_for_address(teller, MOVED)
    old_code, new_code = teller.outbox.one(to=old).code, teller.outbox.one(to=MOVED).code
    bob.post(f"{SECURITY}/e-mail/codes", data={"old_code": old_code, "new_code": new_code})
    teller.stranger().post(teller.outbox.one(to=old).link("/ce-n-est-pas-moi/"))


def an_address_of_somebody_else(teller: Teller) -> None:
    _ask_for_address(teller, teller.cast.chloe.email)


def _ask_for_address(teller: Teller, address: str):
    config = teller.app.config["ALVEOLE"]
    chosen = replace(config, security=replace(config.security, self_service_email_change=True))
    teller.monkeypatch.setitem(teller.app.config, "ALVEOLE", chosen)
    bob = teller.sign_in(teller.cast.bob)
    bob.post(f"{SECURITY}/e-mail/nouvelle", data={"email": address})
    return bob


def an_address_that_may_come_back(teller: Teller) -> None:
    """Today the name of a macro stands in this mail."""
    old = teller.cast.bob.email
    give_backup_codes(teller.cast.bob)
    teller.begin()
    with transaction():
        db.session.get_one(User, teller.cast.bob.id).email = MOVED
    register(teller.stranger(), email=old)


def an_address_to_check(teller: Teller) -> None:
    with transaction():
        db.session.get_one(User, teller.cast.bob.id).is_email_proved = False
    teller.sign_in(teller.cast.bob).post(f"{SECURITY}/e-mail/verification")


def a_forgotten_password(teller: Teller) -> None:
    """Nothing but the mailbox proves who asks: it takes a day."""
    client = teller.stranger()
    client.post("/mot-de-passe/oubli", data={"email": teller.cast.bob.email})
    link = teller.outbox.one(to=teller.cast.bob).link("/mot-de-passe/nouveau/")
    client.post(f"{link}/attente")
    teller.outbox.deliver()
    teller.travel(DAY)


def a_secured_account(teller: Teller) -> None:
    give_backup_codes(teller.cast.bob)
    link = teller.outbox.one(to=teller.cast.bob).link("/ce-n-est-pas-moi/")
    teller.begin()
    teller.stranger().post(link)


def an_administrators_code(teller: Teller) -> None:
    bob = teller.cast.bob
    path = f"/bulles/{teller.cast.bubble.id}/membres/{bob.id}/aide"
    facts = {"how": "known_voice", "checked": "y"}
    shown = teller.sign_in(teller.cast.alice).post(path, data=facts)
    html = shown.get_data(as_text=True)
    code = html.partition('<strong class="key h1">')[2].partition("<")[0]
    client = teller.stranger()
    give_password(client, bob)
    client.post("/connexion/acces-perdu", data={"code": code})


def a_link_of_the_host(teller: Teller) -> None:
    teller.app.test_cli_runner().invoke(args=["recover", teller.cast.bob.email])


def a_hundred_wrong_passwords(teller: Teller) -> None:
    add_key(teller.sign_in(teller.cast.bob))
    teller.begin()
    for number in range(101):
        teller.app.test_client().post(
            "/connexion",
            data={"email": teller.cast.bob.email, "password": "Pas-le-bon-mot-1"},
            environ_overrides={"REMOTE_ADDR": f"10.0.{number}.1"},
        )


STORIES = {
    story.__name__.replace("_", " "): story
    for story in (
        a_code_to_sign_in,
        a_code_to_sign_up,
        an_address_that_has_its_account,
        a_new_device,
        a_sign_in_that_stopped,
        a_new_password,
        a_new_password_where_no_text_leaves,
        new_backup_codes,
        an_app_less,
        a_passkey_more_and_less,
        a_proved_telephone,
        another_address_and_back,
        an_address_of_somebody_else,
        an_address_that_may_come_back,
        an_address_to_check,
        a_forgotten_password,
        a_secured_account,
        an_administrators_code,
        a_link_of_the_host,
        a_hundred_wrong_passwords,
    )
}
