"""Many invitations pasted at once, and lists of hundreds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bubbles import queries
from bubbles.forms.pasted import read_pasted
from bubbles.models import Invitation
from bubbles.operations.answering import accept_invitation, decline_invitation, open_invitation
from bubbles.operations.inviting import (
    INVITATIONS,
    VALID_FOR,
    Offer,
    invite_on_paper,
    revoke_invitation,
    show_link,
)
from bubbles.vocabulary import InvitationState, InvitedAs
from core import clock, rate_limit, tokens
from core.authorization import Anonymous
from core.database import db
from core.outbox import OutboxMessage, OutboxState
from core.transaction import transaction
from tests import factories as make
from tests.bubbles.acts import invited, make_user


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@x.org", [("a@x.org", "", "")]),
        (
            "a@x.org, b@x.org; c@x.org\td@x.org\ne@x.org f@x.org",
            [(f"{n}@x.org", "", "") for n in "abcdef"],
        ),
        ("Camille Roussel <Camille@X.org>", [("camille@x.org", "Camille", "Roussel")]),
        ('"Ferrand, Madeleine" <m@x.org>', [("m@x.org", "Madeleine", "Ferrand")]),
        ("Jean de La Tour <j@x.org>", [("j@x.org", "Jean", "de La Tour")]),
        ("Yanis Benali y@x.org", [("y@x.org", "Yanis", "Benali")]),
        ("- a@x.org\n• b@x.org\n1. c@x.org", [(f"{n}@x.org", "", "") for n in "abc"]),
        ("mailto:a@x.org <b@x.org>", [("a@x.org", "", ""), ("b@x.org", "", "")]),
        ("pas d’adresse", [(None, "", "")]),
        ("cassée@", [(None, "", "")]),
        ("\n ;; , \t\n", []),
        ('<<>> "', []),
    ],
)
def test_addresses_are_read_as_people_paste_them(text, expected):
    read = read_pasted(text)
    assert [(line.email, line.given_name, line.family_name) for line in read] == expected


def test_what_could_not_be_read_reads_the_same_once_more():
    text = '"Ferrand, Madeleine" <m@@x.org>\nsans adresse\ncassée@'
    once = [line.text for line in read_pasted(text)]
    assert [line.text for line in read_pasted("\n".join(once))] == once


@pytest.fixture
def alice(cast, sign_in):
    return sign_in(cast.alice)


def at(cast, path: str = "") -> str:
    return f"/bulles/{cast.bubble.id}/invitations{path}"


def paste(browser, cast, addresses, **values):
    form = {"invited_as": "caregiver", "addresses": addresses, "key": "k1", **values}
    return browser.post(at(cast, "/plusieurs"), data=form)


@pytest.mark.covers("M83", "M84")
def test_the_good_ones_leave_and_the_others_come_back_with_their_reason(cast, alice, page, outbox):
    invited(cast, email="deja@example.org")
    answer = paste(
        alice,
        cast,
        "Camille Roussel <camille@example.org>\nyanis@example.org, yanis@example.org\n"
        "bob@example.org\ndeja@example.org\nPaul sans adresse",
    )

    shown = page(answer)
    assert answer.status_code == 200
    assert "2 invitations sont parties" in shown.text
    assert "3 lignes n’ont pas pu partir" in shown.text
    assert "déjà dans la bulle" in shown.text
    assert "Vous pouvez la renvoyer" in shown.text
    assert "pas d’adresse entière" in shown.text
    box = shown.html.partition('id="addresses"')[2].partition("</textarea>")[0]
    assert "bob@example.org\ndeja@example.org\nPaul sans adresse" in box
    assert "camille" not in box
    assert len(outbox.mails("camille@example.org")) == 1
    assert len(outbox.mails("yanis@example.org")) == 1
    assert "Camille Roussel" in page(alice.get(at(cast))).text


def test_a_whole_list_that_is_good_leads_back_to_the_invitations(cast, alice, page):
    answer = paste(alice, cast, "a@example.org b@example.org")

    assert answer.location.endswith("/invitations")
    assert "2 invitations sont parties" in page(alice.get(answer.location)).text


def test_the_list_pressed_twice_is_sent_once(cast, alice, outbox):
    assert paste(alice, cast, "a@example.org b@example.org").status_code == 302
    assert paste(alice, cast, "a@example.org b@example.org").status_code == 302

    assert len(outbox.mails("a@example.org")) == 1


def test_fifty_at_a_time(cast, alice, page):
    many = "\n".join(f"p{number}@example.org" for number in range(51))
    answer = paste(alice, cast, many)
    assert answer.status_code == 422
    assert "50 au plus" in page(answer).text
    assert "p50@example.org" in page(answer).html

    assert paste(alice, cast, many.rpartition("\n")[0]).status_code == 302
    assert len(db.session.scalars(select(Invitation)).all()) == 50


def test_when_the_hour_is_full_the_rest_stays_in_the_box(cast, alice, page):
    for _ in range(99):
        rate_limit.hit(INVITATIONS, str(cast.alice.id))

    shown = page(paste(alice, cast, "a@example.org b@example.org"))

    assert "1 invitation est partie" in shown.text
    assert "Réessayez dans" in shown.text


@pytest.mark.parametrize("text", ["\x00@example.org", "\ud800", "a" * 20_001, "<" * 5000])
def test_hostile_pastes_are_refused_quietly(cast, alice, text):
    answer = paste(alice, cast, text.encode("utf-8", "surrogatepass"))

    assert answer.status_code == 422
    assert db.session.scalars(select(Invitation)).all() == []


# ── Lists of hundreds ─────────────────────────────────────────────────────────────────────────


def all_states(cast, outbox, travel_to):
    """Write one invitation of each state, and return them by state."""
    made = {InvitationState.EXPIRED: invited(cast, email="expired@example.org")}
    outbox.deliver()
    travel_to(timedelta(days=15))
    made[InvitationState.SENT] = invited(cast, email="sent@example.org")
    made[InvitationState.NOT_DELIVERED] = invited(cast, email="dead@example.org")
    made[InvitationState.OPENED] = invited(cast, email="opened@example.org")
    made[InvitationState.ACCEPTED] = invited(cast, email="accepted@example.org")
    declined = invited(cast, email="declined@example.org")
    made[InvitationState.DECLINED] = declined
    link = outbox.one("declined@example.org").link("/invitations/").rpartition("/")[2]
    with transaction():
        dead = made[InvitationState.NOT_DELIVERED].outbox_message_id
        db.session.get_one(OutboxMessage, dead).state = OutboxState.DEAD
    open_invitation(Anonymous(), made[InvitationState.OPENED])
    accept_invitation(make_user("accepted"), made[InvitationState.ACCEPTED])
    decline_invitation(Anonymous(), declined, link=link)
    made[InvitationState.REVOKED] = invited(cast, email="revoked@example.org")
    revoke_invitation(cast.alice, made[InvitationState.REVOKED])
    made[InvitationState.WAITING] = invited(cast, email="waiting@example.org")
    return made


@pytest.mark.both_databases
@pytest.mark.covers("M84")
def test_the_database_judges_states_as_the_page_does(cast, outbox, travel_to):
    made = all_states(cast, outbox, travel_to)
    assert set(made) == set(InvitationState)
    by_hand = invited(cast, email="hand@example.org")
    show_link(cast.alice, by_hand)
    paper, _code = invite_on_paper(cast.alice, cast.bubble, offer=Offer(InvitedAs.CAREGIVER))
    db.session.expire_all()

    for state, invitation in made.items():
        rows = queries.list_invitations_for(cast.alice, cast.bubble.id, state=state).rows
        expected = {invitation.id}
        if state is InvitationState.SENT:
            expected |= {by_hand.id, paper.id}
        assert {row.id for row in rows} == expected, state
        assert all(row.state(clock.now()) is state for row in rows)
    counts = queries.list_invitations_for(cast.alice, cast.bubble.id).counts
    assert counts == dict.fromkeys(InvitationState, 1) | {InvitationState.SENT: 3}


def test_hundreds_are_paged_and_filtered_at_a_constant_cost(
    cast, alice, page, count_queries, travel_to
):
    def cost(path):
        alice.get(path)
        with count_queries() as count:
            assert alice.get(path).status_code == 200
        return count.total

    invited(cast, email="first@example.org")
    few = cost(at(cast))
    now = clock.now()
    with transaction():
        for number in range(300):
            db.session.add(
                Invitation(
                    bubble_id=cast.bubble.id,
                    email=f"p{number}@example.org",
                    invited_as=InvitedAs.PATIENT,
                    token_hash=tokens.hash_token(str(number)),
                    invited_by_id=cast.alice.id,
                    created_at=now,
                    sent_at=now,
                    expires_at=now + VALID_FOR,
                )
            )
    assert cost(at(cast)) == few
    shown = page(alice.get(at(cast)))
    assert "Page 1 sur 13" in shown.text
    assert shown.html.count("/renvoi") == 25
    assert "Page 13 sur 13" in page(alice.get(at(cast, "?page=999"))).text
    for query in ("?page=-1", "?page=x", "?etat=boss", "?etat=sent&page=2", "?page=²"):
        assert alice.get(at(cast, query)).status_code == 200
    assert "first@example.org" in page(alice.get(at(cast, "?etat=waiting"))).text


def test_sixty_caregivers_cost_no_more_than_three(cast, alice, count_queries):
    def cost(path):
        alice.get(path)
        with count_queries() as count:
            assert alice.get(path).status_code == 200
        return count.total

    paths = [
        f"/bulles/{cast.bubble.id}/accompagnants",
        f"/bulles/{cast.bubble.id}/membres/{cast.bob.id}",
        "/bulles",
        at(cast, "/nouvelle"),
    ]
    few = [cost(path) for path in paths]
    with transaction():
        for number in range(57):
            make.caregiver(make.user(f"c{number}"), cast.bubble)
    assert [cost(path) for path in paths] == few
