"""The other door: the same rooms, the same rules, the same words."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from flask_babel import refresh
from sqlalchemy import delete, func, select, update

from bubbles.models import Membership
from core.database import db
from core.transaction import transaction
from messaging.models import Message
from messaging.queries.messages import count_unread_for
from patient.models import CareAssignment
from security.models import User

pytestmark = pytest.mark.covers("M5")
MESSAGE = 10
"""Statements: who writes, and where; who may, what was written before; the message with its number,
its id, whom it reaches and its audit; whose pages live."""
OF_A_NEW_MINUTE = 2
"""The look for unread messages, which the first one of a minute asks for."""
LOCK = {"sqlite": 0, "postgresql": 1}
"""On PostgreSQL the conversation is locked first."""


@pytest.fixture
def cast(cast):
    return detached(cast, vars(cast).values())


@pytest.fixture
def direct(direct):
    return detached(direct, [direct])


@pytest.fixture
def around(around):
    return detached(around, [around])


def detached(thing, rows):
    """A socket's events end the session of the test too: keep what was read, for its ids."""
    for row in rows:
        db.session.refresh(row)
    db.session.expunge_all()
    return thing


def post(client, conversation, body="Bonjour", client_id="from-a-socket", **more):
    data = {"conversation": conversation.id, "body": body, "client_id": client_id, **more}
    return client.emit("post_message", data, callback=True)


def heard(client):
    return [(packet["name"], packet["args"][0]) for packet in client.get_received()]


def count():
    return db.session.scalar(select(func.count()).select_from(Message))


@pytest.mark.both_databases
def test_what_one_writes_the_other_is_told_at_once_without_a_word_of_it(cast, direct, connect):
    jeanne, bob, chloe = connect(cast.jeanne), connect(cast.bob), connect(cast.chloe)
    assert post(jeanne, direct, "J’ai mal dormi") == {"ok": True, "seq": 1}
    hint = ("message_posted", {"conversation": direct.id, "seq": 1})
    assert heard(bob) == [hint]
    assert heard(jeanne) == [hint], "one's own other pages look again too"
    assert heard(chloe) == []


def test_a_page_and_a_socket_are_two_doors_to_one_message(cast, direct, connect, sign_in):
    jeanne, bob = connect(cast.jeanne), connect(cast.bob)
    post(jeanne, direct, "Bonjour", "the-same-id")
    heard(bob)
    answer = sign_in(cast.jeanne).post(
        f"/messages/{direct.id}",
        data={"body": "Bonjour", "client_id": "the-same-id"},
        headers={"Accept": "application/json"},
    )
    assert answer.get_json() == {"ok": True, "seq": 1}
    assert heard(bob) == [], "what is stored already is no news"
    assert count() == 1


@pytest.mark.both_databases
def test_both_doors_at_once_store_one_message(app, cast, direct, connect, sign_in):
    socket, page = connect(cast.jeanne), sign_in(cast.jeanne)
    data = {"body": "Bonjour", "client_id": "the-same-id"}
    url, conversation_id = f"/messages/{direct.id}", direct.id
    barrier, answers = Barrier(2), []

    def by_page():
        barrier.wait(60)
        answers.append(page.post(url, data=data, headers={"Accept": "application/json"}).get_json())

    def by_socket():
        barrier.wait(60)
        said = {**data, "conversation": conversation_id}
        answers.append(socket.emit("post_message", said, callback=True))

    threads = [Thread(target=by_page), Thread(target=by_socket)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [{"ok": True, "seq": 1}] * 2
    assert count() == 1


@pytest.mark.parametrize("what", [Membership, CareAssignment])
@pytest.mark.both_databases
def test_a_removed_member_hears_nothing_more_on_an_open_socket(cast, direct, around, connect, what):
    jeanne, bob = connect(cast.jeanne), connect(cast.bob)
    post(jeanne, around, "Avant", "before-01")
    assert len(heard(bob)) == 1
    with transaction():
        db.session.execute(delete(what).where(what.user_id == cast.bob.id))
    assert post(jeanne, around, "Après", "after-001")["ok"]
    assert heard(bob) == []
    for conversation in (direct, around):
        assert post(bob, conversation)["error"] == "not_found"
        answer = bob.emit("mark_read", {"conversation": conversation.id, "seq": 1}, callback=True)
        assert answer["error"] == "not_found"
    assert count() == 2


def test_a_stranger_reaches_nothing(cast, direct, around, connect):
    mallory, alice = connect(cast.mallory), connect(cast.alice)
    for stranger in (mallory, alice):
        for conversation in (direct, around):
            answer = post(stranger, conversation)
            assert (answer["ok"], answer["error"]) == (False, "not_found")
    assert count() == 0


def test_a_disabled_account_is_thrown_out_at_its_next_event(cast, direct, connect):
    bob = connect(cast.bob)
    with transaction():
        db.session.execute(update(User).where(User.id == cast.bob.id).values(is_enabled=False))
    post_nothing = {"conversation": direct.id, "body": "Encore moi", "client_id": "from-a-socket"}
    bob.emit("post_message", post_nothing)
    assert not bob.is_connected()
    assert count() == 0


def test_reading_is_told_to_ones_other_pages_only(cast, direct, connect):
    jeanne, bob, other = connect(cast.jeanne), connect(cast.bob), connect(cast.bob)
    post(jeanne, direct)
    for client in (jeanne, bob, other):
        heard(client)
    answer = bob.emit("mark_read", {"conversation": direct.id, "seq": 1}, callback=True)
    assert answer == {"ok": True, "seq": 1}
    read = ("conversation_read", {"conversation": direct.id, "seq": 1})
    assert (heard(other), heard(jeanne)) == ([read], [])
    assert count_unread_for(cast.bob) == 0


def test_the_thirty_first_message_of_a_minute_is_told_when_to_come_back(cast, direct, connect):
    jeanne = connect(cast.jeanne)
    for number in range(30):
        assert post(jeanne, direct, client_id=f"message-{number}")["ok"]
    answer = post(jeanne, direct, client_id="message-30")
    assert answer["error"] == "too_many_requests"
    assert 0 < answer["retry_after"] <= 61


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "Écrivez votre message."),
        ("  \n ", "Écrivez votre message."),
        ("x" * 10_001, "La limite est de 10\u00a0000."),
        ("bon\0jour", "un caractère qui ne peut pas être envoyé"),
        ("bon\ud800jour", "un caractère qui ne peut pas être envoyé"),
    ],
)
def test_the_socket_refuses_with_the_words_of_the_page(cast, direct, connect, body, said):
    answer = post(connect(cast.jeanne), direct, body)
    assert answer["error"] == "invalid_message"
    assert said in answer["message"]


STRANGE = [None, True, 0, -1, 1.5, 10**30, "", "7", "\0", [], [1], {}, {"id": 1}, "x" * 20_000]


@pytest.mark.both_databases
@pytest.mark.parametrize("event", ["post_message", "mark_read"])
def test_no_payload_breaks_the_server(cast, direct, connect, event):
    jeanne = connect(cast.jeanne)
    good = {"conversation": direct.id, "body": "Bonjour", "client_id": "from-a-socket", "seq": 0}
    for strange in STRANGE:
        whole = jeanne.emit(event, strange, callback=True)
        assert whole["ok"] is False
        assert whole["error"] in {"malformed", "not_found"}
        for key in good:
            answer = jeanne.emit(event, {**good, key: strange}, callback=True)
            assert answer.get("error") != "internal_error", (key, strange)
    for key in good:
        answer = jeanne.emit(event, {k: v for k, v in good.items() if k != key}, callback=True)
        assert answer.get("error") != "internal_error", key
    assert jeanne.is_connected()


@pytest.mark.both_databases
def test_a_message_stays_within_its_budget(cast, around, connect, count_queries, database):
    jeanne, _bob = connect(cast.jeanne), connect(cast.bob)

    def send(body: str) -> int:
        with count_queries() as count:
            assert post(jeanne, around, body, f"budget-{body}")["ok"]
        return sum(not one.startswith("BEGIN") for one in count.statements)

    assert send("first") <= MESSAGE + OF_A_NEW_MINUTE + LOCK[database]
    assert send("second") <= MESSAGE + LOCK[database]


def test_a_refusal_speaks_the_language_that_the_person_reads_now(cast, direct, connect):
    jeanne = connect(cast.jeanne)
    french = post(jeanne, direct, "")["message"]
    with transaction():
        db.session.execute(update(User).where(User.id == cast.jeanne.id).values(locale="en"))
    refresh()  # one context stands around both events here; a server gives each its own
    assert french == "Écrivez votre message."
    assert post(jeanne, direct, "")["message"] == "Write your message."
