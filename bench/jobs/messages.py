"""Messages from sending to reading, and pages while many sockets are open."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from bench.measuring import Figure, Side, repeat
from bench.scene import Site
from bench.servers import ROOT, Server
from bench.table import Line

ROOM, FULL = 10, 200
PER_PERSON = 9
"""Idle sockets of one person: the product allows ten."""


class Crowd:
    """The process of open pages."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Keep the process to talk to."""
        self._process = process

    def tell(self, line: object) -> Any:
        """Say one line and wait for the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process of open pages ended"
        return json.loads(answer)


@contextlib.contextmanager
def _crowd(site: Site, server: Server, size: int, *, fetches: bool = True) -> Iterator[Crowd]:
    people = site.people
    is_ours = server is site.server
    room = [site.token(user) for user in people.team]
    idle = [site.token(user) for user in people.patients[1:]]
    path = f"/messages/{people.conversation}/nouveaux?apres=" if is_ours else "/news?after="
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.talkers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        crowd = Crowd(process)
        crowd.tell(
            {
                "port": server.port,
                "news": path + "{after}",
                "conversation": people.conversation,
                "event": "message_posted" if is_ours else "message",
                "fetches": fetches,
                "room": room,
                "others": (idle * PER_PERSON)[: size - ROOM],
            }
        )
        yield crowd
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def talk(site: Site) -> Iterator[Line]:
    """Ten people in one conversation, each with its page open; then many other sockets beside."""
    for size in (FULL,) if site.is_quick else (ROOM, FULL):
        with _crowd(site, site.server, size) as ours, _crowd(site, site.bare, size) as bare:
            ours.tell(4)
            bare.tell(4)
            seen = [_Seen(site.server), _Seen(site.bare)]
            for _ in range(site.many(4)):
                for crowd, one in zip((ours, bare), seen, strict=True):
                    one.add(crowd, 10)
        words = f"{size} sockets"
        for what, name, most in (
            ("stored", "message: stored", None),
            ("hints", "message: told to 10 open pages", 1.6),
            ("texts", "message: text read by 10 pages", None),
        ):
            ours_seen, bare_seen = (one.figure(what, with_cpu=what == "texts") for one in seen)
            yield Line(name, site.on, words, ours_seen, bare_seen, most=most)


class _Seen:
    """What one side's open pages saw."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.walls: dict[str, list[float]] = {"stored": [], "hints": [], "texts": []}
        self.cpus: list[float] = []

    def add(self, crowd: Crowd, messages: int) -> None:
        before = self.server.cpu()
        for what, walls in crowd.tell(messages).items():
            self.walls[what] += walls
        self.cpus.append((self.server.cpu() - before) * 1000 / messages)

    def figure(self, what: str, *, with_cpu: bool) -> Figure:
        return Figure(self.walls[what], self.cpus if with_cpu else [])


def page_in_a_crowd(site: Site) -> Iterator[Line]:
    """Ask for an unrelated page, with two hundred sockets open and with none."""
    browser = site.server.browser(site.token(site.people.patients[-1]))
    alone, among = Figure(), Figure()  # no CPU: hanging up two hundred would count with none
    for _ in range(2):
        for figure, size in ((alone, 0), (among, FULL)):
            with contextlib.ExitStack() as stack:
                if size:
                    stack.enter_context(_crowd(site, site.server, size, fetches=False))
                side = Side(lambda: browser.get("/compte"), site.server.cpu)
                seen = repeat(side, calls=20, rounds=site.many(3))
                figure.walls += seen.walls
    yield Line(
        "page: with 200 sockets open, against none",
        site.on,
        f"{FULL} sockets",
        among,
        alone,
        most=1.25,
        note="« bare » is the same page with none",
    )
