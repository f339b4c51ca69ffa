"""Messages from sending to reading, and pages while many sockets are open."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.jobs.pages import page
from bench.measuring import Figure, Side, take_turn
from bench.scene import Product, Site
from bench.servers import ROOT, Server
from bench.table import BARE, BEFORE, OURS, SIGNED, Line

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
def _crowd(plan: dict[str, Any]) -> Iterator[Crowd]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.talkers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        crowd = Crowd(process)
        crowd.tell(plan)
        yield crowd
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _plan_of(product: Product, size: int, *, port: int = 0, fetches: bool = True) -> dict[str, Any]:
    sessions = product.facts["sessions"]
    team = ["patient0", *(f"team{number}" for number in range(ROOM - 1))]
    idle = [sessions[f"patient{number}"] for number in range(1, 50)]
    conversation = product.facts["conversation"]
    return {
        "port": port or product.server.port,
        "news": f"/messages/{conversation}/nouveaux?apres={{after}}",
        "conversation": conversation,
        "event": "message_posted",
        "fetches": fetches,
        "room": [sessions[name] for name in team],
        "others": (idle * PER_PERSON)[: size - ROOM],
    }


def _plan_of_reference(site: Site, size: int, *, signed: bool) -> dict[str, Any]:
    tokens = [site.signed(number).token if signed else "" for number in range(ROOM)]
    return {
        "port": site.references.port,
        "news": f"{'/signed' if signed else ''}/news?after={{after}}",
        "conversation": 1,
        "event": "message",
        "fetches": True,
        "room": tokens,
        "others": [""] * (size - ROOM),
    }


def talk(site: Site) -> Iterator[Line]:
    """Ten people in one conversation, each with its page open; then many other sockets beside."""
    statements = _statements_of_one(site)
    for size in (ROOM, FULL):
        plans = {
            OURS: (site.product.server, _plan_of(site.product, size)),
            BARE: (site.references, _plan_of_reference(site, size, signed=False)),
            SIGNED: (site.references, _plan_of_reference(site, size, signed=True)),
        }
        if site.before:
            plans[BEFORE] = (site.before.server, _plan_of(site.before, size))
        with contextlib.ExitStack() as stack:
            seen = {
                name: _Seen(server, stack.enter_context(_crowd(plan)))
                for name, (server, plan) in plans.items()
            }
            for side in seen.values():
                side.crowd.tell(4)
            for _ in range(site.many(8)):
                for side in seen.values():
                    side.talk(10)
        told = {name: side.figure("hints") for name, side in seen.items()}
        job = f"message to 10 open pages, {size} sockets"
        line = Line(job, site.on, told, statements, by_wall=True)
        yield line.aim(BARE, 2).aim_even(10, told[OURS].walls)
        read = {name: side.figure("texts") for name, side in seen.items()}
        yield Line(f"… its text read by them, {size} sockets", site.on, read, by_wall=True)


def _statements_of_one(site: Site) -> int:
    """Count what one message costs, told to nobody who then reads it."""
    plan = _plan_of(site.product, ROOM, port=site.counting.port, fetches=False)
    with _crowd(plan) as crowd:
        crowd.tell(4)
        before = site.counting.statements()
        crowd.tell(4)
        return round((site.counting.statements() - before) / 4)


@dataclass
class _Seen:
    """What one side's open pages saw."""

    server: Server
    crowd: Crowd
    walls: dict[str, list[float]] = field(default_factory=dict)
    cpus: list[float] = field(default_factory=list)

    def talk(self, messages: int) -> None:
        before = self.server.cpu()
        for what, walls in self.crowd.tell(messages).items():
            self.walls.setdefault(what, []).extend(walls)
        self.cpus.append((self.server.cpu() - before) * 1000 / messages)

    def figure(self, what: str) -> Figure:
        return Figure(self.walls[what], cpus=self.cpus if what == "texts" else [])


def page_in_a_crowd(site: Site) -> Iterator[Line]:
    """Ask for an unrelated page, with two hundred sockets open and with none."""
    side = Side(site.product.server, page(site.product.person("patient49"), "/compte"))
    alone, among = Figure(), Figure()  # no CPU: hanging up two hundred would count with none
    for _ in range(2):
        for figure, size in ((alone, 0), (among, FULL)):
            with contextlib.ExitStack() as stack:
                if size:
                    stack.enter_context(_crowd(_plan_of(site.product, size, fetches=False)))
                take_turn(side, Figure(), 2)
                for _ in range(site.many(3)):
                    take_turn(side, figure, 20)
    sides = {OURS: Figure(among.walls), "no socket": Figure(alone.walls)}
    line = Line(f"account page, {FULL} sockets open", site.on, sides, by_wall=True)
    yield line.aim("no socket", 1.25)
