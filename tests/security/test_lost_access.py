"""Phone lost, mailbox lost, no codes: an administrator vouches, and everything takes a day."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from core.audit import AuditEntry
from core.authorization import Anonymous
from core.database import db
from core.errors import ForbiddenError
from core.mail import absolute_url
from security.models import User, VouchedCode
from security.operations.sign_in import check_code
from security.queries import find_attempt
from security.vocabulary import IdentityCheck, SecondStep
from tests.cast import PASSWORD
from tests.security.steps import choose, give_code, give_password, is_signed_in

NEW = "Radio-Marche-tilleul-9"
FACTS = {"how": "known_voice", "checked": "y"}


def help_url(cast, user) -> str:
    return f"/bulles/{cast.bubble.id}/membres/{user.id}/aide"


def vouched_code(cast, sign_in, page, user) -> str:
    answer = sign_in(cast.alice).post(help_url(cast, user), data=FACTS)
    return page(answer).html.partition('<strong class="key h1">')[2].partition("<")[0]


def give_vouched(client, code):
    return client.post("/connexion/acces-perdu", data={"code": code})


@pytest.mark.covers("U46")
def test_every_page_of_the_second_step_leads_to_what_is_left(visitor, cast, page):
    assert page(visitor.get("/connexion/acces-perdu")).title.startswith("Je n’ai plus accès")
    give_password(visitor, cast.bob)
    assert "/connexion/acces-perdu" in page(visitor.get("/connexion/methode")).links
    choose(visitor, "email")
    assert "/connexion/acces-perdu" in page(visitor.get("/connexion/code")).links
    shown = page(visitor.get("/connexion/acces-perdu"))
    assert "Un administrateur de votre bulle" in shown.text
    assert "code" in shown.inputs


@pytest.mark.covers("case-S12", "U46")
@pytest.mark.both_databases
def test_an_administrator_vouches_and_the_account_opens_a_day_later_never_at_once(
    app, cast, sign_in, page, outbox, travel_to
):
    assert (
        help_url(cast, cast.bob)
        in page(sign_in(cast.alice).get(help_url(cast, cast.bob).removesuffix("/aide"))).links
    )
    code = vouched_code(cast, sign_in, page, cast.bob)
    assert outbox.one(to=cast.bob).subject == (
        "Un administrateur de votre bulle a créé un code pour votre compte"
    )
    assert "/ce-n-est-pas-moi/" in outbox.one(to=cast.bob).text
    bob = app.test_client()
    give_password(bob, cast.bob)
    waits = give_vouched(bob, code.lower().replace("-", " "))
    assert "à partir du mardi 24 novembre" in page(waits).text
    assert not is_signed_in(bob)
    warned = outbox.one(to=cast.bob)
    assert warned.subject == "Votre compte va s’ouvrir avec le code d’un administrateur"
    assert "/ce-n-est-pas-moi/" in warned.text
    travel_to(timedelta(hours=23, minutes=59))
    give_password(bob, cast.bob)
    give_vouched(bob, code)
    assert not is_signed_in(bob)
    travel_to(timedelta(minutes=2))
    give_password(bob, cast.bob)
    assert give_vouched(bob, code).status_code == 302
    assert is_signed_in(bob)
    again = app.test_client()
    give_password(again, cast.bob)
    assert give_vouched(again, code).status_code == 422


@pytest.mark.covers("case-S12")
def test_not_me_stops_a_vouched_code(app, cast, sign_in, page, outbox, travel_to):
    code = vouched_code(cast, sign_in, page, cast.bob)
    thief = app.test_client()
    give_password(thief, cast.bob)
    give_vouched(thief, code)
    app.test_client().post(outbox.one(to=cast.bob).link("/ce-n-est-pas-moi/"))
    travel_to(timedelta(hours=25))
    assert give_password(thief, cast.bob).status_code == 422
    assert db.session.query(VouchedCode).count() == 0


def test_the_code_alone_opens_nothing_and_dies_after_ten_minutes(
    app, cast, sign_in, page, travel_to
):
    code = vouched_code(cast, sign_in, page, cast.bob)
    stranger = app.test_client()
    assert give_vouched(stranger, code).status_code == 302
    assert not is_signed_in(stranger)
    travel_to(timedelta(minutes=10))
    give_password(stranger, cast.bob)
    assert "ses 10 minutes sont passées" in page(give_vouched(stranger, code)).text


def test_beside_the_mailbox_the_code_is_the_second_proof(app, cast, sign_in, page, outbox):
    browser = app.test_client()
    browser.post("/mot-de-passe/oubli", data={"email": cast.bob.email})
    link = outbox.one(to=cast.bob).link("/mot-de-passe/nouveau/")
    code = vouched_code(cast, sign_in, page, cast.bob)
    assert browser.post(link, data={"step": "vouched"}).status_code == 302
    assert browser.post(f"{link}/preuve", data={"code": "2222-3333"}).status_code == 422
    assert browser.post(f"{link}/preuve", data={"code": code}).status_code == 302
    assert browser.post(link, data={"new": NEW}).status_code == 302
    assert give_password(browser, cast.bob, NEW).location == "/connexion/code"


def test_the_code_of_one_person_helps_nobody_else(app, cast, sign_in, page):
    code = vouched_code(cast, sign_in, page, cast.bob)
    chloe = app.test_client()
    give_password(chloe, cast.chloe)
    assert give_vouched(chloe, code).status_code == 422


def test_patients_are_helped_by_the_administrators_of_their_bubble(cast, sign_in, page, outbox):
    url = f"/bulles/{cast.bubble.id}/patients/{cast.enrolment.id}/aide"
    alice = sign_in(cast.alice)
    assert url in page(alice.get(f"/bulles/{cast.bubble.id}/patients")).links
    assert "Lisez ce code à Jeanne Roques" in page(alice.post(url, data=FACTS)).text
    assert "a créé un code" in outbox.one(to=cast.jeanne).subject
    assert sign_in(cast.bob).post(url, data=FACTS).status_code == 403
    assert sign_in(cast.mallory).post(url, data=FACTS).status_code == 404
    assert db.session.query(VouchedCode).count() == 1


def test_only_an_administrator_vouches_and_not_for_oneself(cast, sign_in):
    assert sign_in(cast.bob).post(help_url(cast, cast.chloe), data=FACTS).status_code == 403
    assert sign_in(cast.mallory).post(help_url(cast, cast.bob), data=FACTS).status_code == 404
    assert sign_in(cast.alice).post(help_url(cast, cast.alice), data=FACTS).status_code == 403
    assert db.session.query(VouchedCode).count() == 0


@pytest.mark.covers("case-S8")
def test_vouching_needs_a_fresh_proof_and_a_checked_identity(cast, sign_in, page, travel_to):
    alice = sign_in(cast.alice)
    refused = alice.post(help_url(cast, cast.bob), data={"how": "known_voice"})
    assert refused.status_code == 422
    assert "puis cochez cette case" in page(refused).text
    travel_to(timedelta(minutes=11))
    stale = alice.post(help_url(cast, cast.bob), data=FACTS)
    assert stale.status_code == 403
    assert db.session.query(VouchedCode).count() == 0
    fields = {**page(stale).inputs, "step_up_password": PASSWORD}
    sent_on = alice.post("/confirmer", data=fields)
    assert sent_on.status_code == 307
    done = alice.post(sent_on.location, data=fields)  # as browsers do
    assert "Lisez ce code à Bob Garnier" in page(done).text


def test_vouching_is_recorded_with_who_and_how(cast, sign_in, page):
    code = vouched_code(cast, sign_in, page, cast.bob)
    row = db.session.query(VouchedCode).one()
    assert (row.made_by_id, row.how) == (cast.alice.id, IdentityCheck.KNOWN_VOICE)
    assert code.replace("-", "") not in row.code_hash
    entry = db.session.query(AuditEntry).filter_by(permission="member:vouch").one()
    assert (entry.actor_id, entry.about_id, entry.outcome) == (cast.alice.id, cast.bob.id, "done")


@pytest.mark.both_databases
def test_of_many_uses_at_once_one_opens_the_account(app, cast, sign_in, page, travel_to):
    code = vouched_code(cast, sign_in, page, cast.bob)
    starter = app.test_client()
    give_password(starter, cast.bob)
    give_vouched(starter, code)
    travel_to(timedelta(hours=25))
    attempts = []
    for _ in range(6):
        client = app.test_client()
        give_password(client, cast.bob)
        with client.session_transaction() as kept:
            attempts.append(kept["attempt"])
    start, outcomes = threading.Barrier(6), []

    def use(token):
        with app.app_context():
            attempt = find_attempt(token)
            start.wait()
            judged = check_code(
                Anonymous(),
                attempt,
                step=SecondStep.VOUCHED,
                code=code.replace("-", ""),
                device="",
            )
            outcomes.append(bool(judged.token))
            db.session.remove()

    threads = [threading.Thread(target=use, args=(one,)) for one in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(True) == 1
    assert len(outcomes) == 6


# ── The host's command ────────────────────────────────────────────────────────────────────────


def recover(app, *arguments):
    return app.test_cli_runner().invoke(args=["recover", *arguments])


def test_the_host_prints_a_link_that_works_once_and_the_person_is_told(app, cast, outbox):
    printed = recover(app, cast.bob.email.upper())
    assert printed.exit_code == 0, printed.output
    link = printed.output.strip().removeprefix(absolute_url(""))
    told = outbox.one(to=cast.bob)
    assert told.subject == "L’équipe qui gère ce site a créé un lien pour votre compte"
    assert "/ce-n-est-pas-moi/" in told.text
    assert link not in told.text
    browser = app.test_client()
    assert browser.get(link).status_code == 200
    assert browser.post(link, data={"new": NEW}).status_code == 302
    assert browser.post(link, data={"new": PASSWORD}).status_code == 404
    assert give_password(browser, cast.bob, NEW).location == "/connexion/code"
    entry = db.session.query(AuditEntry).filter_by(permission="account:host_recover").one()
    assert (entry.actor_kind, entry.about_id) == ("system", cast.bob.id)


def test_the_host_moves_an_account_and_the_old_address_may_bring_it_back(app, cast, outbox):
    old = cast.bob.email
    assert recover(app, old, "--new-address", "bob.neuf@example.org").exit_code == 0
    db.session.expire_all()
    bob = db.session.get(User, cast.bob.id)
    assert (bob.email, bob.is_email_proved) == ("bob.neuf@example.org", False)
    assert outbox.mails(to="bob.neuf@example.org")
    app.test_client().post(outbox.one(to=old).link("/ce-n-est-pas-moi/"))
    db.session.expire_all()
    assert db.session.get(User, cast.bob.id).email == old


def test_the_host_is_told_why_nothing_was_done(app, cast):
    assert "No account" in recover(app, "nobody@example.org").output
    assert "no e-mail address" in recover(app, "pas une adresse").output
    assert (
        "another account" in recover(app, cast.bob.email, "--new-address", cast.chloe.email).output
    )


def test_vouching_is_refused_at_the_door_too(app, cast):
    from bubbles.operations.members import vouch_for_member
    from bubbles.queries import get_membership

    row = get_membership(cast.chloe.id, cast.bubble.id)
    with pytest.raises(ForbiddenError):
        vouch_for_member(cast.bob, row, how=IdentityCheck.PAPERS)


def test_the_mailed_code_step_stays_open_beside_a_vouched_code(app, cast, sign_in, page, outbox):
    vouched_code(cast, sign_in, page, cast.bob)
    bob = app.test_client()
    give_password(bob, cast.bob)
    choose(bob, "email")
    assert give_code(bob, outbox.one(to=cast.bob).code).status_code == 302
