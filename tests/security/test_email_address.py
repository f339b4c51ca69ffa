"""The address of an account: proved, moved with both mailboxes, brought back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.database import db
from core.transaction import transaction
from security.models import EmailChange, User
from tests.cast import PASSWORD
from tests.security.steps import give_password, is_signed_in, wrong

PAGE = "/parametres/securite/e-mail"
NEW = "bob.neuf@example.org"


@pytest.fixture
def self_service(app, monkeypatch):
    config = app.config["ALVEOLE"]
    chosen = replace(config, security=replace(config.security, self_service_email_change=True))
    monkeypatch.setitem(app.config, "ALVEOLE", chosen)


def email_of(user) -> str:
    db.session.expire_all()
    return db.session.get(User, user.id).email


def begin(client, address=NEW):
    return client.post(f"{PAGE}/nouvelle", data={"email": address})


def give(client, old, new):
    return client.post(f"{PAGE}/codes", data={"old_code": old, "new_code": new})


def codes(outbox, user):
    return outbox.one(to=user.email).code, outbox.one(to=NEW).code


@pytest.mark.covers("D39")
def test_by_default_the_address_is_read_only_with_a_way_to_ask(cast, sign_in, page):
    bob = sign_in(cast.bob)
    shown = page(bob.get(PAGE))
    assert cast.bob.email in shown.text
    assert "Vérifié" in shown.text
    assert any(link.startswith("mailto:") for link in shown.links)
    assert f"{PAGE}/nouvelle" not in shown.links
    assert begin(bob).status_code == 403
    assert db.session.query(EmailChange).count() == 0


@pytest.mark.both_databases
def test_password_and_a_code_from_each_mailbox_move_the_account(
    app, cast, sign_in, page, outbox, self_service
):
    old_address = cast.bob.email
    bob, other = sign_in(cast.bob), sign_in(cast.bob)
    assert begin(bob, " Bob.Neuf@EXAMPLE.org ").location == f"{PAGE}/codes"
    old, new = codes(outbox, cast.bob)
    assert old_address in page(bob.get(f"{PAGE}/codes")).text
    assert give(bob, old, wrong(new)).status_code == 422
    assert give(bob, wrong(old), new).status_code == 422
    assert email_of(cast.bob) == old_address
    done = give(bob, f"{old[:3]} {old[3:]}", new)
    assert done.status_code == 302
    assert email_of(cast.bob) == NEW
    assert is_signed_in(bob)
    assert not is_signed_in(other)
    told = outbox.one(to=old_address)
    assert told.subject == "L’adresse e-mail de votre compte a été changée"
    assert "/ce-n-est-pas-moi/" in told.text
    assert "/ce-n-est-pas-moi/" not in outbox.one(to=NEW).text


def test_the_old_address_brings_itself_back_for_seven_days(
    app, cast, sign_in, outbox, self_service, travel_to
):
    old_address = cast.bob.email
    bob = sign_in(cast.bob)
    begin(bob)
    give(bob, *codes(outbox, cast.bob))
    travel_to(timedelta(days=6))
    app.test_client().post(outbox.one(to=old_address).link("/ce-n-est-pas-moi/"))
    assert email_of(cast.bob) == old_address
    assert not is_signed_in(bob)
    assert give_password(app.test_client(), cast.bob).status_code == 422


@pytest.mark.covers("case-R8")
def test_an_address_in_use_gets_a_neutral_answer_and_its_owner_a_mail(
    app, cast, sign_in, page, outbox, self_service
):
    bob = sign_in(cast.bob)
    free = begin(bob)
    texts = [page(bob.get(free.location)).text.replace(NEW, "…")]
    taken = begin(bob, cast.chloe.email)
    texts.append(page(bob.get(taken.location)).text.replace(cast.chloe.email, "…"))
    assert (free.status_code, free.location) == (taken.status_code, taken.location)
    assert texts[0] == texts[1]
    told = outbox.one(to=cast.chloe)
    assert told.subject == "Quelqu’un a voulu utiliser votre adresse e-mail"
    assert cast.bob.display_name not in told.text
    for guess in ("000000", "123456"):
        give(bob, outbox.one(to=cast.bob).code, guess)
    assert email_of(cast.bob) == cast.bob.email


@pytest.mark.covers("case-S8")
def test_moving_needs_a_fresh_proof(cast, sign_in, self_service, travel_to):
    bob = sign_in(cast.bob)
    travel_to(timedelta(minutes=11))
    assert bob.get(f"{PAGE}/nouvelle").status_code == 302
    assert begin(bob).status_code == 403
    assert db.session.query(EmailChange).count() == 0


def test_five_wrong_pairs_put_an_end_to_it(cast, sign_in, page, outbox, self_service):
    bob = sign_in(cast.bob)
    begin(bob)
    old, new = codes(outbox, cast.bob)
    for _ in range(5):
        give(bob, old, wrong(new))
    assert "Trop de codes" in page(give(bob, old, new)).text
    assert email_of(cast.bob) == cast.bob.email


def test_codes_are_old_after_ten_minutes(cast, sign_in, page, outbox, self_service, travel_to):
    bob = sign_in(cast.bob)
    begin(bob)
    pair = codes(outbox, cast.bob)
    travel_to(timedelta(minutes=9, seconds=59))
    assert is_signed_in(bob)
    travel_to(timedelta(seconds=1))
    fresh = sign_in(cast.bob)
    assert "expiré" in page(give(fresh, *pair)).text
    assert email_of(cast.bob) == cast.bob.email


def test_a_change_of_password_stops_a_change_of_address(cast, sign_in, outbox, self_service):
    bob = sign_in(cast.bob)
    begin(bob)
    pair = codes(outbox, cast.bob)
    data = {"current": PASSWORD, "new": "Radio-Marche-tilleul-9"}
    assert bob.post("/parametres/securite/mot-de-passe", data=data).status_code == 302
    assert give(bob, *pair).location == f"{PAGE}/nouvelle"


@pytest.mark.parametrize("typed", ["", "pas une adresse", "a@b", "x" * 300 + "@example.org"])
def test_what_is_no_address_is_refused(cast, sign_in, self_service, typed):
    assert begin(sign_in(cast.bob), typed).status_code == 422


def test_ones_own_address_is_no_change(cast, sign_in, page, self_service):
    assert "C’est votre adresse actuelle" in page(begin(sign_in(cast.bob), cast.bob.email)).text


# ── Proving an address that the host alone vouched for ────────────────────────────────────────


@pytest.fixture
def unproved(cast):
    with transaction():
        db.session.get(User, cast.bob.id).is_email_proved = False
    return cast.bob


@pytest.mark.covers("D39", "D67", "D68", "D69", "D70", "D71")
def test_an_unproved_address_is_checked_by_the_button_of_a_mail(
    app, unproved, sign_in, page, outbox, travel_to
):
    bob = sign_in(unproved)
    account = page(bob.get("/compte"))
    assert "Non vérifié" in account.text.partition(unproved.email)[2][:40]
    assert PAGE in account.links
    shown = page(bob.get(PAGE))
    assert "Vérifier mon e-mail" in shown.text
    assert "protège aussi vos documents" in shown.text
    sent = bob.post(f"{PAGE}/verification", follow_redirects=True)
    assert "Un e-mail est en route" in page(sent).text
    mail = outbox.one(to=unproved)
    assert "Vérifier mon compte" in mail.text
    link = mail.link("/verifier-mon-e-mail/")
    reader = app.test_client()
    for _ in range(3):
        assert "Vérifier mon compte" in page(reader.get(link)).text
    assert "Non vérifié" in page(bob.get(PAGE)).text
    assert "est rattachée à votre compte" in page(reader.post(link)).text
    after = page(bob.get("/compte")).text.partition(unproved.email)[2][:40]
    assert "Vérifié" in after
    assert reader.post(link).status_code == 404


def test_a_check_lasts_a_day_and_the_newest_counts(app, unproved, sign_in, outbox, travel_to):
    bob = sign_in(unproved)
    bob.post(f"{PAGE}/verification")
    older = outbox.one(to=unproved).link("/verifier-mon-e-mail/")
    bob.post(f"{PAGE}/verification")
    newer = outbox.one(to=unproved).link("/verifier-mon-e-mail/")
    assert app.test_client().get(older).status_code == 404
    travel_to(timedelta(hours=24))
    assert app.test_client().get(newer).status_code == 404


def test_checks_have_their_brake(unproved, sign_in, outbox, page):
    bob = sign_in(unproved)
    answers = [bob.post(f"{PAGE}/verification").status_code for _ in range(7)]
    assert answers == [302] * 5 + [429] * 2
    assert len(outbox.mails(to=unproved)) == 5


def test_a_proved_address_is_not_checked_again(cast, sign_in, outbox):
    assert sign_in(cast.bob).post(f"{PAGE}/verification").status_code == 302
    assert not outbox.mails(to=cast.bob)
