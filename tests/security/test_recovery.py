"""A forgotten password: never by the mailbox alone."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.authorization import Anonymous
from core.database import db
from core.errors import ConflictError
from core.mail import MailboxMessage
from security.models import MailedLink, Session, User
from security.operations.recovery import reset_password
from security.operations.second_steps import hash_new_password
from security.queries import find_link
from security.vocabulary import LinkPurpose
from tests.cast import PASSWORD
from tests.security.steps import ask_for_code, choose, give_code, give_password, is_signed_in
from tests.security.test_second_steps import give_app, give_backup_codes

NEW = "Radio-Marche-tilleul-9"
DAY = timedelta(hours=24)


def ask(client, address):
    return client.post("/mot-de-passe/oubli", data={"email": address})


def link_of(outbox, user) -> str:
    return outbox.one(to=user).link("/mot-de-passe/nouveau/")


def prove(client, link, step, code):
    assert client.post(link, data={"step": step}).status_code == 302
    return client.post(f"{link}/preuve", data={"code": code})


def is_password(user, password) -> bool:
    db.session.expire_all()
    from security.passwords import verify_password

    return verify_password(db.session.get(User, user.id).password_hash, password)


@pytest.mark.covers("D11", "case-R5")
@pytest.mark.both_databases
def test_the_link_and_the_app_give_a_new_password_and_the_second_step_is_still_asked(
    visitor, cast, outbox, page, sign_in, travel_to
):
    app_ = give_app(cast.bob)
    device = sign_in(cast.bob)
    assert "Mot de passe oublié" in page(visitor.get("/connexion")).text
    sent = page(ask(visitor, cast.bob.email))
    assert "Regardez votre boîte" in sent.text
    link = link_of(outbox, cast.bob)
    assert "une boîte aux lettres seule ne suffit pas" in page(visitor.get(link)).text.lower()
    assert prove(visitor, link, "app", app_.now()).status_code in {302, 422}
    travel_to(timedelta(seconds=30))
    from core import clock

    prove(visitor, link, "app", app_.at(clock.now()))
    done = visitor.post(link, data={"new": NEW})
    assert done.location == "/connexion"
    assert is_password(cast.bob, NEW)
    assert not is_signed_in(device)
    assert not is_signed_in(visitor)
    assert give_password(visitor, cast.bob, NEW).location == "/connexion/code"
    assert outbox.one(to=cast.bob).subject == "Votre mot de passe a été changé"


def test_a_backup_code_is_a_second_proof_and_is_used_up(visitor, cast, outbox):
    codes = give_backup_codes(cast.bob)
    ask(visitor, cast.bob.email)
    link = link_of(outbox, cast.bob)
    assert prove(visitor, link, "backup", codes[0]).status_code == 302
    assert visitor.post(link, data={"new": NEW}).status_code == 302
    give_password(visitor, cast.bob, NEW)
    choose(visitor, "backup")
    assert give_code(visitor, codes[0]).status_code == 422
    assert give_code(visitor, codes[1]).status_code == 302


@pytest.mark.covers("case-R1")
def test_an_unknown_address_gets_the_same_page_the_same_work_and_no_mail(
    app, cast, outbox, page, count_queries
):
    words, totals = [], []
    for address in (cast.bob.email, "nobody@example.org"):
        client = app.test_client()
        with count_queries() as count:
            answer = ask(client, address)
        assert answer.status_code == 200
        words.append(page(answer).text.replace(address, "…"))
        totals.append(count.total)
    assert words[0] == words[1]
    assert totals[0] == totals[1]
    assert not outbox.mails(to="nobody@example.org")
    assert len(outbox.mails(to=cast.bob)) == 1


@pytest.mark.covers("case-R2")
def test_a_link_works_once_and_only_the_newest_one(app, cast, outbox, page):
    codes = give_backup_codes(cast.bob)
    first_browser, second_browser = app.test_client(), app.test_client()
    ask(first_browser, cast.bob.email)
    older = link_of(outbox, cast.bob)
    ask(first_browser, cast.bob.email)
    newer = link_of(outbox, cast.bob)
    over = first_browser.get(older)
    assert over.status_code == 404
    assert "Ce lien n’est plus valable" in page(over).text
    assert "Demander un autre lien" in page(over).text
    prove(second_browser, newer, "backup", codes[0])
    assert second_browser.post(newer, data={"new": NEW}).status_code == 302
    assert second_browser.post(newer, data={"new": PASSWORD}).status_code == 404
    assert is_password(cast.bob, NEW)


@pytest.mark.covers("case-R2")
def test_a_link_dies_with_a_change_of_password_and_after_an_hour(
    cast, visitor, outbox, sign_in, travel_to
):
    give_backup_codes(cast.bob)
    ask(visitor, cast.bob.email)
    link = link_of(outbox, cast.bob)
    bob = sign_in(cast.bob)
    data = {"current": PASSWORD, "new": NEW}
    assert bob.post("/parametres/securite/mot-de-passe", data=data).status_code == 302
    assert visitor.get(link).status_code == 404
    ask(visitor, cast.bob.email)
    link = link_of(outbox, cast.bob)
    travel_to(timedelta(minutes=59))
    assert visitor.get(link).status_code == 200
    travel_to(timedelta(minutes=1))
    assert visitor.get(link).status_code == 404


@pytest.mark.covers("case-R3")
def test_looking_at_the_link_as_a_scanner_does_uses_nothing_up(app, cast, outbox):
    codes = give_backup_codes(cast.bob)
    ask(app.test_client(), cast.bob.email)
    link = link_of(outbox, cast.bob)
    for _ in range(10):
        assert app.test_client().get(link).status_code == 200
        app.test_client().head(link)
    browser = app.test_client()
    assert prove(browser, link, "backup", codes[0]).status_code == 302
    assert browser.post(link, data={"new": NEW}).status_code == 302


@pytest.mark.covers("case-R4")
def test_a_forged_host_never_gets_into_the_mail(app, cast, outbox):
    app.test_client().post(
        "/mot-de-passe/oubli",
        data={"email": cast.bob.email},
        headers={"X-Forwarded-Host": "evil.example"},
    )
    mail = outbox.one(to=cast.bob)
    assert "evil.example" not in mail.text + mail.html
    base = app.config["ALVEOLE"].base_url
    assert all(url.startswith(base) for url in re.findall(r"https?://\S+", mail.text))


@pytest.mark.covers("case-R6")
@pytest.mark.both_databases
def test_an_account_with_nothing_but_its_mailbox_waits_for_a_day(
    app, cast, outbox, page, travel_to
):
    browser = app.test_client()
    ask(browser, cast.jeanne.email)
    link = link_of(outbox, cast.jeanne)
    assert browser.post(link, data={"new": NEW}).status_code == 422
    waiting = browser.post(f"{link}/attente")
    assert "mardi 24 novembre" in page(waiting).text
    warned = outbox.one(to=cast.jeanne)
    assert "/ce-n-est-pas-moi/" in warned.text
    travel_to(timedelta(minutes=50))
    browser.post(link, data={"new": NEW})
    assert is_password(cast.jeanne, PASSWORD)
    travel_to(timedelta(hours=23))
    browser.post(link, data={"new": NEW})
    assert is_password(cast.jeanne, PASSWORD)
    travel_to(timedelta(minutes=10))
    ready = outbox.one(to=cast.jeanne)
    assert ready.link("/mot-de-passe/nouveau/") == link
    assert browser.post(link, data={"new": NEW}).status_code == 302
    assert is_password(cast.jeanne, NEW)
    assert give_password(browser, cast.jeanne, NEW).location == "/connexion/code"


@pytest.mark.covers("case-R6")
def test_the_wait_is_stopped_by_not_me_or_by_signing_in_or_from_any_page(
    app, cast, outbox, page, sign_in, travel_to
):
    def begin():
        browser = app.test_client()
        ask(browser, cast.jeanne.email)
        link = link_of(outbox, cast.jeanne)
        browser.post(f"{link}/attente")
        return browser, link

    browser, link = begin()
    jeanne = sign_in(cast.jeanne)
    assert "a demandé un nouveau mot de passe" in page(jeanne.get("/compte")).text
    jeanne.post("/compte/mot-de-passe-demande")
    assert browser.get(link).status_code == 404
    assert "a demandé un nouveau mot de passe" not in page(jeanne.get("/compte")).text

    browser, link = begin()
    owner = app.test_client()
    ask_for_code(owner, cast.jeanne)
    give_code(owner, outbox.one(to=cast.jeanne).code)
    assert browser.get(link).status_code == 404

    travel_to(timedelta(hours=1))
    browser, link = begin()
    app.test_client().post(outbox.one(to=cast.jeanne).link("/ce-n-est-pas-moi/"))
    assert browser.get(link).status_code == 404
    travel_to(DAY)
    assert "Vous pouvez choisir" not in outbox.one(to=cast.jeanne).subject


def test_who_has_a_second_proof_may_not_wait_instead(app, cast, outbox):
    give_backup_codes(cast.bob)
    browser = app.test_client()
    ask(browser, cast.bob.email)
    link = link_of(outbox, cast.bob)
    assert browser.post(f"{link}/attente").status_code == 302
    assert find_link(link.rpartition("/")[2], LinkPurpose.RESET).due_at is None


@pytest.mark.covers("case-R6")
def test_the_proof_serves_only_the_browser_that_gave_it(app, cast, outbox):
    codes = give_backup_codes(cast.bob)
    owner, thief = app.test_client(), app.test_client()
    ask(owner, cast.bob.email)
    link = link_of(outbox, cast.bob)
    prove(owner, link, "backup", codes[0])
    thief.post(link, data={"new": "Le-voleur-passe-par-la-1"})
    assert is_password(cast.bob, PASSWORD)
    owner.post(link, data={"new": NEW})
    assert is_password(cast.bob, NEW)


@pytest.mark.covers("case-R7")
def test_a_token_of_another_purpose_opens_nothing(app, cast, outbox):
    ask(app.test_client(), cast.bob.email)
    mail = outbox.one(to=cast.bob)
    reset = mail.link("/mot-de-passe/nouveau/").rpartition("/")[2]
    not_me = mail.link("/ce-n-est-pas-moi/").rpartition("/")[2]
    client = app.test_client()
    assert client.get(f"/mot-de-passe/nouveau/{not_me}").status_code == 404
    assert client.post(f"/ce-n-est-pas-moi/{reset}").status_code == 404
    assert client.get(f"/verifier-mon-e-mail/{reset}").status_code == 404
    assert client.get(f"/premier-compte/{reset}").status_code == 404
    assert client.get("/mot-de-passe/nouveau/%00%ff").status_code == 404


@pytest.mark.covers("case-R10")
def test_a_thousand_requests_are_five_mails_an_hour(app, cast, outbox, travel_to):
    for _ in range(20):
        ask(app.test_client(), cast.bob.email)
    assert len(outbox.mails(to=cast.bob)) == 5
    travel_to(timedelta(minutes=61))
    assert ask(app.test_client(), cast.bob.email).status_code == 200
    assert len(outbox.mails(to=cast.bob)) == 6


def test_five_wrong_proofs_put_an_end_to_the_link(app, cast, outbox, page):
    codes = give_backup_codes(cast.bob)
    browser = app.test_client()
    ask(browser, cast.bob.email)
    link = link_of(outbox, cast.bob)
    for _ in range(5):
        assert prove(browser, link, "backup", "2222-3333").status_code == 422
    assert "Trop de codes" in page(prove(browser, link, "backup", codes[0])).text
    browser.post(link, data={"new": NEW})
    assert is_password(cast.bob, PASSWORD)


def test_a_weak_password_is_refused_and_the_link_still_serves(app, cast, outbox, page):
    codes = give_backup_codes(cast.bob)
    browser = app.test_client()
    ask(browser, cast.bob.email)
    link = link_of(outbox, cast.bob)
    prove(browser, link, "backup", codes[0])
    weak = browser.post(link, data={"new": "court"})
    assert weak.status_code == 422
    assert "il manque une majuscule" in page(weak).text
    assert browser.post(link, data={"new": NEW}).status_code == 302


@pytest.mark.covers("case-R2")
@pytest.mark.both_databases
def test_of_two_presses_at_once_one_sets_the_password(app, cast, outbox):
    codes = give_backup_codes(cast.bob)
    browser = app.test_client()
    ask(browser, cast.bob.email)
    link = link_of(outbox, cast.bob)
    prove(browser, link, "backup", codes[0])
    with browser.session_transaction() as kept:
        proof = kept["reset"]
    token = link.rpartition("/")[2]
    hashes = [hash_new_password(f"Radio-Marche-tilleul-{n}") for n in range(6)]
    start, outcomes = threading.Barrier(6), []

    def press(new_hash):
        with app.app_context():
            row = find_link(token, LinkPurpose.RESET)
            start.wait()
            try:
                reset_password(Anonymous(), row, new_hash=new_hash, browser=proof)
            except Exception as error:  # noqa: BLE001
                outcomes.append(type(error).__name__)
            else:
                outcomes.append("done")
            db.session.remove()

    threads = [threading.Thread(target=press, args=(one,)) for one in hashes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("done") == 1
    assert set(outcomes) <= {"done", "ConflictError", "NotFoundError"}


def test_a_reset_without_its_proof_is_refused_at_the_door(app, cast, outbox):
    give_backup_codes(cast.bob)
    ask(app.test_client(), cast.bob.email)
    row = find_link(link_of(outbox, cast.bob).rpartition("/")[2], LinkPurpose.RESET)
    with pytest.raises(ConflictError):
        reset_password(Anonymous(), row, new_hash="x", browser="")


def test_links_are_kept_as_hashes_only(app, cast, outbox):
    ask(app.test_client(), cast.bob.email)
    token = link_of(outbox, cast.bob).rpartition("/")[2]
    stored = str(db.session.execute(text("SELECT * FROM mailed_links")).all())
    assert token not in stored
    assert db.session.query(MailedLink).count() == 2
    assert db.session.query(Session).count() == 0
    assert db.session.query(MailboxMessage).count() == 1
