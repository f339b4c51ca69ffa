"""Who only holds a link learns that somebody is invited: not where to, by whom, nor as what."""

from __future__ import annotations

import pytest

from bubbles.operations.inviting import Offer, invite, invite_on_paper
from bubbles.vocabulary import InvitedAs, Invitee
from core.database import db
from core.transaction import transaction
from tests.bubbles.acts import NEW, make_user

SECRETS = [
    "Tilleuls",
    "Alice",
    "Martin",
    "Roussel",
    "Camille",
    "Saint-Jean",
    "Un mot privé",
    "phrase",
]


@pytest.fixture(params=list(InvitedAs))
def link(request, cast, outbox):
    with transaction():
        db.session.merge(cast.bubble).team_sentence = "Une phrase d’équipe"
    invite(
        cast.alice,
        cast.bubble,
        email=NEW,
        invited_as=request.param,
        word="Un mot privé",
        invitee=Invitee("Camille", "Roussel"),
    )
    return outbox.one(NEW).link("/invitations/")


def leaks(html: str) -> list[str]:
    return [secret for secret in SECRETS if secret in html]


def everything(browser, link):
    """Return what a holder of the link can be shown, in every way there is."""
    yield browser.get(link)
    yield browser.get(f"{link}/refus")
    yield browser.get(f"{link}/logo")
    yield browser.get(f"{link}/identite", follow_redirects=True)
    yield browser.post(f"{link}/demande")
    yield browser.post(f"{link}/ouverture", data={"compte": "oui"}, follow_redirects=True)
    yield browser.post(f"{link}/ouverture", follow_redirects=True)
    yield browser.get(f"/inscription?suite={link}", follow_redirects=True)
    yield browser.get(f"/connexion?suite={link}", follow_redirects=True)
    yield browser.get("/inscription/code", follow_redirects=True)


def test_a_visitor_with_the_link_learns_nothing(link, visitor, page):
    for answer in everything(visitor, link):
        html = answer.get_data(as_text=True)
        assert leaks(html) == []
        assert NEW not in html
        assert "en tant qu" not in html
    shown = page(visitor.get(link))
    assert "Une équipe de soins vous invite" in shown.text
    assert "c•••••@example.org" in shown.text
    assert shown.title.startswith("Invitation — ")


def test_the_same_page_whatever_the_part(cast, visitor, page, outbox):
    texts = set()
    for number, part in enumerate(InvitedAs):
        email = f"c{number}@example.org"
        invite(cast.alice, cast.bubble, email=email, invited_as=part)
        texts.add(page(visitor.get(outbox.one(email).link("/invitations/"))).text)
    assert len(texts) == 1


def test_another_account_learns_nothing_and_comes_back_after_signing_out(cast, link, sign_in, page):
    browser = sign_in(cast.mallory)
    shown = page(browser.get(link))
    assert leaks(shown.html) == []
    assert "c•••••@example.org" in shown.text
    assert "m•••••@example.org" in shown.text
    assert browser.post("/deconnexion", data={"suite": link}).location == link
    assert page(browser.get(link)).text.count("Continuer avec cette adresse") == 1


def test_its_person_reads_it_all(link, sign_in, page):
    shown = page(sign_in(make_user("camille")).get(link))
    assert {"Tilleuls", "Alice", "Un mot privé", "phrase"} <= set(leaks(shown.html))


def test_a_team_that_is_named_in_mails_is_named_here(cast, link, visitor, page):
    with transaction():
        db.session.merge(cast.bubble).is_named_in_mails = True
    shown = page(visitor.get(link))
    assert "Alice Martin vous invite à rejoindre la bulle « Les Tilleuls »" in shown.text
    assert NEW not in shown.html


def test_the_code_of_a_sheet_leads_to_the_same_neutral_page(cast, visitor, page):
    offer = Offer(InvitedAs.PATIENT, Invitee("Camille", "Roussel"))
    _paper, code = invite_on_paper(cast.alice, cast.bubble, offer=offer)
    assert leaks(visitor.get("/invitation").get_data(as_text=True)) == []
    answer = visitor.post("/invitation", data={"code": code}, follow_redirects=True)
    assert leaks(answer.get_data(as_text=True)) == []
    assert "Une équipe de soins vous invite" in page(answer).text
