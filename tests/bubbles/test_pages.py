"""Bubbles and invitations as people use them: in French, by pressing what is on the page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bubbles import queries
from bubbles.operations.information import create_bubble
from bubbles.operations.inviting import invite, revoke_invitation
from bubbles.vocabulary import BubbleInformation, InvitedAs
from core import clock
from core.authorization import INSTANCE, System
from core.database import db
from core.outbox import OutboxMessage, OutboxState
from core.transaction import transaction
from tests import factories as make

NEW = "camille@example.org"


@pytest.fixture
def alice(cast, sign_in):
    return sign_in(cast.alice)


def at(cast, path: str = "") -> str:
    return f"/bulles/{cast.bubble.id}{path}"


def send(browser, cast, **values):
    form = {"invited_as": "caregiver", "email": NEW, "key": values.pop("key", "k1"), **values}
    return browser.post(at(cast, "/invitations/nouvelle"), data=form)


def link_to(outbox, email: str = NEW) -> str:
    return outbox.one(email).link("/invitations/")


# ── Bubbles ───────────────────────────────────────────────────────────────────────────────────


def test_a_bubble_is_created_from_its_page(cast, sign_in, page):
    browser = sign_in(cast.mallory)
    assert "Pas encore de bulle" in page(browser.get("/bulles")).text

    shown = page(browser.get("/bulles/nouvelle"))
    assert 'value="Europe/Paris" selected' in shown.html
    answer = browser.post(
        "/bulles/nouvelle",
        data={
            "name": "Les Ormes",
            "contact_phone": "05 36 49 56 78",
            "contact_email": "Ormes@Example.ORG",
            "time_zone": "Indian/Reunion",
            "town": "Saint-Denis",
            "also_caregiver": "y",
        },
        follow_redirects=True,
    )

    shown = page(answer)
    assert "La bulle est créée" in shown.text
    assert "Pas encore d’invitation" in shown.text
    (bubble,) = queries.list_bubbles_for(cast.mallory)
    assert bubble.contact_phone == "+33536495678"
    assert bubble.contact_email == "ormes@example.org"
    assert bubble.time_zone == "Indian/Reunion"
    assert "Les Ormes" in page(browser.get("/bulles")).text


def test_what_was_typed_stays_when_something_is_missing(alice, page):
    answer = alice.post(
        "/bulles/nouvelle",
        data={"town": "Balma", "contact_email": "pas une adresse", "time_zone": "Mars/Olympus"},
    )

    shown = page(answer)
    assert answer.status_code == 422
    assert shown.title.startswith("Erreur")
    assert "Donnez un nom à la bulle" in shown.text
    assert "Écrivez une adresse e-mail entière" in shown.text
    assert shown.inputs["town"] == "Balma"
    assert shown.inputs["contact_email"] == "pas une adresse"


def test_only_the_host_creates_bubbles_where_it_was_so_decided(cast, sign_in, page, monkeypatch):
    from bubbles.policy import BubblePermission
    from core import authorization

    monkeypatch.setitem(authorization.RULES, BubblePermission.CREATE, authorization.is_system)
    browser = sign_in(cast.mallory)

    assert "/bulles/nouvelle" not in page(browser.get("/bulles")).links
    assert browser.get("/bulles/nouvelle").status_code == 403
    information = BubbleInformation(name="Les Ormes", time_zone="Europe/Paris")
    assert authorization.can(System("command"), BubblePermission.CREATE, INSTANCE)
    with pytest.raises(Exception, match="bubble:create"):
        create_bubble(cast.mallory, INSTANCE, information=information, also_caregiver=False)


@pytest.mark.covers("M77")
def test_my_bubbles_lists_mine_and_no_other(cast, alice, sign_in, page):
    with transaction():
        make.bubble("Les Ormes", admin=cast.mallory)

    assert "Les Tilleuls" in page(alice.get("/bulles")).text
    assert "Les Ormes" not in page(alice.get("/bulles")).text
    assert "Vous l’administrez" in page(alice.get("/bulles")).text
    assert "Vous y êtes accompagnant" in page(sign_in(cast.bob).get("/bulles")).text


@pytest.mark.covers("M85")
def test_an_administrator_corrects_the_general_information(cast, alice, page):
    shown = page(alice.get(at(cast, "/informations")))
    assert "14 rue des Tilleuls" in shown.text
    assert "05 36 49 56 78" in shown.text

    form = page(alice.get(at(cast, "/informations/modifier"))).inputs
    form |= {"name": "Les Grands Tilleuls", "time_zone": "Europe/Paris", "description": "Soins"}
    answer = alice.post(at(cast, "/informations/modifier"), data=form, follow_redirects=True)

    assert "Les Grands Tilleuls" in page(answer).text
    assert "sont à jour" in page(answer).text


@pytest.mark.covers("M86")
def test_members_consult_and_strangers_find_nothing(cast, sign_in, page):
    bob, mallory, jeanne = (sign_in(one) for one in (cast.bob, cast.mallory, cast.jeanne))
    shown = page(bob.get(at(cast, "/informations")))
    assert "14 rue des Tilleuls" in shown.text
    assert "Modifier" not in shown.text
    assert at(cast, "/invitations") not in shown.links

    invitation = invite(cast.alice, cast.bubble, email=NEW, invited_as=InvitedAs.CAREGIVER)
    one = at(cast, f"/invitations/{invitation.id}")
    doors = [
        ("get", at(cast, "/informations/modifier")),
        ("post", at(cast, "/informations/modifier")),
        ("get", at(cast, "/invitations")),
        ("get", at(cast, "/invitations/nouvelle")),
        ("post", at(cast, "/invitations/nouvelle")),
        ("post", f"{one}/renvoi"),
        ("get", f"{one}/revocation"),
        ("post", f"{one}/revocation"),
        ("get", at(cast, f"/membres/{cast.chloe.id}/retrait")),
        ("post", at(cast, f"/membres/{cast.chloe.id}/retrait")),
    ]
    for method, path in doors:
        assert getattr(bob, method)(path).status_code == 403, path
        assert getattr(mallory, method)(path).status_code == 404, path
        assert getattr(jeanne, method)(path).status_code == 404, path
    for path in (at(cast), at(cast, "/informations"), at(cast, "/accompagnants")):
        assert mallory.get(path).status_code == 404
    assert len(queries.list_members(cast.bubble.id)) == 3


def test_the_first_tab_depends_on_what_one_may_do(cast, alice, sign_in):
    assert alice.get(at(cast)).location.endswith("/invitations")
    assert sign_in(cast.bob).get(at(cast)).location.endswith("/accompagnants")


# ── Inviting ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("M82", "M84")
def test_a_patient_is_invited_with_the_caregivers_who_will_follow(cast, alice, page, outbox):
    shown = page(alice.get(at(cast, "/invitations/nouvelle?role=patient")))
    assert "Qui suivra ce patient" in shown.text
    assert "Ne citez aucun patient" in shown.text
    assert "valable 14 jours" in shown.text
    assert "Bob Garnier" in shown.text

    answer = send(alice, cast, invited_as="patient", followers=[cast.bob.id])

    shown = page(alice.get(answer.location))
    assert NEW in shown.text
    assert "En attente d’envoi" in shown.text
    assert "dans 14 jours" in shown.text
    assert "Patient" in shown.text
    assert len(outbox.mails(NEW)) == 1
    assert "Envoyée" in page(alice.get(answer.location)).text


def test_the_form_pressed_twice_sends_one_invitation(cast, alice, outbox):
    assert send(alice, cast).status_code == 302
    assert send(alice, cast).status_code == 302

    assert len(outbox.mails(NEW)) == 1


def test_an_open_invitation_is_offered_to_be_sent_again(cast, alice, page, outbox):
    send(alice, cast)

    answer = send(alice, cast, key="k2", word="Encore bonjour")

    shown = page(answer)
    assert answer.status_code == 409
    assert "Vous pouvez la renvoyer" in shown.text
    assert "Encore bonjour" in shown.text
    (again,) = [action for action in shown.actions if action.endswith("/renvoi")]
    assert "Le précédent ne marche plus" in page(alice.post(again, follow_redirects=True)).text
    assert len(outbox.mails(NEW)) == 1  # the first had not left: it was withdrawn with its link


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"email": ""}, "Écrivez l’adresse e-mail"),
        ({"email": "camille"}, "Écrivez une adresse e-mail entière"),
        ({"invited_as": "boss"}, None),
        ({"word": "x" * 501}, "500 caractères au plus"),
        ({"invited_as": "patient", "followers": ["99999"]}, None),
        ({"email": "bob@example.org"}, "déjà dans la bulle"),
    ],
)
def test_an_invitation_that_cannot_be_sent_says_why_and_keeps_what_was_typed(
    cast, alice, page, outbox, values, words
):
    answer = send(alice, cast, **{"word": "Bonjour", **values})

    assert answer.status_code in {409, 422}
    shown = page(answer)
    assert shown.title.startswith("Erreur")
    assert words is None or words in shown.text
    assert shown.inputs["email"] == values.get("email", NEW)
    assert outbox.waiting() == 0


def test_four_hundred_invitations_an_hour_are_enough_case_i7(cast, alice, sign_in, travel_to):
    from bubbles.operations.inviting import INVITATIONS
    from core import rate_limit

    for _ in range(INVITATIONS.count):
        rate_limit.hit(INVITATIONS, str(cast.alice.id))

    answer = send(alice, cast)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    travel_to(timedelta(hours=1))
    assert send(sign_in(cast.alice), cast).status_code == 302


def test_whoever_never_answers_is_left_alone_case_i7(cast, alice, sign_in, page, travel_to):
    send(alice, cast)
    listed = page(alice.get(at(cast, "/invitations")))
    resend = next(action for action in listed.actions if action.endswith("/renvoi"))
    assert [alice.post(resend).status_code for _ in range(5)] == [302] * 4 + [429]
    assert send(alice, cast, email="autre@example.org", key="k2").status_code == 302
    travel_to(timedelta(days=1))
    assert sign_in(cast.alice).post(resend).status_code == 302


def test_nobody_founds_bubbles_by_the_dozen(cast, sign_in):
    mallory = sign_in(cast.mallory)
    data = {"name": "Une bulle", "time_zone": "Europe/Paris"}
    statuses = [mallory.post("/bulles/nouvelle", data=data).status_code for _ in range(11)]
    assert statuses == [302] * 10 + [429]


@pytest.mark.covers("M84")
def test_the_table_says_every_state_in_words(cast, page, travel_to, outbox, sign_in):
    def invited(email):
        return invite(cast.alice, cast.bubble, email=email, invited_as=InvitedAs.CAREGIVER)

    invited("expired@example.org")
    travel_to(timedelta(days=20))
    revoke_invitation(cast.alice, invited("revoked@example.org"))
    dead = invited("dead@example.org")
    outbox.deliver()
    late = invited("late@example.org")
    accepted = invited(cast.mallory.email)
    outbox.deliver()
    with transaction():
        db.session.get_one(OutboxMessage, dead.outbox_message_id).state = OutboxState.DEAD
        message = db.session.get_one(OutboxMessage, late.outbox_message_id)
        message.state, message.last_error = OutboxState.QUEUED, "TimeoutError"
        message.not_before = clock.now() + timedelta(hours=1)
    assert sign_in(cast.mallory).post(f"{link_to(outbox, cast.mallory.email)}/acceptation")
    assert accepted.email == cast.mallory.email

    text = page(sign_in(cast.alice).get(at(cast, "/invitations"))).text

    for words in (
        "Expirée",
        "Révoquée",
        "Par vous",
        "Non distribuée",
        "En attente d’envoi",
        "Il partira tout seul",
    ):
        assert words in text
    assert "Acceptée" in text
    assert "Mallory Voisin" in text


@pytest.mark.covers("M84")
def test_revoking_asks_first(cast, alice, page, visitor, outbox):
    send(alice, cast)
    link = link_to(outbox)
    (path,) = [one for one in page(alice.get(at(cast, "/invitations"))).links if "revoc" in one]

    assert "n’ouvrira plus rien" in page(alice.get(path)).text
    assert visitor.get(link).status_code == 200
    assert "est révoquée" in page(alice.post(path, follow_redirects=True)).text
    assert visitor.get(link).status_code == 404


def test_the_list_of_invitations_costs_the_same_for_many_as_for_few(
    cast, alice, count_queries, travel_to
):
    def cost():
        with count_queries() as count:
            assert alice.get(at(cast, "/invitations")).status_code == 200
        return count.total

    invite(cast.alice, cast.bubble, email="a@example.org", invited_as=InvitedAs.CAREGIVER)
    cost()
    few = cost()
    for number in range(20):
        invite(
            cast.alice,
            cast.bubble,
            email=f"p{number}@example.org",
            invited_as=InvitedAs.PATIENT,
            follower_ids=[cast.bob.id],
        )
    cost()
    assert cost() == few


# ── Leaving ───────────────────────────────────────────────────────────────────────────────────


def test_a_member_is_removed_after_a_question(cast, alice, sign_in, page):
    path = at(cast, f"/membres/{cast.chloe.id}/retrait")
    place = at(cast, f"/membres/{cast.chloe.id}")
    assert place in page(alice.get(at(cast, "/accompagnants"))).links
    assert path in page(alice.get(place)).links
    assert "Chloé Lefèvre" in page(alice.get(path)).text

    answer = alice.post(path, follow_redirects=True)

    assert "Chloé Lefèvre n’est plus dans la bulle" in page(answer).text
    assert sign_in(cast.chloe).get(at(cast)).status_code == 404


def test_the_last_administrator_is_told_why_they_stay(cast, alice, page):
    answer = alice.post(at(cast, f"/membres/{cast.alice.id}/retrait"))

    assert answer.status_code == 409
    assert "c’est le dernier" in page(answer).text


def test_a_member_leaves_by_themselves(cast, sign_in, page):
    bob = sign_in(cast.bob)

    answer = bob.post(at(cast, f"/membres/{cast.bob.id}/retrait"), follow_redirects=True)

    assert "Vous avez quitté la bulle" in page(answer).text
