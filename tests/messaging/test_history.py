"""Eight people write at once: nothing is lost, doubled, out of order or numbered with a gap."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from core.database import db
from core.transaction import transaction
from messaging.models import Conversation, Message
from messaging.operations import mark_read, post_message, start_conversation
from messaging.queries.conversations import find_conversation, get_conversation_for
from messaging.queries.messages import messages_after
from patient.models import CareAssignment, Enrolment
from security.models import User
from tests import factories as make
from tests.messaging.history import Sent, Shown, faults

pytestmark = pytest.mark.covers("M5")
EACH = 12


@pytest.fixture
def team(cast):
    """Jeanne and seven caregivers around her, with an empty conversation."""
    with transaction():
        users = [make.user(f"c{number}", f"Soignant {number}") for number in range(6)]
        for user in [*users, cast.chloe]:
            if user is not cast.chloe:
                make.caregiver(user, cast.bubble)
            db.session.add(
                CareAssignment(
                    enrolment_id=cast.enrolment.id, user_id=user.id, since=user.created_at
                )
            )
        conversation = make.conversation(cast.enrolment)
        ids = [cast.jeanne.id, cast.bob.id, *(user.id for user in users)]
        return ids, conversation.id


def together(app, ids, act):
    """Run ``act(user_id)`` for everybody at the same time, each on a connection of their own."""
    start = threading.Barrier(len(ids))

    def run(user_id):
        with app.app_context():
            start.wait(60)
            try:
                return act(user_id)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(ids)) as pool:
        return list(pool.map(run, ids))


def page_through(conversation_id, user_id, size):
    """Read as an open page does: a few at a time, each time after the last one seen."""
    user = db.session.get(User, user_id)
    shown, cursor = [], 0
    while True:
        conversation = get_conversation_for(user, conversation_id)
        part = messages_after(conversation, cursor, size)
        db.session.rollback()
        if not part:
            return shown
        shown += [Shown(m.seq, str(m.sender_id), m.body) for m in part]
        cursor = part[-1].seq


@pytest.mark.both_databases
def test_eight_people_at_once_share_one_history(app, team):
    ids, conversation_id = team

    def write(user_id):
        user = db.session.get(User, user_id)
        sent = []
        for number in range(EACH):
            conversation = get_conversation_for(user, conversation_id)
            text = f"{user_id} dit {number}"
            post_message(user, conversation, body=text, client_id=f"client-{user_id}-{number}")
            sent.append(Sent(str(user_id), text, "ok"))
        return sent

    sent = [call for calls in together(app, ids, write) for call in calls]
    streams = {
        str(user_id): page_through(conversation_id, user_id, size)
        for size, user_id in enumerate(ids, 5)
    }
    assert faults(sent, streams) == []
    assert len(sent) == len(ids) * EACH


def test_a_naive_twin_is_caught_by_the_same_judgement(app):
    """Number by counting first and inserting after, without a lock: the judgement must object."""
    twin: list[Shown] = []
    pause = threading.Event()

    def write(sender):
        sent = []
        for number in range(EACH):
            seq = len(twin) + 1
            pause.wait(0.001)  # as long as a database takes to answer
            twin.append(Shown(seq, str(sender), f"{sender} dit {number}"))
            sent.append(Sent(str(sender), f"{sender} dit {number}", "ok"))
        return sent

    sent = [call for calls in together(app, list(range(8)), write) for call in calls]
    assert faults(sent, {"reader": list(twin)})


@pytest.mark.both_databases
def test_the_same_message_sent_eight_times_at_once_is_stored_once(app, team, cast):
    _ids, conversation_id = team
    sender = cast.jeanne.id

    def write(_):
        user = db.session.get(User, sender)
        conversation = get_conversation_for(user, conversation_id)
        return post_message(user, conversation, body="Bonjour", client_id="the-same-one").seq

    assert together(app, list(range(8)), write) == [1] * 8
    assert db.session.get(Conversation, conversation_id).last_seq == 1


@pytest.mark.both_databases
def test_first_messages_at_once_make_one_conversation(app, cast):
    place, caregiver = cast.enrolment.id, cast.bob.id
    both = [cast.jeanne.id, cast.bob.id] * 4

    def write(user_id):
        user = db.session.get(User, user_id)
        text = f"{user_id} {threading.get_ident()}"
        return start_conversation(
            user,
            db.session.get(Enrolment, place),
            caregiver_id=caregiver,
            body=text,
            client_id=f"first-{threading.get_ident()}",
        ).conversation_id

    made = set(together(app, both, write))
    assert made == {find_conversation(place, caregiver).id}
    numbers = db.session.scalars(
        select(Message.seq).where(Message.conversation_id == made.pop()).order_by(Message.seq)
    ).all()
    assert numbers == list(range(1, 9))


@pytest.mark.both_databases
def test_pages_of_one_person_looking_at_once_leave_one_mark(app, team, cast):
    _ids, conversation_id = team
    reader = cast.bob.id
    with transaction():
        db.session.execute(update(Conversation).values(last_seq=8))

    def look(seq):
        user = db.session.get(User, reader)
        return mark_read(user, get_conversation_for(user, conversation_id), seq=seq)

    together(app, list(range(1, 9)), look)
    user = db.session.get(User, reader)
    assert mark_read(user, get_conversation_for(user, conversation_id), seq=0) == 8


# ── The judgement itself ──────────────────────────────────────────────────────────────────────

BOTH = [Sent("a", "un", "ok"), Sent("a", "deux", "ok")]
GOOD = [Shown(1, "a", "un"), Shown(2, "a", "deux")]


@pytest.mark.parametrize(
    ("sent", "streams"),
    [
        pytest.param(BOTH, {"r": GOOD[:1]}, id="lost"),
        pytest.param(BOTH, {"r": [*GOOD, Shown(3, "a", "deux")]}, id="doubled"),
        pytest.param(
            [*BOTH, Sent("a", "x", "fail")], {"r": [*GOOD, Shown(3, "a", "x")]}, id="refused"
        ),
        pytest.param(BOTH, {"r": [Shown(1, "a", "un"), Shown(3, "a", "deux")]}, id="gap"),
        pytest.param(BOTH, {"r": [Shown(1, "a", "deux"), Shown(2, "a", "un")]}, id="order"),
        pytest.param(
            [Sent("a", "un", "ok"), Sent("b", "deux", "ok")],
            {
                "r": [Shown(1, "a", "un"), Shown(2, "b", "deux")],
                "s": [Shown(1, "b", "deux"), Shown(2, "a", "un")],
            },
            id="different",
        ),
    ],
)
def test_each_kind_of_fault_is_seen(sent, streams):
    assert faults(sent, streams)


def test_a_sound_history_has_no_fault_and_the_unknown_is_not_judged():
    unknown = Sent("a", "trois", "info")
    assert faults([*BOTH, unknown], {"r": GOOD, "s": GOOD}) == []
    assert faults([*BOTH, unknown], {"r": [*GOOD, Shown(3, "a", "trois")]}) == []
