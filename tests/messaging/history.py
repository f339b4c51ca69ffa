"""Judging a recorded history of messages: pure functions that know nothing of the product.

A test records each call and, at the end, what each reader was shown. Only what is definite is
judged: a call whose answer was lost may have happened or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """One act of sending, as its sender saw it."""

    sender: str
    text: str
    outcome: str
    """``ok``, ``fail`` (refused for certain) or ``info`` (nobody knows)."""


@dataclass(frozen=True)
class Shown:
    """One message as a reader was shown it."""

    seq: int
    sender: str
    text: str


Streams = Mapping[str, Sequence[Shown]]


def faults(sent: Sequence[Sent], streams: Streams) -> list[str]:
    """Say everything that is wrong with what happened."""
    return [
        *_lost_or_doubled(sent, streams),
        *_different(streams),
        *_with_gaps(streams),
        *_out_of_order(sent, streams),
    ]


def _lost_or_doubled(sent: Sequence[Sent], streams: Streams) -> Iterator[str]:
    for reader, stream in streams.items():
        shown = Counter((message.sender, message.text) for message in stream)
        for call in sent:
            times = shown[call.sender, call.text]
            if call.outcome == "ok" and times != 1:
                yield f"{reader} was shown {call.text!r} {times} times"
            if call.outcome == "fail" and times:
                yield f"{reader} was shown {call.text!r}, which was refused"
            if times > 1:
                yield f"{reader} was shown {call.text!r} more than once"


def _different(streams: Streams) -> Iterator[str]:
    if len({tuple(stream) for stream in streams.values()}) > 1:
        yield "readers were shown different histories"


def _with_gaps(streams: Streams) -> Iterator[str]:
    for reader, stream in streams.items():
        numbers = [message.seq for message in stream]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{reader} was shown the numbers {numbers}"


def _out_of_order(sent: Sequence[Sent], streams: Streams) -> Iterator[str]:
    """One sender's messages keep the order in which they were sent, one after the other."""
    for reader, stream in streams.items():
        for sender in {call.sender for call in sent}:
            said = [c.text for c in sent if c.sender == sender and c.outcome == "ok"]
            shown = [m.text for m in stream if m.sender == sender and m.text in said]
            if shown != [text for text in said if text in shown]:
                yield f"{reader} was shown what {sender} wrote in another order"
