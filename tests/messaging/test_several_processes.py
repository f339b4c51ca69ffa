"""Two real servers: what one ends is over in the other; a frozen Redis holds nobody up."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from core.authorization import System
from core.database import db
from core.transaction import transaction
from messaging.models import Message
from security.models import Session, User
from security.operations.second_steps import Proof, change_password
from security.operations.sessions import end_session, open_session
from tests.servers.redis import redis
from tests.servers.several import OpenPage, serving, settings_of, wait_until


@pytest.fixture
def token_of(app, travel_to):
    """The cookie of a new session, at the hour that the real servers know."""
    travel_to(datetime.now(UTC))

    def token_of(user) -> str:
        return open_session(System("tests"), user)

    return token_of


def stored() -> int:
    db.session.rollback()
    found = db.session.scalar(select(func.count()).select_from(Message)) or 0
    db.session.rollback()  # a database does not wait for ever beside an open read
    return found


def say(page, conversation, number: int) -> None:
    """Say it, and wait until the answer is there."""
    before = len(page.answers)
    page.say(conversation.id, number)
    assert wait_until(lambda: len(page.answers) > before), "no answer"
    assert page.answers[-1]["ok"], page.answers[-1]


def sessions_of(user) -> list[Session]:
    db.session.rollback()
    return list(db.session.scalars(select(Session).where(Session.user_id == user.id)))


def sign_out(_page, user) -> None:
    [row] = sessions_of(user)
    end_session(System("tests"), row)


def new_password(_page, user) -> None:
    user = db.session.get(User, user.id)
    change_password(user, user, proof=Proof(user.password_hash), new_hash="x", keep=None)


def disabled(_page, user) -> None:
    with transaction():
        db.session.execute(update(User).where(User.id == user.id).values(is_enabled=False))


def rested_too_long(_page, user) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    with transaction():
        seen = update(Session).where(Session.user_id == user.id)
        db.session.execute(seen.values(last_seen_at=long_ago))


def number_taken_over(_page, user) -> None:
    """Ended, and the next session of somebody else is given the same row number."""
    [row] = sessions_of(user)
    old_id = row.id
    end_session(System("tests"), row)
    other = db.session.scalars(select(User).where(User.display_name.like("Chlo%"))).one()
    open_session(System("tests"), other)
    with transaction():
        mine = update(Session).where(Session.user_id == other.id)
        db.session.execute(mine.values(id=old_id))


ENDINGS = [sign_out, new_password, disabled, rested_too_long, number_taken_over]


@pytest.mark.both_databases
def test_an_ended_session_is_deaf_and_mute_in_every_process(
    app, cast, around, token_of, redis_server
):
    settings = settings_of(app, queue=redis_server.url)
    with serving(settings) as here, serving(settings) as there:
        jeanne = OpenPage(here.port, token_of(cast.jeanne))
        witness = OpenPage(there.port, token_of(cast.jeanne))
        bob_token = token_of(cast.bob)
        bob, bobs_browser = OpenPage(there.port, bob_token), OpenPage(here.port, bob_token)
        say(jeanne, around, 1)
        assert wait_until(lambda: len(bob.heard) == 1), "the control: between the two they hear"

        # The page of one process signs out; the socket of the other is cut through the queue.
        pressed_at = time.monotonic()
        bobs_browser.press("/deconnexion", "/parametres")
        assert wait_until(lambda: not bob.is_open and not bobs_browser.is_open)
        assert bob.closed_at - pressed_at < 3
        say(jeanne, around, 2)
        assert wait_until(lambda: len(witness.heard) == 2)
        assert len(bob.heard) == 1

        # Endings that no server was told of: another machine's command, a clock, the host's hand.
        number = 2
        for ending in ENDINGS:
            with transaction():
                db.session.execute(update(User).values(is_enabled=True))
            user = db.session.get(User, cast.bob.id)
            page = OpenPage(there.port, token_of(user))
            ending(page, user)
            number += 1
            page.say(around.id, 1000 + number)
            say(jeanne, around, number)
            assert wait_until(lambda expected=number: len(witness.heard) == expected), ending
            assert page.heard == [], ending
            assert page.answers == [], ending
            assert stored() == number, ending
            assert wait_until(lambda page=page: not page.is_open), ending


def test_a_frozen_queue_holds_nobody_up_and_hints_resume(app, cast, around, token_of):
    with (
        redis() as queue,
        serving(settings_of(app, queue=queue.url)) as here,
        serving(settings_of(app, queue=queue.url)) as there,
    ):
        jeanne = OpenPage(here.port, token_of(cast.jeanne))
        near = OpenPage(here.port, token_of(cast.bob))
        far = OpenPage(there.port, token_of(cast.bob))
        say(jeanne, around, 1)
        assert wait_until(lambda: len(far.heard) == 1)
        usual = timed(lambda: say(jeanne, around, 2))

        queue.freeze()
        slowest = max(timed(lambda n=n: say(jeanne, around, n)) for n in range(3, 9))
        assert slowest < max(2.0, 20 * usual), "well below the ten seconds of a waiting client"
        assert wait_until(lambda: len(near.heard) == 8), "its own pages hear all the same"
        signed_out_at = time.monotonic()
        near.press("/deconnexion", "/parametres")
        assert time.monotonic() - signed_out_at < 5
        assert wait_until(lambda: not near.is_open)

        queue.thaw()
        assert wait_until(lambda: is_shared_again(here, jeanne, around), 30)
        before = len(far.heard)
        say(jeanne, around, next(_numbers))
        assert wait_until(lambda: len(far.heard) > before)
        assert "hints_not_shared" in here.said()


def timed(act) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


_numbers = iter(range(100, 1000))


def is_shared_again(server, speaker, conversation) -> bool:
    say(speaker, conversation, next(_numbers))
    time.sleep(0.5)
    return "hints_shared_again" in server.said()
