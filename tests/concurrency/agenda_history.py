"""Judging a whole history of an agenda: a pure function, which knows nothing of the product.

Each call is noted when it is asked and when it is answered, by the process that made it; a process
that was killed leaves calls without an answer, about which nothing definite is known. What is left
in the end is read from the database, the outbox, the feed and the free hours.

Six things must hold: B1 nobody's promised times meet while both are promised; B2 what was promised
stands unless it was cancelled or moved; B3 what was refused left nothing; B4 one key, one booking;
B5 one confirmation each, and the feed shows it; B6 no hour is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FOR_EVER = float("inf")
BOOKS = frozenset({"confirm", "book_for"})


@dataclass(frozen=True)
class Call:
    """One call: asked at ``asked``, answered at ``answered`` with ``told``; None: never."""

    process: str
    op: str
    slot: str
    asked: float
    answered: float | None = None
    told: str | None = None
    """``ok``, the code of a refusal, or None when the process died before it knew."""
    id: int | None = None
    """Of the appointment that it was about, or that it made."""
    key: str | None = None


@dataclass(frozen=True)
class Row:
    """One appointment in the end."""

    id: int
    slot: str
    status: str
    was_promised: bool


@dataclass(frozen=True)
class Ending:
    """What is left, an expired hold later."""

    rows: Sequence[Row]
    confirmations: Mapping[int, int]
    """How many messages say that each appointment is made."""
    in_feed: Collection[int]
    free: Collection[str]
    slots: Collection[str]


@dataclass
class _Life:
    """One appointment as its calls tell it."""

    promised: list[tuple[str, float, float]] = field(default_factory=list)
    """Slot, from when to when definitely."""
    slot: str | None = None
    stands: bool = False
    is_sure: bool = True


def faults(calls: Iterable[Call], ending: Ending) -> list[str]:
    """Say everything that does not hold; nothing when the history is one that may happen."""
    calls = sorted(calls, key=lambda call: call.asked)
    lives = _lives(calls)
    return [
        *_b1(lives),
        *_b2(lives, ending),
        *_b3(calls, lives, ending),
        *_b4(calls),
        *_b5(ending),
        *_b6(ending),
        *_strange(calls),
    ]


def _lives(calls: Sequence[Call]) -> dict[int, _Life]:
    lives: dict[int, _Life] = defaultdict(_Life)
    for call in calls:
        if call.id is None:
            continue
        life = lives[call.id]
        if call.op in {"cancel", "move"} and life.promised:
            slot, start, end = life.promised[-1]
            life.promised[-1] = (slot, start, min(end, call.asked))
        if call.told is None and call.op != "hold":
            life.is_sure = False
        if call.told != "ok":
            if call.op in {"cancel", "move"} and call.told is not None and life.stands:
                _promise(life, life.slot or call.slot, call.answered)
            continue
        if call.op in BOOKS or call.op == "move":
            _promise(life, call.slot, call.answered)
        elif call.op in {"cancel", "give_up"}:
            life.stands = False
    return lives


def _promise(life: _Life, slot: str, since: float | None) -> None:
    if not (life.promised and life.promised[-1][0] == slot and life.promised[-1][2] == FOR_EVER):
        life.promised.append((slot, since or 0.0, FOR_EVER))
    life.slot, life.stands = slot, True


def _b1(lives: Mapping[int, _Life]) -> Iterable[str]:
    by_slot: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
    for id_, life in lives.items():
        for slot, start, end in life.promised:
            if start < end:
                by_slot[slot].append((id_, start, end))
    for slot, spans in by_slot.items():
        for index, (one, start, end) in enumerate(spans):
            for other, other_start, other_end in spans[index + 1 :]:
                if one != other and start < other_end and other_start < end:
                    yield f"B1 {slot}: {one} and {other} at the same time"


def _b2(lives: Mapping[int, _Life], ending: Ending) -> Iterable[str]:
    rows = {row.id: row for row in ending.rows}
    for id_, life in lives.items():
        if not life.is_sure or life.slot is None:
            continue
        row = rows.get(id_)
        if life.stands:
            if row is None or row.status != "booked" or row.slot != life.slot:
                yield f"B2 promised at {life.slot}, found {row}"
        elif row is not None and row.status == "booked":
            yield f"B2 cancelled, and stands still: {row}"


def _b3(calls: Sequence[Call], lives: Mapping[int, _Life], ending: Ending) -> Iterable[str]:
    known = {id_ for id_, life in lives.items() if life.promised or not life.is_sure}
    unknown = {call.slot for call in calls if call.told is None and call.op in BOOKS}
    for row in ending.rows:
        if row.status == "booked" and row.id not in known and row.slot not in unknown:
            yield f"B3 nobody was told that it is made: {row}"


def _b4(calls: Sequence[Call]) -> Iterable[str]:
    made: dict[str, set[int | None]] = defaultdict(set)
    for call in calls:
        if call.key and call.told == "ok":
            made[call.key].add(call.id)
    for key, ids in made.items():
        if len(ids) > 1:
            yield f"B4 one key, several bookings: {key} {sorted(map(str, ids))}"


def _b5(ending: Ending) -> Iterable[str]:
    for row in ending.rows:
        count = ending.confirmations.get(row.id, 0)
        if count != int(row.was_promised):
            yield f"B5 {count} confirmations of {row}"
        if (row.status == "booked") != (row.id in ending.in_feed):
            yield f"B5 the feed and the agenda differ about {row}"


def _b6(ending: Ending) -> Iterable[str]:
    taken = {row.slot for row in ending.rows if row.status == "booked"}
    for slot in ending.slots:
        if slot not in taken and slot not in ending.free:
            yield f"B6 nobody has {slot}, and nobody can have it"
        if slot in taken and slot in ending.free:
            yield f"B6 {slot} is taken, and offered"


def _strange(calls: Sequence[Call]) -> Iterable[str]:
    expected = {
        "ok",
        "slot_taken",
        "hold_ended",
        "not_standing",
        "slot_not_offered",
        "key_reused",
        "unavailable",
        "not_found",
    }
    for call in calls:
        if call.told is not None and call.told not in expected:
            yield f"neither yes nor no: {call}"


def read_calls(lines: Iterable[Mapping[str, Any]]) -> list[Call]:
    """Put together what was asked and what was answered, by the number of each call."""
    asked: dict[str, dict[str, Any]] = {}
    for line in lines:
        asked.setdefault(line["call"], {}).update(line)
    return [
        Call(
            one["process"],
            one["op"],
            one["slot"],
            one["asked"],
            one.get("answered"),
            one.get("told"),
            one.get("id"),
            one.get("key"),
        )
        for one in asked.values()
    ]
