"""What writing and reading bring about, through the door."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from bubbles.models import Membership
from core.authorization import System
from core.database import db
from core.errors import ForbiddenError, NotFoundError, TooManyRequestsError
from core.extensions import socketio
from core.outbox import OutboxMessage
from core.sockets import session_room
from core.transaction import transaction
from messaging.errors import MessageChangedError
from messaging.models import Conversation, Message
from messaging.operations import mark_read, post_message, send_notices, start_conversation
from messaging.queries.conversations import (
    find_conversation,
    get_conversation_for,
    get_correspondent_for,
    list_conversations_for,
    list_correspondents_for,
)
from messaging.queries.messages import count_unread_for, messages_after, messages_before
from messaging.queries.participants import participants_of
from patient.models import CareAssignment
from security.live_sessions import list_live_secrets
from security.models import User
from security.operations.sessions import open_session

pytestmark = pytest.mark.covers("M5")


@pytest.fixture
def hints(cast, monkeypatch):
    """What leaves towards open pages: the rooms of people's sessions, and what they are told."""
    for user in (cast.alice, cast.bob, cast.chloe, cast.jeanne):
        open_session(System("tests"), user)
    said = []

    def note(event, payload, to):
        said.append((event, payload, sorted(to)))

    monkeypatch.setattr(socketio, "emit", note)
    return said


def rooms(*users):
    return sorted(session_room(secret) for secret in list_live_secrets([one.id for one in users]))


def stop_following(cast, user):
    with transaction():
        db.session.execute(delete(CareAssignment).where(CareAssignment.user_id == user.id))


def leave_the_bubble(cast, user):
    with transaction():
        db.session.execute(
            delete(Membership).where(
                Membership.user_id == user.id, Membership.bubble_id == cast.bubble.id
            )
        )


def bodies(conversation, after=0):
    return [message.body for message in messages_after(conversation, after, 100)]


# ── Writing ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_messages_are_numbered_without_a_gap(cast, direct):
    first = post_message(cast.jeanne, direct, body="Bonjour", client_id="jeanne-01")
    second = post_message(cast.bob, direct, body="Bonjour Jeanne", client_id="bob-00001")
    assert (first.seq, second.seq) == (1, 2)
    assert bodies(direct) == ["Bonjour", "Bonjour Jeanne"]
    assert bodies(direct, after=1) == ["Bonjour Jeanne"]
    assert [m.body for m in messages_before(direct, 2, 10)] == ["Bonjour"]


def test_the_text_is_sealed_in_the_database(cast, direct):
    post_message(cast.jeanne, direct, body="J’ai mal dormi", client_id="jeanne-01")
    raw = db.session.connection().exec_driver_sql("SELECT body FROM messages").scalar_one()
    assert raw.startswith("v2.")
    assert "dormi" not in raw


@pytest.mark.both_databases
def test_the_same_client_id_again_is_the_same_message_and_tells_nobody(cast, direct, hints):
    first = post_message(cast.jeanne, direct, body="Bonjour", client_id="jeanne-01")
    hints.clear()
    again = post_message(cast.jeanne, direct, body="Bonjour", client_id="jeanne-01")
    assert (again.id, again.seq) == (first.id, first.seq)
    assert hints == []
    assert bodies(direct) == ["Bonjour"]


def test_another_text_under_the_same_client_id_is_refused(cast, direct):
    post_message(cast.jeanne, direct, body="Bonjour", client_id="jeanne-01")
    with pytest.raises(MessageChangedError):
        post_message(cast.jeanne, direct, body="Bonsoir", client_id="jeanne-01")
    assert bodies(direct) == ["Bonjour"]


def test_two_people_may_happen_on_the_same_client_id(cast, direct):
    post_message(cast.jeanne, direct, body="Bonjour", client_id="identical")
    post_message(cast.bob, direct, body="Bonsoir", client_id="identical")
    assert bodies(direct) == ["Bonjour", "Bonsoir"]


@pytest.mark.both_databases
def test_the_first_message_makes_the_conversation(cast):
    said = start_conversation(
        cast.jeanne, cast.enrolment, caregiver_id=cast.bob.id, body="Bonjour", client_id="first-01"
    )
    direct = find_conversation(cast.enrolment.id, cast.bob.id)
    assert direct.id == said.conversation_id
    start_conversation(
        cast.bob, cast.enrolment, caregiver_id=None, body="À tous", client_id="first-02"
    )
    around = find_conversation(cast.enrolment.id, None)
    assert around.id != direct.id
    again = start_conversation(
        cast.bob, cast.enrolment, caregiver_id=cast.bob.id, body="Oui", client_id="first-03"
    )
    assert (again.conversation_id, again.seq) == (direct.id, 2)


def test_the_hint_carries_ids_only_and_goes_to_who_takes_part(cast, around, direct, hints):
    post_message(cast.jeanne, direct, body="Entre nous", client_id="jeanne-01")
    post_message(cast.jeanne, around, body="À tous", client_id="jeanne-02")
    assert hints == [
        ("message_posted", {"conversation": direct.id, "seq": 1}, rooms(cast.bob, cast.jeanne)),
        (
            "message_posted",
            {"conversation": around.id, "seq": 1},
            rooms(cast.bob, cast.chloe, cast.jeanne),
        ),
    ]


@pytest.mark.both_databases
def test_one_look_for_who_has_not_read_serves_the_messages_of_a_minute(cast, direct, travel_to):
    def looks():
        query = select(func.count()).where(OutboxMessage.kind == "message_notice")
        return db.session.scalar(query)

    post_message(cast.jeanne, direct, body="Bonjour", client_id="jeanne-01")
    travel_to(timedelta(seconds=59))
    post_message(cast.bob, direct, body="Oui ?", client_id="bob-00001")
    assert looks() == 1
    travel_to(timedelta(seconds=1))
    post_message(cast.jeanne, direct, body="Merci", client_id="jeanne-02")
    assert looks() == 2


def test_a_person_may_write_thirty_messages_a_minute(cast, direct, travel_to):
    for number in range(30):
        post_message(cast.jeanne, direct, body=f"{number}", client_id=f"jeanne-{number:02}")
    with pytest.raises(TooManyRequestsError) as refusal:
        post_message(cast.jeanne, direct, body="31", client_id="jeanne-30")
    assert 0 < refusal.value.retry_after <= 61
    again = post_message(cast.jeanne, direct, body="0", client_id="jeanne-00")
    assert again.seq == 1, "what is stored already is not counted again"
    post_message(cast.bob, direct, body="Doucement", client_id="bob-00001")
    travel_to(timedelta(minutes=1))
    assert post_message(cast.jeanne, direct, body="31", client_id="jeanne-30").seq == 32


# ── Who takes part ────────────────────────────────────────────────────────────────────────────


def test_strangers_and_administrators_have_no_conversation(cast, direct, around):
    for stranger in (cast.alice, cast.mallory):
        for conversation in (direct, around):
            with pytest.raises(NotFoundError):
                get_conversation_for(stranger, conversation.id)
            with pytest.raises(ForbiddenError):
                post_message(stranger, conversation, body="Bonjour", client_id="stranger")
            with pytest.raises(ForbiddenError):
                mark_read(stranger, conversation, seq=1)
        assert list_conversations_for(stranger) == []
        assert list_correspondents_for(stranger) == []


def test_a_colleague_reads_what_is_around_the_patient_and_not_what_is_direct(cast, direct, around):
    post_message(cast.jeanne, around, body="À tous", client_id="jeanne-01")
    post_message(cast.jeanne, direct, body="Entre nous", client_id="jeanne-02")
    assert [line.conversation.id for line in list_conversations_for(cast.chloe)] == [around.id]
    with pytest.raises(NotFoundError):
        get_conversation_for(cast.chloe, direct.id)
    assert count_unread_for(cast.chloe) == 1


@pytest.mark.parametrize("leave", [stop_following, leave_the_bubble])
@pytest.mark.both_databases
def test_who_no_longer_follows_sees_and_hears_nothing_more(cast, direct, around, hints, leave):
    post_message(cast.bob, direct, body="Avant", client_id="bob-00001")
    post_message(cast.bob, around, body="Avant", client_id="bob-00002")
    leave(cast, cast.bob)
    hints.clear()
    post_message(cast.chloe, around, body="Après", client_id="chloe-001")
    for conversation in (direct, around):
        with pytest.raises(NotFoundError):
            get_conversation_for(cast.bob, conversation.id)
        with pytest.raises(ForbiddenError):
            post_message(cast.bob, conversation, body="Encore", client_id="bob-00003")
    assert list_conversations_for(cast.bob) == []
    assert list_correspondents_for(cast.bob) == []
    assert count_unread_for(cast.bob) == 0
    assert not [hint for hint in hints if {*rooms(cast.bob)} & {*hint[2]}]


def test_the_patient_may_read_again_but_not_write_into_the_void(cast, direct):
    post_message(cast.bob, direct, body="À jeudi", client_id="bob-00001")
    leave_the_bubble(cast, cast.bob)
    assert get_conversation_for(cast.jeanne, direct.id).id == direct.id
    assert bodies(direct) == ["À jeudi"]
    assert not participants_of(direct).is_open
    with pytest.raises(ForbiddenError):
        post_message(cast.jeanne, direct, body="Vous êtes là ?", client_id="jeanne-01")


def test_an_ended_place_closes_its_conversations(cast, direct, around, travel_to):
    post_message(cast.bob, around, body="Bonjour", client_id="bob-00001")
    with transaction():
        cast.enrolment.ended_at = travel_to.now
    assert list_conversations_for(cast.bob) == []
    assert [line.conversation.id for line in list_conversations_for(cast.jeanne)] == [
        around.id,
        direct.id,
    ]
    with pytest.raises(ForbiddenError):
        post_message(cast.jeanne, around, body="Bonjour", client_id="jeanne-01")


def test_one_writes_only_to_who_follows_and_only_in_ones_own_name(cast, around):
    assert get_correspondent_for(cast.jeanne, cast.enrolment, cast.bob.id) == cast.bob
    assert get_correspondent_for(cast.bob, cast.enrolment, cast.bob.id) == cast.bob
    for actor, caregiver in (
        (cast.bob, cast.chloe),
        (cast.jeanne, cast.alice),
        (cast.mallory, cast.bob),
    ):
        with pytest.raises(NotFoundError):
            get_correspondent_for(actor, cast.enrolment, caregiver.id)
        with pytest.raises(ForbiddenError):
            start_conversation(
                actor, cast.enrolment, caregiver_id=caregiver.id, body="Bonjour", client_id="x" * 8
            )
    assert db.session.scalar(select(func.count()).select_from(Conversation)) == 1


def test_one_may_write_to_whom_one_follows_and_to_who_follows(cast, around):
    def reached(user):
        return [
            (one.enrolment.id, [caregiver.display_name for caregiver in one.caregivers])
            for one in list_correspondents_for(user)
        ]

    place = cast.enrolment.id
    assert reached(cast.jeanne) == [(place, ["Bob Garnier", "Chloé Lefèvre"])]
    assert reached(cast.bob) == [(place, ["Bob Garnier"])]
    start_conversation(
        cast.jeanne, cast.enrolment, caregiver_id=cast.bob.id, body="Oui", client_id="first-01"
    )
    assert reached(cast.bob) == [(place, ["Bob Garnier"])], "also where one has written"


# ── Reading ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_unread_counts_what_others_wrote_since_one_looked(cast, direct, around, hints):
    for number in range(3):
        post_message(cast.bob, direct, body="Bonjour", client_id=f"bob-0000{number}")
    post_message(cast.jeanne, direct, body="Oui ?", client_id="jeanne-01")
    post_message(cast.chloe, around, body="Bonjour", client_id="chloe-001")
    assert count_unread_for(cast.jeanne) == 4
    assert count_unread_for(cast.bob) == 2
    assert {line.conversation.id: line.unread for line in list_conversations_for(cast.jeanne)} == {
        direct.id: 3,
        around.id: 1,
    }
    hints.clear()
    assert mark_read(cast.jeanne, direct, seq=2) == 2
    assert hints == [
        ("conversation_read", {"conversation": direct.id, "seq": 2}, rooms(cast.jeanne))
    ]
    assert count_unread_for(cast.jeanne) == 2


@pytest.mark.both_databases
def test_a_read_mark_never_goes_back_nor_beyond_the_end(cast, direct):
    for number in range(3):
        post_message(cast.bob, direct, body="Bonjour", client_id=f"bob-0000{number}")
    assert mark_read(cast.jeanne, direct, seq=2) == 2
    assert mark_read(cast.jeanne, direct, seq=1) == 2
    assert mark_read(cast.jeanne, direct, seq=-5) == 2
    assert mark_read(cast.jeanne, direct, seq=2**40) == 3


def test_counting_and_listing_cost_one_query_each(cast, direct, around, count_queries):
    for number in range(5):
        post_message(cast.bob, direct, body="Bonjour", client_id=f"bob-0000{number}")
        post_message(cast.bob, around, body="Bonjour", client_id=f"bob-1000{number}")
    jeanne = db.session.get(User, cast.jeanne.id)
    jeanne.id  # loaded before counting
    with count_queries() as count:
        count_unread_for(jeanne)
    assert count.total == 1
    db.session.expunge_all()
    jeanne = db.session.get(User, cast.jeanne.id)
    with count_queries() as count:
        for line in list_conversations_for(jeanne):
            line.conversation.enrolment.patient.name, line.conversation.caregiver
            line.last.sender.display_name
    assert count.total == 1


# ── The mail ──────────────────────────────────────────────────────────────────────────────────


def test_a_message_left_unread_is_announced_by_one_mail_until_it_is_opened(
    cast, direct, outbox, travel_to
):
    post_message(cast.bob, direct, body="Le pansement est propre", client_id="bob-00001")
    travel_to(timedelta(minutes=4))
    assert outbox.mails(cast.jeanne) == []
    post_message(cast.bob, direct, body="À jeudi", client_id="bob-00002")
    travel_to(timedelta(minutes=30))
    mail = outbox.one(cast.jeanne)
    assert mail.subject == "Vous avez un nouveau message"
    assert mail.link("/messages/") == f"/messages/{direct.id}"
    for secret in ("pansement", "jeudi", "Jeanne", "Bob", "Roques", "Tilleuls"):
        assert secret not in mail.subject + mail.text.replace("Bonjour Jeanne Roques", "")
    post_message(cast.bob, direct, body="Toujours là", client_id="bob-00003")
    travel_to(timedelta(minutes=30))
    assert len(outbox.mails(cast.jeanne)) == 1, "one mail until the conversation is opened"
    mark_read(cast.jeanne, direct, seq=3)
    post_message(cast.bob, direct, body="Merci", client_id="bob-00004")
    travel_to(timedelta(minutes=30))
    assert len(outbox.mails(cast.jeanne)) == 2
    assert outbox.mails(cast.bob) == []


def test_what_was_read_meanwhile_needs_no_mail(cast, direct, outbox, travel_to):
    post_message(cast.bob, direct, body="Bonjour", client_id="bob-00001")
    travel_to(timedelta(minutes=2))
    mark_read(cast.jeanne, direct, seq=1)
    travel_to(timedelta(minutes=30))
    assert outbox.mails() == []
    assert outbox.waiting() == 0


def test_who_left_meanwhile_gets_no_mail(cast, direct, outbox, travel_to):
    post_message(cast.jeanne, direct, body="Bonjour", client_id="jeanne-01")
    leave_the_bubble(cast, cast.bob)
    travel_to(timedelta(minutes=30))
    assert outbox.mails() == []


def test_a_deleted_conversation_is_forgotten_quietly(cast, direct, outbox, travel_to):
    post_message(cast.jeanne, direct, body="Bonjour", client_id="jeanne-01")
    with transaction():
        db.session.execute(delete(Message))
        db.session.execute(delete(Conversation))
    travel_to(timedelta(minutes=30))
    assert outbox.mails() == []
    assert outbox.waiting() == 0


def test_only_the_application_sends_notices(cast, direct):
    with pytest.raises(ForbiddenError):
        send_notices(cast.jeanne, direct)
    send_notices(System("test"), direct)
