"""Open pages, in a process of their own: sockets that listen, talk, and fetch what is new.

Reads one JSON line that says whom to connect, answers « ready »; then for each line with a number
sends so many messages and answers what was seen; ends when its input ends.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import json
import sys
import time
from typing import Any

import gevent
from gevent.event import AsyncResult, Event
from gevent.pool import Pool
from simple_websocket import Client, ConnectionClosed

from bench.clients import Connection, Person

PACE = 0.02
"""Seconds between two messages: neither side is ever behind."""
PATIENCE = 10.0
AT_ONCE = 20


class Talker:
    """One open page."""

    def __init__(self, crowd: Crowd, token: str) -> None:
        """Connect, and listen."""
        self.crowd = crowd
        self.person = Person(token)
        self.connection = Connection(crowd.port)
        self.answer: AsyncResult[Any] = AsyncResult()
        self.is_open = Event()
        address = f"ws://127.0.0.1:{crowd.port}/socket.io/?EIO=4&transport=websocket{crowd.query}"
        self.socket = Client(address, headers={"Cookie": f"session={token}"})
        gevent.spawn(self._listen)
        self.socket.send("40")
        self.is_open.wait(PATIENCE)

    def say(self, number: int) -> None:
        """Send one message, and wait until it is stored."""
        self.answer = AsyncResult()
        text = {"conversation": self.crowd.conversation, "body": f"Bonjour {number}"}
        text["client_id"] = f"talker-{time.time_ns()}-{number}"
        self.socket.send("420" + json.dumps(["post_message", text]))
        stored: Any = self.answer.get(timeout=PATIENCE)
        assert stored["ok"], stored

    def _listen(self) -> None:
        try:
            while True:
                self._hear(str(self.socket.receive()))
        except ConnectionClosed:
            return

    def _hear(self, frame: str) -> None:
        if frame.startswith("2"):
            self.socket.send("3")
        elif frame.startswith("40"):
            self.is_open.set()
        elif frame.startswith("430"):
            self.answer.set(json.loads(frame[3:])[0])
        elif frame.startswith("42"):
            name, told = json.loads(frame[2:])
            if name == self.crowd.event:
                self.crowd.note("hints")
                gevent.spawn(self._fetch, told["seq"])

    def _fetch(self, seq: int) -> None:
        if not self.crowd.fetches:
            return
        self.connection.ask(self.person.get(self.crowd.news.format(after=seq - 1))).expect(200)
        self.crowd.note("texts")


class Crowd:
    """Everybody connected."""

    def __init__(self, spec: dict[str, Any]) -> None:
        """Connect the room, then those who only sit there."""
        self.port: int = spec["port"]
        self.news: str = spec["news"]
        self.conversation: int = spec["conversation"]
        self.event: str = spec["event"]
        self.fetches: bool = spec["fetches"]
        self.query = "&room=1"
        self.began = 0.0
        self.seen: dict[str, list[float]] = {"hints": [], "texts": [], "stored": []}
        self.room = self._connect(spec["room"])
        self.query = ""
        self.others = self._connect(spec["others"])

    def _connect(self, tokens: list[str]) -> list[Talker]:
        return list(Pool(AT_ONCE).map(lambda token: Talker(self, token), tokens))

    def note(self, what: str) -> None:
        """Remember how long after the sending this came."""
        self.seen[what].append((time.perf_counter() - self.began) * 1000)

    def talk(self, messages: int) -> dict[str, list[float]]:
        """Let each member of the room speak in turn; say when it was stored, told and read."""
        self.seen = {"hints": [], "texts": [], "stored": []}
        for number in range(messages):
            expected = (number + 1) * len(self.room)
            self.began = time.perf_counter()
            self.room[number % len(self.room)].say(number)
            self.note("stored")
            last = "texts" if self.fetches else "hints"
            give_up_at = time.perf_counter() + PATIENCE
            while len(self.seen[last]) < expected and time.perf_counter() < give_up_at:
                gevent.sleep(0.001)
            assert len(self.seen[last]) == expected, (len(self.seen[last]), expected)
            gevent.sleep(PACE)
        return self.seen


def main() -> None:
    """Obey the lines of the input."""
    crowd: Crowd | None = None
    for line in iter(sys.stdin.readline, ""):
        told = json.loads(line)
        if crowd is None:
            crowd = Crowd(told)
            said: object = "ready"
        else:
            said = crowd.talk(told)
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
