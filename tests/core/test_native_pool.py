"""Heavy computing: whose turn it is, for how long one waits, and that nobody stands in two lines.

Tried in threads, and in the very process that serves: gevent, patched before anything is imported.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time

import pytest

from core import native_pool
from core.admission import BusyError, KeyedSemaphore, Priority, PrioritySemaphore
from core.start import ROOT

SIGN_IN = """
import json, statistics, sys, time
sys.path.insert(0, {root!r})
if {gevent}:
    from gevent import monkey
    monkey.patch_all()
import threading
from core import native_pool
from core.admission import BusyError
from security import passwords

password = "Un-mot-de-passe-7"
stored = passwords.hash_password(password)
fair = {fair}


def all_at_once(hashes):
    return [passwords.verify_password(one, "faux") for one in hashes]


def check_backup_code(number):
    hashes = [stored] * 8
    if fair:
        native_pool.run_each(
            passwords.verify_password, [(one, "faux") for one in hashes], of=(f"no. {{number}}",)
        )
    else:
        native_pool.run(all_at_once, hashes)


def sign_in():
    begun = time.perf_counter()
    try:
        assert native_pool.run(passwords.verify_password, stored, password)
    except BusyError:
        pass  # told to come back: it was held up for as long as one waits
    return time.perf_counter() - begun


alone = statistics.median(sign_in() for _ in range(5))
checks = [threading.Thread(target=check_backup_code, args=(number,)) for number in range(12)]
for one in checks:
    one.start()
time.sleep(0.01)
crowded = [sign_in() for _ in range(3 if fair else 1)]
for one in checks:
    one.join()
print(json.dumps({{"alone": alone, "crowded": crowded}}))
"""
MULTIPLE = 6
"""Of a sign-in alone: a step that is under way ends first, and two processors are shared."""


def measured(*, gevent: bool, fair: bool) -> tuple[float, float]:
    """Return how long a sign-in takes alone, and with twelve slow checks under way."""
    program = SIGN_IN.format(root=str(ROOT), gevent=gevent, fair=fair)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    return found["alone"], statistics.median(found["crowded"])


TRIES = 2
"""Another program of the machine may spoil one of them."""


@pytest.mark.alone
@pytest.mark.parametrize("gevent", [False, True], ids=["threads", "gevent"])
def test_twelve_checks_of_backup_codes_do_not_hold_up_a_sign_in(gevent):
    tries = (measured(gevent=gevent, fair=True) for _ in range(TRIES))
    assert any(crowded < MULTIPLE * alone for alone, crowded in tries)


@pytest.mark.alone
@pytest.mark.parametrize("gevent", [False, True], ids=["threads", "gevent"])
def test_control_the_same_checks_in_one_piece_do_hold_it_up(gevent):
    tries = (measured(gevent=gevent, fair=False) for _ in range(TRIES))
    assert any(crowded > MULTIPLE * alone for alone, crowded in tries)


def in_threads(count: int, job) -> list:
    """Run ``job`` with each number at the same time; return what came back or was raised."""
    outcomes = []

    def keep(number: int) -> None:
        try:
            outcomes.append(job(number))
        except BusyError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


class Step:
    """Takes a moment, and knows how many were in it at the same time."""

    def __init__(self) -> None:
        self.inside: list[int] = []
        self.most_at_once = 0

    def __call__(self, number: int) -> int:
        self.inside.append(number)
        self.most_at_once = max(self.most_at_once, len(self.inside))
        time.sleep(0.005)
        self.inside.remove(number)
        return number


def held(turns: PrioritySemaphore) -> tuple[threading.Thread, threading.Event]:
    """Take a turn, and keep it until told."""
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.acquired():
            inside.set()
            leave.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait()
    return thread, leave


def test_who_waits_too_long_is_told_to_come_back_and_takes_nothing_with_them(app):
    turns = PrioritySemaphore(1, patience=0.05, most_waiting=5)
    thread, leave = held(turns)
    with pytest.raises(BusyError) as refusal, turns.acquired():
        pytest.fail("the place was taken")
    leave.set()
    thread.join()

    assert refusal.value.status == 503
    assert len(str(refusal.value.message)) > 20
    with turns.acquired():  # the place is there again, and the line is empty
        pass


def test_a_line_that_is_full_refuses_at_once(app):
    turns = PrioritySemaphore(1, patience=60, most_waiting=0)
    thread, leave = held(turns)
    begun = time.monotonic()
    with pytest.raises(BusyError), turns.acquired():
        pytest.fail("the place was taken")
    assert time.monotonic() - begun < 1
    leave.set()
    thread.join()


def test_the_long_however_many_leave_half_of_the_line_to_the_quick(app):
    turns = PrioritySemaphore(1, patience=60, most_waiting=4)
    thread, leave = held(turns)

    def wait(priority: Priority) -> None:
        with turns.acquired(priority):
            pass

    waiting = []
    for number, priority in enumerate(
        [Priority.LATER, Priority.LATER, Priority.FIRST, Priority.FIRST], 1
    ):
        if number == 3:
            with pytest.raises(BusyError), turns.acquired(Priority.LATER):
                pytest.fail("the rest of the line is not for the long")
        waiting.append(threading.Thread(target=wait, args=(priority,)))
        waiting[-1].start()
        while turns.waiting < number:
            time.sleep(0.001)
    leave.set()
    for one in [thread, *waiting]:
        one.join()

    assert turns.waiting == 0


def test_what_is_long_says_who_asks_for_it():
    with pytest.raises(ValueError, match="who asks"):
        native_pool.run_each(len, [("abc",)], of=())


def test_the_quick_of_one_name_come_one_at_a_time():
    step = Step()

    outcomes = in_threads(6, lambda n: native_pool.run(step, n, of=("person 7",)))

    assert sorted(outcomes) == list(range(6))
    assert step.most_at_once == 1


def test_the_quick_go_before_the_long_and_among_equals_who_came_first():
    turns = PrioritySemaphore(1, patience=60, most_waiting=10)
    thread, leave = held(turns)
    order, waiting = [], []
    for name, priority in [
        ("long", Priority.LATER),
        ("long too", Priority.LATER),
        ("quick", Priority.FIRST),
    ]:

        def wait(name=name, priority=priority) -> None:
            with turns.acquired(priority):
                order.append(name)

        waiting.append(threading.Thread(target=wait))
        waiting[-1].start()
        while turns.waiting < len(waiting):
            time.sleep(0.001)
    leave.set()
    for one in [thread, *waiting]:
        one.join()

    assert order == ["quick", "long", "long too"]


def test_one_person_has_one_long_thing_under_way_whichever_name_they_come_by():
    step = Step()

    def long(number: int) -> list[int]:
        names = ("account 7", "network 10.0.0.0/24") if number % 2 else ("account 7",)
        return native_pool.run_each(step, [(number,)] * 3, of=names)

    outcomes = in_threads(6, long)

    assert sorted(map(tuple, outcomes)) == [(number,) * 3 for number in range(6)]
    assert step.most_at_once == 1


def test_two_people_do_not_wait_for_each_other():
    met = threading.Barrier(2, timeout=10)
    if native_pool.cores() < 2:
        pytest.skip("one processor: one thing at a time")

    assert in_threads(
        2, lambda number: native_pool.run_each(met.wait, [()], of=(f"account {number}",))
    )


def test_a_crowd_of_one_name_is_refused_and_the_names_are_forgotten(app):
    each = KeyedSemaphore(patience=60, most_of_one=2)
    inside, leave = threading.Event(), threading.Event()

    def hold(_number: int) -> str:
        with each.acquired("account 7"):
            inside.set()
            leave.wait()
        return "done"

    outcomes: list = []
    crowd = threading.Thread(target=lambda: outcomes.extend(in_threads(2, hold)))
    crowd.start()
    inside.wait()
    while each.count("account 7") < 2:
        time.sleep(0.001)
    with pytest.raises(BusyError), each.acquired("account 7"):
        pytest.fail("two are there already")
    leave.set()
    crowd.join()

    assert outcomes == ["done", "done"]
    assert each.count("account 7") == 0


def test_a_job_that_fails_gives_its_turn_back():
    def fail() -> None:
        raise ValueError("of the job itself")

    for _ in range(2 * native_pool.cores() + 1):
        with pytest.raises(ValueError, match="itself"):
            native_pool.run(fail)
        with pytest.raises(ValueError, match="itself"):
            native_pool.run_each(fail, [()], of=("account 7",))
    assert native_pool.run(len, "abc") == 3


DISK = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from gevent import monkey
monkey.patch_all()
import gevent
from core import native_pool
native_pool.DISK_PATIENCE = 0.3
hang = gevent.monkey.get_original("time", "sleep")
begun = time.perf_counter()
try:
    native_pool.run_on_disk(hang, 1.5)
except OSError as error:
    print(type(error).__name__, time.perf_counter() - begun < 1)
crowd = [gevent.spawn(native_pool.run_on_disk, hang, 0.25) for _ in range(8)]
gevent.sleep(0.02)
begun = time.perf_counter()
print(native_pool.run(len, "abc"), time.perf_counter() - begun < 0.2)
gevent.joinall(crowd)
"""


def test_a_disk_that_hangs_is_given_up_and_never_holds_what_computes():
    done = subprocess.run(
        [sys.executable, "-c", DISK], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stdout.splitlines() == ["DiskTimeoutError True", "3 True"], done.stderr
