"""Whoever measures is alone; everybody else is side by side."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.side_by_side import Room

LONG = 60
A_MOMENT = 0.3


@dataclass
class Visit:
    """Somebody comes in, says so, and stays until told to leave."""

    room: Room
    is_alone: bool
    inside: threading.Event = field(default_factory=threading.Event)
    leave: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        with self.room.entered(alone=self.is_alone):
            self.inside.set()
            self.leave.wait(LONG)


@pytest.fixture
def come():
    """``come(alone=…)``: each visitor comes from another process of the same run."""
    run, visits = uuid.uuid4().hex, []

    def come(*, alone: bool) -> Visit:
        visit = Visit(Room(run), alone)
        thread = threading.Thread(target=visit)
        visits.append((visit, thread))
        thread.start()
        return visit

    yield come
    for visit, _thread in visits:
        visit.leave.set()
    for visit, thread in visits:
        thread.join(LONG)
        visit.room.pytest_unconfigure()


def test_two_tests_run_side_by_side(come):
    assert come(alone=False).inside.wait(LONG)
    assert come(alone=False).inside.wait(LONG)


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (True, True)])
def test_whoever_measures_waits_for_the_others_and_they_for_them(come, first, second):
    here = come(alone=first)
    assert here.inside.wait(LONG)
    waiting = come(alone=second)
    assert not waiting.inside.wait(A_MOMENT)
    here.leave.set()
    assert waiting.inside.wait(LONG)


def test_whoever_wants_to_be_alone_is_not_passed_by_those_who_come_later(come):
    here = come(alone=False)
    assert here.inside.wait(LONG)
    measuring = come(alone=True)
    while here.room.is_open():
        time.sleep(0.01)
    later = come(alone=False)
    assert not later.inside.wait(A_MOMENT)
    here.leave.set()
    assert measuring.inside.wait(LONG)
    assert not later.inside.is_set()
    measuring.leave.set()
    assert later.inside.wait(LONG)


GROUPED = """
import os, pathlib, pytest

@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("group", [
    pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("left", "right")
])
def test_where(group, number):
    with pathlib.Path("where").open("a") as file:
        file.write(f"{group} {os.environ['PYTEST_XDIST_WORKER']}\\n")
"""


def test_the_tests_of_one_group_stay_in_one_process(tmp_path: Path) -> None:
    (tmp_path / "test_where.py").write_text(GROUPED, "utf-8")
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "pytest", "-p", "tests.side_by_side", "-p", "no:randomly"]
    subprocess.run(
        [*command, "-n", "2", "--dist=loadgroup", "-q", "test_where.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=True,
        capture_output=True,
        timeout=LONG * 5,
    )
    places = defaultdict(set)
    for line in (tmp_path / "where").read_text("utf-8").splitlines():
        group, process = line.split()
        places[group].add(process)
    assert {len(processes) for processes in places.values()} == {1}, places
    assert len(set.union(*places.values())) == 2, places
