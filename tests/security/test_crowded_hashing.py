"""One signed-in person who asks for much computing at once turns nobody else away."""

from __future__ import annotations

import contextlib
import threading

import pytest

from core import native_pool
from core.admission import BusyError
from core.database import db
from security.models import User
from security.operations.second_steps import make_backup_codes, prove_password
from tests.cast import PASSWORD
from tests.servers.several import wait_until

CROWD = native_pool.QUEUE + 20


@pytest.fixture
def everybody_waits():
    """All processors are taken; they are given back at the end."""
    with contextlib.ExitStack() as held:
        for _core in range(native_pool.cores()):
            held.enter_context(native_pool._turns.acquired())
        yield held


def in_threads(app, count: int, user_id: int, job) -> tuple[list[threading.Thread], list[str]]:
    """Let one person do ``job`` many times at once; return what they were told."""
    told: list[str] = []

    def press() -> None:
        with app.app_context():
            try:
                job(db.session.get(User, user_id))
                told.append("done")
            except BusyError as error:
                told.append(error.code)

    threads = [threading.Thread(target=press) for _ in range(count)]
    for one in threads:
        one.start()
    return threads, told


def test_sixty_presses_for_new_codes_leave_the_line_to_others(app, cast, everybody_waits):
    threads, told = in_threads(app, CROWD, cast.bob.id, make_backup_codes)
    assert wait_until(lambda: len(told) == CROWD - native_pool.MOST_OF_ONE)
    assert native_pool._turns.waiting == 1, "of all these, one stands in the line"
    everybody_waits.close()
    assert native_pool.run(len, "abc") == 3, "somebody else passes at once"
    for one in threads:
        one.join()
    assert set(told[: CROWD - native_pool.MOST_OF_ONE]) == {"busy"}


def test_a_password_asked_again_is_judged_once_at_a_time(app, cast, everybody_waits):
    """Each right one lets the brake forget the others: nothing else would hold them back."""
    threads, told = in_threads(app, 4, cast.bob.id, lambda bob: prove_password(bob, PASSWORD))
    name = f"person {cast.bob.id}"
    assert wait_until(lambda: native_pool._long_jobs.count(name) == len(threads))
    assert native_pool._turns.waiting == 1
    everybody_waits.close()
    for one in threads:
        one.join()
    assert told == ["done"] * len(threads)
