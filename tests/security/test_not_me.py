"""« Ce n'est pas moi »: whoever reads the mails shuts everybody out."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest

from core import clock, retention
from core.authorization import Anonymous
from core.database import db
from core.mail import absolute_url
from core.transaction import transaction
from security.models import (
    BackupCode,
    KnownDevice,
    MailedLink,
    Session,
    SignUp,
    TotpAuthenticator,
    User,
)
from security.operations.compromise import report_compromise
from security.operations.mailed_links import not_me_url
from security.operations.sign_up import send_sign_up_code
from security.queries import find_link
from security.vocabulary import LinkPurpose
from tests.cast import PASSWORD
from tests.security.phone import give_phone, phone_of
from tests.security.steps import ask_for_code, give_code, give_password, is_signed_in
from tests.security.test_second_steps import give_app, give_backup_codes

NEW = "Radio-Marche-tilleul-9"
CHANGE = "/parametres/securite/mot-de-passe"


def warned_link(outbox, user) -> str:
    return outbox.one(to=user).link("/ce-n-est-pas-moi/")


@pytest.mark.both_databases
def test_a_warning_leads_to_a_page_and_its_button_shuts_everybody_out(
    app, cast, sign_in, page, outbox
):
    thief, other = sign_in(cast.bob), sign_in(cast.bob)
    thief.post(CHANGE, data={"current": PASSWORD, "new": NEW})
    link = warned_link(outbox, cast.bob)
    owner = app.test_client()
    shown = owner.get(link)
    assert "Protéger mon compte" in page(shown).text
    assert is_signed_in(thief)
    done = owner.post(link)
    assert "Votre compte est protégé" in page(done).text
    assert "/mot-de-passe/oubli" in page(done).links
    for client in (thief, other):
        assert not is_signed_in(client)
    for password in (PASSWORD, NEW):
        assert give_password(app.test_client(), cast.bob, password).status_code == 422
    assert outbox.one(to=cast.bob).subject == "Votre compte est protégé"
    assert owner.post(link).status_code == 404
    assert owner.get(link).status_code == 404


def test_looking_at_it_as_a_scanner_does_changes_nothing(app, cast, outbox):
    give_backup_codes(cast.bob)
    link = warned_link(outbox, cast.bob)
    for _ in range(5):
        assert app.test_client().get(link).status_code == 200
    assert give_password(app.test_client(), cast.bob).status_code == 302


def test_it_works_for_seven_days(app, cast, outbox, travel_to):
    give_backup_codes(cast.bob)
    link = warned_link(outbox, cast.bob)
    travel_to(timedelta(days=6, hours=23))
    assert app.test_client().get(link).status_code == 200
    travel_to(timedelta(hours=1))
    assert app.test_client().get(link).status_code == 404
    assert app.test_client().post(link).status_code == 404
    assert give_password(app.test_client(), cast.bob).status_code == 302


def test_what_was_added_since_the_warning_goes_and_what_was_there_stays(
    app, cast, outbox, travel_to
):
    give_app(cast.bob)
    travel_to(timedelta(days=1))
    give_backup_codes(cast.bob)
    link = warned_link(outbox, cast.bob)
    travel_to(timedelta(hours=1))
    give_phone(cast.bob)
    app.test_client().post(link)
    assert db.session.query(BackupCode).count() == 0
    assert db.session.query(TotpAuthenticator).count() == 1
    assert phone_of(cast.bob) == (None, False)


def test_a_new_device_is_told_and_may_be_reported(app, cast, outbox):
    thief = app.test_client()
    for _ in range(2):  # the very first browser of an account is no news
        thief = app.test_client()
        ask_for_code(thief, cast.bob)
        give_code(thief, outbox.one(to=cast.bob).code)
    assert is_signed_in(thief)
    app.test_client().post(warned_link(outbox, cast.bob))
    assert not is_signed_in(thief)
    assert db.session.query(KnownDevice).count() == 0


def test_a_later_warning_read_by_the_thief_does_not_outdo_an_earlier_one(
    app, cast, outbox, travel_to
):
    old, thiefs = cast.bob.email, "voleur@example.org"
    give_backup_codes(cast.bob)
    owners_link = warned_link(outbox, cast.bob)
    travel_to(timedelta(hours=1))
    with transaction():
        bob = db.session.get(User, cast.bob.id)
        bob.email = thiefs
        later = not_me_url(bob).removeprefix(absolute_url(""))
    assert app.test_client().get(later).status_code == 200
    app.test_client().post(owners_link)
    db.session.expire_all()
    assert db.session.get(User, cast.bob.id).email == old
    assert outbox.one(to=thiefs).subject == "Cette adresse n’est plus celle de votre compte"
    assert app.test_client().post(later).status_code == 404
    db.session.expire_all()
    assert db.session.get(User, cast.bob.id).email == old


def test_an_address_that_may_come_back_is_nobody_elses_meanwhile(app, cast, outbox, visitor):
    old = cast.bob.email
    give_backup_codes(cast.bob)
    warning = warned_link(outbox, old)
    with transaction():
        db.session.get(User, cast.bob.id).email = "voleur@example.org"
    from security.queries import is_address_held

    assert is_address_held(old)
    assert not is_address_held(cast.chloe.email)
    pending = SignUp(
        token_hash="x",
        email=old,
        password_hash="x",
        display_name="Un autre",
        locale="fr",
        started_at=clock.now(),
        expires_at=clock.now() + timedelta(hours=1),
        terms_accepted_at=clock.now(),
    )
    with transaction():
        db.session.add(pending)
    send_sign_up_code(Anonymous(), pending)
    told = outbox.one(to=old)
    assert told.subject == "Cette adresse ne peut pas encore servir à un nouveau compte"
    assert not re.search(r"\d{3}.\d{3}", told.text)
    app.test_client().post(warning)
    db.session.expire_all()
    assert not is_address_held(old)


@pytest.mark.both_databases
def test_of_many_presses_at_once_one_counts(app, cast):
    with transaction():
        url = not_me_url(db.session.get(User, cast.bob.id))
    token = url.rpartition("/")[2]
    start, outcomes = threading.Barrier(6), []

    def press():
        with app.app_context():
            row = find_link(token, LinkPurpose.NOT_ME)
            start.wait()
            outcomes.append(report_compromise(Anonymous(), row))
            db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(True) == 1
    assert len(outcomes) == 6


def test_links_of_the_past_are_forgotten(app, cast, travel_to):
    give_backup_codes(cast.bob)
    travel_to(timedelta(days=8, minutes=1))
    give_backup_codes(cast.bob)
    retention.apply(1, {})
    assert db.session.query(MailedLink).count() == 1
    assert db.session.query(Session).count() == 0
