"""A judge of what happened to uploads: it knows what was answered and what is there, no code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Call:
    """One upload or deletion: ``ok``, ``fail`` (said to the person) or ``info`` (nobody knows)."""

    type: str
    op: str
    file: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Row:
    """What the database says of one file."""

    key: str
    owner: int
    size: int


def judge(
    calls: Iterable[Call],
    rows: Iterable[Row],
    download: Callable[[str], bytes | None],
    unfinished: Iterable[tuple[str, datetime]],
    room: Callable[[int], int],
    now: datetime,
) -> Iterator[str]:
    """Name each promise that was not kept."""
    rows = list(rows)
    yield from _acknowledged(list(calls), {row.key for row in rows}, download)
    for row in rows:
        content = download(row.key)
        if content is None or len(content) != row.size:
            yield f"hist-U2: row {row.key} has no bytes, or not its own"
    for name, begun in unfinished:
        if now - begun > ONE_HOUR:
            yield f"hist-U3: {name} was begun at {begun} and never finished"
    for owner in {row.owner for row in rows}:
        together = sum(row.size for row in rows if row.owner == owner)
        if room(owner) != together:
            yield f"hist-U4: {owner} keeps {together} bytes and is said to keep {room(owner)}"


def _acknowledged(
    calls: list[Call], present: set[str], download: Callable[[str], bytes | None]
) -> Iterator[str]:
    gone = {call.file for call in calls if call.op == "delete"}
    for call in calls:
        if call.type != "ok" or not call.file:
            continue
        if call.op == "delete" and call.file in present:
            yield f"hist-U1: file {call.file} was deleted and is still there"
        if call.op == "upload" and call.file not in gone:
            content = download(call.file) if call.file in present else None
            if content is None or hashlib.sha256(content).hexdigest() != call.sha256:
                yield f"hist-U1: file {call.file} was acknowledged and is not there as it came"
