"""Conversations as people use them: in French, without a script."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from bubbles.models import Membership
from core.database import db
from core.transaction import transaction
from messaging.models import Conversation, Message, ReadMark
from messaging.operations import post_message
from messaging.queries.conversations import find_conversation
from messaging.queries.messages import count_unread_for
from tests import factories as make

pytestmark = pytest.mark.covers("M5")
JSON = {"Accept": "application/json"}


def say(user, conversation, *texts):
    for number, text in enumerate(texts):
        key = f"{user.id}-{conversation.last_seq}-{number}-{abs(hash(text))}"
        post_message(user, conversation, body=text, client_id=f"test-{key}")


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def send(client, url, text, client_id="from-a-page", **options):
    return client.post(url, data={"body": text, "client_id": client_id}, **options)


# ── The list ──────────────────────────────────────────────────────────────────────────────────


def test_who_has_no_team_is_told_what_will_come(cast, sign_in, page):
    seen = page(sign_in(cast.mallory).get("/messages"))
    assert "Pas encore de message" in seen.text
    assert "Dès qu’une équipe de soins vous accueille" in seen.text
    assert "15" in seen.text


def test_the_list_says_who_wrote_what_and_what_is_new(cast, direct, around, sign_in, page):
    say(cast.bob, direct, "Bonjour", "Comment allez-vous ?")
    say(cast.chloe, around, "À demain")
    seen = page(sign_in(cast.jeanne).get("/messages"))
    assert seen.title == "Messages — Alvéole"
    assert "Bob Garnier" in seen.text
    assert "Comment allez-vous ?" in seen.text
    assert "Autour de Jeanne" in seen.text
    assert "Chloé Lefèvre : À demain" in seen.text
    assert "2 non lus" in seen.text
    assert "3 non lus" in seen.text, "the navigation counts everything"
    assert f"/messages/{direct.id}#fin" in seen.links


def test_the_list_offers_whom_one_may_write_to(cast, sign_in, page):
    for user in (cast.jeanne, cast.bob):
        links = page(sign_in(user).get("/messages/ecrire")).links
        assert f"/messages/avec/{cast.enrolment.id}/{cast.bob.id}" in links
        assert f"/messages/autour/{cast.enrolment.id}" in links
    for user in (cast.alice, cast.chloe, cast.mallory):
        links = page(sign_in(user).get("/messages/ecrire")).links
        assert not [link for link in links if "/avec/" in link]


# ── Writing ───────────────────────────────────────────────────────────────────────────────────


def test_a_first_message_makes_the_conversation_and_looking_does_not(cast, sign_in, page):
    url = f"/messages/avec/{cast.enrolment.id}/{cast.bob.id}"
    jeanne = sign_in(cast.jeanne)
    empty = page(jeanne.get(url))
    assert "Seuls Bob Garnier et vous lisez ici." in empty.text
    assert count(Conversation) == 0
    answer = send(jeanne, url, "Bonjour Bob", empty.inputs["client_id"])
    made = find_conversation(cast.enrolment.id, cast.bob.id)
    assert (answer.status_code, answer.location) == (303, f"/messages/{made.id}#fin")
    seen = page(jeanne.get(f"/messages/{made.id}"))
    assert "Bonjour Bob" in seen.text
    assert jeanne.get(url).location == f"/messages/{made.id}"


def test_around_the_patient_everybody_reads_and_the_header_says_so(cast, around, sign_in, page):
    url = f"/messages/{around.id}"
    assert send(sign_in(cast.bob), url, "Pansement refait").status_code == 303
    seen = page(sign_in(cast.chloe).get(url))
    assert seen.title == "Conversation — Alvéole", "no name in a title"
    assert "Autour de Jeanne RoquesLes Tilleuls, date de naissance : 9 mars 1951" in seen.text
    assert "Jeanne lit aussi. 2 accompagnants" in seen.text
    assert "Bob Garnier infirmier, 8:00" in seen.text
    assert "Pansement refait" in seen.text
    assert "1 nouveau message" in seen.text
    assert "Pas pour les urgences : appelez le 15 ou le 112." in seen.text
    assert "Vous et 2 soignants lisez ici." in page(sign_in(cast.jeanne).get(url)).text


def test_the_same_form_sent_twice_is_one_message(cast, direct, sign_in):
    jeanne = sign_in(cast.jeanne)
    for _ in range(2):
        assert send(jeanne, f"/messages/{direct.id}", "Bonjour").status_code == 303
    assert count(Message) == 1


def test_a_form_sent_again_with_other_words_keeps_them_and_can_be_sent(cast, direct, sign_in, page):
    jeanne = sign_in(cast.jeanne)
    url = f"/messages/{direct.id}"
    send(jeanne, url, "Bonjour")
    answer = send(jeanne, url, "Bonsoir")
    assert answer.status_code == 422
    seen = page(answer)
    assert "Ce message était déjà parti avec un autre texte." in seen.text
    assert "Bonsoir" in seen.text
    assert send(jeanne, url, "Bonsoir", seen.inputs["client_id"]).status_code == 303
    assert count(Message) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Écrivez votre message."),
        (" \n\t ", "Écrivez votre message."),
        ("é" * 10_001, "La limite est de 10 000."),
        ("bon\0jour", "un caractère qui ne peut pas être envoyé"),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_what_cannot_be_sent_stays_in_its_box(cast, direct, sign_in, page, text, said, is_first):
    url = f"/messages/autour/{cast.enrolment.id}" if is_first else f"/messages/{direct.id}"
    answer = send(sign_in(cast.jeanne), url, text)
    assert answer.status_code == 422
    seen = page(answer)
    assert seen.title.startswith("Erreur : ")
    assert said in seen.text
    assert text.strip("\n\t \0")[:1000] in seen.html
    assert count(Message) == 0


def test_ten_thousand_characters_pass_and_lines_stay_lines(cast, direct, sign_in):
    jeanne = sign_in(cast.jeanne)
    assert send(jeanne, f"/messages/{direct.id}", "a" * 10_000).status_code == 303
    send(jeanne, f"/messages/{direct.id}", "un\r\ndeux <b>", "another-one")
    html = jeanne.get(f"/messages/{direct.id}").text
    assert "un<br>deux &lt;b&gt;" in html


def test_the_thirty_first_message_of_a_minute_waits_in_its_box(
    cast, direct, sign_in, page, travel_to
):
    jeanne = sign_in(cast.jeanne)
    url = f"/messages/{direct.id}"
    for number in range(30):
        assert send(jeanne, url, "Bonjour", f"message-{number}").status_code == 303
    answer = send(jeanne, url, "Encore", "message-30")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 61
    assert "Encore" in page(answer).text
    assert send(jeanne, url, "Encore", "message-31", headers=JSON).get_json()["error"] == (
        "too_many_requests"
    )
    travel_to(timedelta(minutes=1))
    assert send(jeanne, url, "Encore", "message-30").status_code == 303


def test_where_nobody_would_read_there_is_nothing_to_send_with(cast, direct, sign_in, page):
    say(cast.bob, direct, "À jeudi")
    with transaction():
        db.session.execute(delete(Membership).where(Membership.user_id == cast.bob.id))
    jeanne = sign_in(cast.jeanne)
    seen = page(jeanne.get(f"/messages/{direct.id}"))
    assert "À jeudi" in seen.text
    assert "personne ne recevrait un nouveau message" in seen.text
    assert "body" not in seen.html.split("chat__foot")[1].split("tiny")[0]
    assert send(jeanne, f"/messages/{direct.id}", "Allô ?").status_code == 403


# ── Reading ───────────────────────────────────────────────────────────────────────────────────


def test_days_and_new_messages_are_marked(cast, direct, sign_in, page, travel_to):
    say(cast.jeanne, direct, "Vendredi, déjà")
    travel_to(timedelta(days=1))
    say(cast.jeanne, direct, "Bonjour")
    sign_in(cast.bob).get(f"/messages/{direct.id}")
    travel_to(timedelta(days=1))
    say(cast.jeanne, direct, "Encore", "Et encore")
    whole = page(sign_in(cast.bob).get(f"/messages/{direct.id}")).text
    text = whole[whole.index("De retour en ligne") :]
    parts = ["Lundi 23 novembre", "Vendredi, déjà", "Hier", "Bonjour", "Aujourd’hui"]
    parts += ["2 nouveaux messages", "Encore", "Et encore"]
    where = [text.index(part) for part in parts]
    assert where == sorted(where), text


def test_opening_a_conversation_marks_what_was_shown_as_read(cast, direct, sign_in, page):
    say(cast.bob, direct, "un", "deux")
    jeanne = sign_in(cast.jeanne)
    assert count_unread_for(cast.jeanne) == 2
    assert jeanne.get("/messages/non-lus").get_json() == {"count": 2, "text": "non lus"}
    opened = page(jeanne.get(f"/messages/{direct.id}")).text
    assert "2 nouveaux messages" in opened
    assert "non lu" not in opened, "the page that shows them counts them no more"
    assert count_unread_for(cast.jeanne) == 0
    assert "nouveaux messages" not in page(jeanne.get(f"/messages/{direct.id}")).text
    assert count(ReadMark) == 1


def test_asking_what_is_new_marks_nothing_and_the_page_says_what_it_read(cast, direct, sign_in):
    say(cast.bob, direct, "un", "deux")
    jeanne = sign_in(cast.jeanne)
    jeanne.get(f"/messages/{direct.id}/nouveaux?apres=0")
    assert count_unread_for(cast.jeanne) == 2
    answer = jeanne.post(f"/messages/{direct.id}/lu", data={"seq": "1"}, headers=JSON)
    assert answer.get_json() == {"ok": True, "seq": 1}
    assert count_unread_for(cast.jeanne) == 1


def test_an_open_page_receives_the_same_lines_as_a_new_one(cast, direct, sign_in):
    say(cast.bob, direct, "un", "deux")
    jeanne = sign_in(cast.jeanne)
    whole = jeanne.get(f"/messages/{direct.id}/nouveaux")
    assert whole.headers["X-Last-Seq"] == "2"
    page = jeanne.get(f"/messages/{direct.id}").text
    line = whole.text[whole.text.index('<div class="msg"') :].strip()
    assert line.splitlines()[0] in page
    news = jeanne.get(f"/messages/{direct.id}/nouveaux?apres=1")
    assert "deux" in news.text
    assert "un</p>" not in news.text
    assert "data-day" not in news.text, "the day has begun already"
    nothing = jeanne.get(f"/messages/{direct.id}/nouveaux?apres=2")
    assert (nothing.text.strip(), nothing.headers["X-Last-Seq"]) == ("", "2")


def test_a_long_absence_comes_in_several_answers_and_loses_nothing(
    cast, direct, sign_in, travel_to
):
    for number in range(120):
        if number % 30 == 0:
            travel_to(timedelta(minutes=1))
        say(cast.bob, direct, f"message {number}")
    jeanne, cursor, lines = sign_in(cast.jeanne), 0, []
    while True:
        answer = jeanne.get(f"/messages/{direct.id}/nouveaux?apres={cursor}")
        if int(answer.headers["X-Last-Seq"]) == cursor:
            break
        cursor = int(answer.headers["X-Last-Seq"])
        lines += [part.split("<")[0] for part in answer.text.split('msg__text">')[1:]]
    assert lines == [f"message {number}" for number in range(120)]


def test_earlier_messages_are_one_link_away(cast, direct, sign_in, page, travel_to):
    for number in range(60):
        if number % 30 == 0:
            travel_to(timedelta(minutes=1))
        say(cast.bob, direct, f"message-{number:02}")
    jeanne = sign_in(cast.jeanne)
    jeanne.get(f"/messages/{direct.id}")
    latest = page(jeanne.get(f"/messages/{direct.id}"))
    assert "message-59" in latest.text
    assert "message-09" not in latest.text
    older = f"/messages/{direct.id}?avant=11"
    assert older in latest.links
    earlier = page(jeanne.get(older))
    assert "message-09" in earlier.text
    assert "message-10" not in earlier.text
    assert "Revenir aux derniers messages" in earlier.text


def test_a_page_costs_the_same_whatever_the_number_of_messages(
    cast, direct, around, sign_in, count_queries
):
    jeanne = sign_in(cast.jeanne)
    say(cast.bob, direct, "un")
    jeanne.get(f"/messages/{direct.id}")
    with count_queries() as few:
        jeanne.get(f"/messages/{direct.id}")
    say(cast.bob, direct, *(f"message {number}" for number in range(20)))
    say(cast.chloe, around, "À tous")
    jeanne.get(f"/messages/{direct.id}")
    with count_queries() as many:
        jeanne.get(f"/messages/{direct.id}")
    assert many.total == few.total


def test_a_script_is_answered_in_numbers_or_in_the_same_words(cast, direct, sign_in):
    jeanne = sign_in(cast.jeanne)
    url = f"/messages/{direct.id}"
    assert send(jeanne, url, "Bonjour", headers=JSON).get_json() == {"ok": True, "seq": 1}
    refusal = send(jeanne, url, " ", headers=JSON)
    assert refusal.status_code == 422
    said = json.loads(refusal.text)
    assert said.pop("reference") == refusal.headers["X-Request-Id"]
    assert said == {
        "ok": False,
        "error": "invalid_message",
        "message": "Écrivez votre message.",
    }


def test_a_relative_is_told_who_reads(cast, direct, sign_in, page):
    with transaction():
        claire = make.user("claire", "Claire Roques")
        from patient.models import Guardianship
        from patient.vocabulary import GuardianKind

        db.session.add(
            Guardianship(user_id=claire.id, patient_id=cast.patient.id, kind=GuardianKind.RELATIVE)
        )
    seen = page(sign_in(claire).get(f"/messages/{direct.id}"))
    assert "Jeanne lit aussi." in seen.text
    assert "Claire Roques (vous), agit pour Jeanne" in seen.text
    assert (
        "et la personne qui agit pour vous"
        in page(sign_in(cast.jeanne).get(f"/messages/{direct.id}")).text
    )
