"""The judge of booking histories, itself judged: on a naive twin that books twice."""

from __future__ import annotations

from datetime import timedelta

from tests.concurrency.history import Attempt, Kept, faults
from tests.scheduling.conftest import paris

TEN = paris("2026-11-24 10:00")
HALF = timedelta(minutes=30)


class NaiveAgenda:
    """Looks, then writes: between the two, anybody may have written."""

    def __init__(self) -> None:
        self.rows: list[Kept] = []

    def look(self, start, end) -> bool:
        return not any(row.start < end and start < row.end for row in self.rows)

    def write(self, person, start, end) -> None:
        self.rows.append(Kept(person, 1, start, end))


def test_two_who_look_before_either_writes_are_found_out():
    agenda = NaiveAgenda()
    seen = {person: agenda.look(TEN, TEN + HALF) for person in (1, 2)}
    told = []
    for person, is_free in seen.items():
        if is_free:
            agenda.write(person, TEN, TEN + HALF)
        told.append(Attempt(person, 1, TEN, TEN + HALF, "yes" if is_free else "slot_taken"))
    assert [fault.split(":")[0] for fault in faults(told, agenda.rows)] == ["overlap"]


def test_one_after_the_other_is_no_fault():
    agenda = NaiveAgenda()
    told = []
    for person in (1, 2):
        is_free = agenda.look(TEN, TEN + HALF)
        if is_free:
            agenda.write(person, TEN, TEN + HALF)
        told.append(Attempt(person, 1, TEN, TEN + HALF, "yes" if is_free else "slot_taken"))
    assert faults(told, agenda.rows) == []


def test_promises_without_rows_rows_without_promises_and_empty_refusals():
    lost = [Attempt(1, 1, TEN, TEN + HALF, "yes")]
    assert faults(lost, [])[0].startswith("promised, not kept")
    assert faults([], [Kept(1, 1, TEN, TEN + HALF)])[0].startswith("kept, not promised")
    refused = [Attempt(1, 1, TEN, TEN + HALF, "slot_taken")]
    assert faults(refused, [])[0].startswith("refused for no reason")
    broken = [Attempt(1, 1, TEN, TEN + HALF, "internal_error")]
    assert faults(broken, [])[0].startswith("neither yes nor no")


def test_back_to_back_and_other_caregivers_do_not_meet():
    rows = [
        Kept(1, 1, TEN, TEN + HALF),
        Kept(2, 1, TEN + HALF, TEN + 2 * HALF),
        Kept(3, 2, TEN, TEN + HALF),
    ]
    told = [Attempt(row.person, row.caregiver, row.start, row.end, "yes") for row in rows]
    assert faults(told, rows) == []
