"""Signing in; and everybody else while people sign in without pause."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Self

from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type, verify_secret

from bench.clients import Connection, Person, Request, Script, play
from bench.jobs.pages import page
from bench.measuring import Figure, Side, compare, take_turn
from bench.scene import Product, Site
from bench.servers import csrf_of
from bench.table import OURS, Line
from tests.cast import PASSWORD

CLIENTS = 4
"""Who sign in again and again, each from another address."""
ACCOUNTS = 50
_numbers = count(1)


def signing_in(product: Product) -> Callable[[int], Script]:
    """Return scripts that send the right password of one of many, from an address of its own."""
    page = product.server.ask(Request("GET", "/connexion")).expect(200)
    cookie = page.headers["set-cookie"].partition("session=")[2].partition(";")[0]
    visitor = Person(cookie, csrf_of(page))

    def scripts(_place: int) -> Script:
        number = next(_numbers)
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        form = {"email": f"patient{number % ACCOUNTS}@example.org", "password": PASSWORD}
        answer = yield visitor.post("/connexion", form, X_Forwarded_For=address)
        answer.expect(302)

    return scripts


def sign_in(site: Site) -> Iterator[Line]:
    """Measure one login against the hash that it must compute."""
    statements = site.count(signing_in(site.product)(0))
    stored = site.product.facts["hash"]
    argon2 = stored[stored.index("$argon2") :].encode()  # behind the name of its pepper
    hashed = Figure()
    figures: dict[str, Figure] = {}
    for _ in range(site.many(6)):
        _hash(argon2, hashed, 4)
        seen = compare(site.sides(signing_in), calls=4, rounds=1)
        for name, figure in seen.items():
            kept = figures.setdefault(name, Figure())
            kept.walls += figure.walls
            kept.cpus += figure.cpus
    sides = {OURS: figures.pop(OURS), "its hash": hashed, **figures}
    yield Line("one login", site.on, sides, statements).aim("its hash", 1.4)


def _hash(stored: bytes, figure: Figure, times: int) -> None:
    """Compute what a login computes, in this process; a pepper makes no difference in cost."""
    for _ in range(times):
        began, before = time.perf_counter(), time.process_time()
        with suppress(VerifyMismatchError):
            verify_secret(stored, PASSWORD.encode(), Type.ID)
        figure.cpus.append((time.process_time() - before) * 1000)
        figure.walls.append((time.perf_counter() - began) * 1000)


class Burst:
    """Logins without end, until told."""

    def __init__(self, site: Site) -> None:
        """Prepare."""
        self._server = site.product.server
        self._scripts = signing_in(site.product)
        self._ending = threading.Event()
        self._faults: list[Exception] = []
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End, and say what went wrong."""
        self._ending.set()
        for thread in self._threads:
            thread.join(30)
        if self._faults:
            raise self._faults[0]

    def _run(self) -> None:
        connection = Connection(self._server.port)
        try:
            while not self._ending.is_set():
                play(self._scripts(0), connection.ask)
        except Exception as error:  # noqa: BLE001  (told by who waits for the threads)
            self._faults.append(error)
        finally:
            connection.close()


def page_during_logins(site: Site) -> Iterator[Line]:
    """Ask for an unrelated page, while nobody signs in and while people do without pause."""
    quiet, during = Figure(), Figure()
    side = Side(site.product.server, page(site.product.person("patient48"), "/compte"))
    take_turn(side, Figure(), 10)
    for _ in range(site.many(6)):
        take_turn(side, quiet, 40)
        with Burst(site):
            time.sleep(0.3)
            take_turn(side, during, 40)
    sides = {OURS: Figure(during.walls), "quiet": Figure(quiet.walls)}
    line = Line(f"account page while {CLIENTS} sign in", site.on, sides, by_wall=True)
    yield line.aim("quiet", 1.3)
