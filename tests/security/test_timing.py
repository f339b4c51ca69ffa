"""How long an answer takes says nothing: measured, on whole requests."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.full_cost
TRIES = 32
NOISE = 0.25
"""Of the median: machines that test are busy; a skipped hash would show as 0.8 or more."""


def undisturbed() -> float:
    """Seconds of work and of real waits: those in the queue for a busy processor are nobody's."""
    queued = 0
    for thread in Path("/proc/self/task").glob("*/schedstat"):
        queued += int(thread.read_text("ascii").split()[1])
    return time.perf_counter() - queued / 1_000_000_000


def seconds_of(client, identifier: str, network: str) -> float:
    begun = undisturbed()
    answer = client.post(
        "/connexion",
        data={"email": identifier, "password": "Pas-le-bon-mot-1"},
        environ_overrides={"REMOTE_ADDR": network},
    )
    elapsed = undisturbed() - begun
    assert answer.status_code == 422
    return elapsed


def medians(app, identifiers: tuple[str, str]) -> tuple[float, float]:
    """Ask in turns, each time from another network, so that both meet the same weather."""
    client = app.test_client()
    found: dict[str, list[float]] = {one: [] for one in identifiers}
    for number in range(TRIES + 2):
        for turn, identifier in enumerate(identifiers):
            seconds = seconds_of(client, identifier, f"10.{turn}.{number}.1")
            if number >= 2:  # the first ones fill caches
                found[identifier].append(seconds)
    first, second = (statistics.median(found[one]) for one in identifiers)
    return first, second


@pytest.mark.alone
@pytest.mark.both_databases
def test_case_l1_an_unknown_address_takes_as_long_as_a_known_one(app, cast):
    known, unknown = medians(app, (cast.bob.email, "personne@example.org"))
    assert abs(known - unknown) < NOISE * max(known, unknown), (known, unknown)


@pytest.mark.alone
def test_control_without_the_decoy_the_difference_would_show(app, cast, monkeypatch):
    from core import native_pool
    from security import passwords

    real = native_pool.run

    def hurried(work, *arguments):
        if work is passwords.decoy_hash:
            return "no hash"
        return False if arguments and arguments[0] == "no hash" else real(work, *arguments)

    monkeypatch.setattr(native_pool, "run", hurried)
    known, unknown = medians(app, (cast.bob.email, "personne@example.org"))
    assert abs(known - unknown) > NOISE * max(known, unknown), (known, unknown)
