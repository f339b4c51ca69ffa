"""Many invitations pasted at once, and lists of hundreds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bubbles import queries
from bubbles.models import Invitation, InvitationList
from bubbles.operations.answering import accept_invitation, decline_invitation, open_invitation
from bubbles.operations.inviting import (
    INVITATIONS,
    VALID_FOR,
    Offer,
    invite,
    invite_on_paper,
    revoke_invitation,
    show_link,
)
from bubbles.operations.members import remove_member
from bubbles.vocabulary import InvitationState, InvitedAs
from core import clock, rate_limit, retention, tokens
from core.authorization import Anonymous
from core.database import db
from core.outbox import OutboxMessage, OutboxState
from core.transaction import transaction
from tests import factories as make
from tests.bubbles.acts import invited, make_user, membership, second_admin


@pytest.fixture
def alice(cast, sign_in):
    return sign_in(cast.alice)


def at(cast, path: str = "") -> str:
    return f"/bulles/{cast.bubble.id}/invitations{path}"


def paste(browser, cast, addresses, **values):
    form = {"invited_as": "caregiver", "addresses": addresses, "key": "k1", **values}
    return browser.post(at(cast, "/plusieurs"), data=form)


def lines_left(shown) -> str:
    return shown.html.partition('id="addresses"')[2].partition(">")[2].partition("</textarea>")[0]


@pytest.mark.covers("M83", "M84")
def test_the_good_ones_leave_and_the_others_come_back_with_their_reason(cast, alice, page, outbox):
    invited(cast, email="deja@example.org")
    answer = paste(
        alice,
        cast,
        "Camille Roussel <camille@example.org>\nyanis@example.org, yanis@example.org\n"
        "bob@example.org\ndeja@example.org\nPaul sans adresse",
    )
    assert answer.status_code == 303

    shown = page(alice.get(answer.location))
    assert "2 invitations sont parties" in shown.text
    assert "1 ligne répète une adresse" in shown.text
    assert "1 ligne n’a pas été comprise" in shown.text
    assert "2 personnes n’ont pas été invitées" in shown.text
    assert "déjà dans la bulle" in shown.text
    assert "Vous pouvez la renvoyer" in shown.text
    assert "pas d’adresse entière" in shown.text
    assert lines_left(shown).split("\n") == [
        "bob@example.org",
        "deja@example.org",
        "Paul sans adresse",
    ]
    assert "Camille Roussel" in shown.text  # what left stands beside
    assert len(outbox.mails("camille@example.org")) == 1
    assert len(outbox.mails("yanis@example.org")) == 1
    assert "Camille Roussel" in page(alice.get(at(cast))).text


def test_what_was_corrected_leaves_and_what_had_left_does_not_leave_twice(
    cast, alice, page, outbox
):
    text = "Nom;Prénom;E-mail\nDupont;Ana;a@example.org\nLe Goff;Yann;y@@example.org\nX;Y;"
    result = paste(alice, cast, text).location
    shown = page(alice.get(result))
    assert lines_left(shown) == "Le Goff, Yann y@@example.org\nX, Y"

    corrected = "Le Goff, Yann y@example.org\na@example.org\nX, Y"
    again = alice.post(result, data={"addresses": corrected})
    assert again.location == result
    shown = page(alice.get(result))
    assert "2 invitations sont parties" in shown.text
    assert lines_left(shown) == "X, Y"
    assert len(outbox.mails("a@example.org")) == 1
    assert len(outbox.mails("y@example.org")) == 1
    names = db.session.execute(select(Invitation.given_name, Invitation.family_name)).all()
    assert sorted(tuple(row) for row in names) == [("Ana", "Dupont"), ("Yann", "Le Goff")]

    done = alice.post(result, data={"addresses": "X, Y x@example.org"})
    assert done.location.endswith("/invitations")
    assert "3 invitations sont parties" in page(alice.get(done.location)).text
    assert alice.get(result).status_code == 404  # the list has served
    assert db.session.scalars(select(InvitationList)).all() == []


@pytest.mark.parametrize(
    "data", [{}, {"addresses": ""}, {"addresses": " ;\n"}, {"addresses": "\0"}]
)
def test_nothing_corrected_is_said_and_nothing_is_lost(cast, alice, page, data):
    result = paste(alice, cast, "a@example.org\nPaul").location
    assert alice.post(result, data=data).status_code == 422
    assert lines_left(page(alice.get(result))) == "Paul"


def test_a_list_is_ones_own_sealed_and_forgotten_after_a_day(cast, alice, sign_in, travel_to, app):
    second_admin(cast)
    result = paste(alice, cast, "Ana Dupont a@example.org\nPaul Secret").location
    assert sign_in(cast.mallory).get(result).status_code == 404
    assert sign_in(cast.bob).get(result).status_code == 403
    raw = db.session.scalar(text("SELECT content FROM invitation_lists"))
    assert "Secret" not in raw
    assert "Ana" not in raw

    travel_to(timedelta(hours=24))
    assert sign_in(cast.alice).get(result).status_code == 404
    travel_to(timedelta(seconds=1))
    retention.apply(1, {})
    assert db.session.scalars(select(InvitationList)).all() == []


def test_a_whole_list_that_is_good_leads_back_to_the_invitations(cast, alice, page):
    answer = paste(alice, cast, "a@example.org b@example.org")

    assert answer.location.endswith("/invitations")
    assert "2 invitations sont parties" in page(alice.get(answer.location)).text


def test_the_list_pressed_twice_is_sent_once(cast, alice, outbox):
    assert paste(alice, cast, "a@example.org b@example.org").status_code == 302
    assert paste(alice, cast, "a@example.org b@example.org").status_code == 302

    assert len(outbox.mails("a@example.org")) == 1


def test_two_hundred_leave_in_one_go_and_three_hundred_at_most(cast, alice, page):
    many = "".join(f"Nom{number}\tAna\tp{number}@example.org\n" for number in range(301))
    answer = paste(alice, cast, many)
    assert answer.status_code == 422
    assert "300 au plus" in page(answer).text
    assert "p300@example.org" in page(answer).html

    two_hundred = "Nom\tPrénom\tMail\n" + "\n".join(many.split("\n")[:200])
    answer = paste(alice, cast, two_hundred)
    assert "200 invitations sont parties" in page(alice.get(answer.location)).text
    assert len(db.session.scalars(select(Invitation)).all()) == 200


def test_a_long_list_to_correct_is_one_field(cast, alice, page):
    result = paste(alice, cast, "\n".join(f"Personne {number}" for number in range(250))).location
    shown = page(alice.get(result))
    assert "250 lignes n’ont pas été comprises" in shown.text
    assert lines_left(shown).count("\n") == 249
    form = shown.html.partition("/plusieurs/")[2].partition("</form>")[0]
    assert form.count(" name=") <= 80


def test_when_the_hour_is_full_the_rest_stays_in_the_box(cast, alice, page, sign_in, travel_to):
    for _ in range(INVITATIONS.count - 1):
        rate_limit.hit(INVITATIONS, str(cast.alice.id))

    result = paste(alice, cast, "a@example.org b@example.org").location
    shown = page(alice.get(result))

    assert "1 invitation est partie" in shown.text
    assert "1 doit attendre" in shown.text
    assert "Réessayez dans" in shown.text
    travel_to(timedelta(hours=1, minutes=1))
    alice = sign_in(cast.alice)
    done = alice.post(result, data={"addresses": lines_left(shown)})
    assert "2 invitations sont parties" in page(alice.get(done.location)).text


@pytest.mark.parametrize("text", ["\x00@example.org", "\ud800", "a" * 300_001, "<" * 5000])
def test_hostile_pastes_are_refused_quietly(cast, alice, text):
    answer = paste(alice, cast, text.encode("utf-8", "surrogatepass"))

    assert answer.status_code in {303, 422}  # a line that is not understood, or nothing at all
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
    second_admin(cast)
    made[InvitationState.TO_CONFIRM] = invite(
        cast.mallory, cast.bubble, email="confirm@example.org", invited_as=InvitedAs.CAREGIVER
    )
    remove_member(cast.alice, membership(cast.mallory, cast.bubble))
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
