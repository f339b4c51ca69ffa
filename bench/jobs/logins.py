"""Everybody else while people sign in without pause."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Self

from bench.measuring import Figure, Side, compare, repeat, take_turn
from bench.scene import Site
from bench.servers import Browser
from bench.table import Line
from security.passwords import hash_password, verify_password
from tests.cast import PASSWORD

CLIENTS = 4
"""Who sign in again and again, each from another address."""


class Burst:
    """Logins without end, until told."""

    def __init__(self, site: Site) -> None:
        """Prepare; ``done`` counts the logins that were answered."""
        self.site = site
        self.done = 0
        self._ending = threading.Event()
        self._numbers = count()
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End."""
        self._ending.set()
        for thread in self._threads:
            thread.join(30)

    def _run(self) -> None:
        form = _SignInForm(self.site)
        while not self._ending.is_set():
            form.send(next(self._numbers))
            self.done += 1


class _SignInForm:
    """The page of the password, as a visitor's browser has it."""

    def __init__(self, site: Site) -> None:
        self._count = len(site.people.patients)
        self._browser: Browser = site.server.browser()
        page = self._browser.get("/connexion")
        found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page.body)
        assert found, page.body[:2000]
        self._csrf = found.group(1).decode()
        cookie = re.search(r"session=([^;]+)", page.headers["Set-Cookie"] or "")
        assert cookie
        self._browser.token = cookie.group(1)

    def send(self, number: int) -> None:
        """Send the right password of one of many accounts, from an address of its own."""
        answer = self._browser.post(
            "/connexion",
            {
                "csrf_token": self._csrf,
                "email": f"patient{number % self._count}@example.org",
                "password": PASSWORD,
            },
            X_Forwarded_For=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        )
        assert answer.status == 302, answer.body[-1500:]


def burst(site: Site) -> Iterator[Line]:
    """Measure one login against its hash alone; then a page, quiet and during a burst."""
    stored = hash_password(PASSWORD)
    form, numbers = _SignInForm(site), count(1 << 20)
    login, verified = compare(
        Side(lambda: form.send(next(numbers)), site.server.cpu),
        Side(lambda: verify_password(stored, PASSWORD)),
        calls=4,
        rounds=site.many(6),
    )
    yield Line("login: CPU against its hash alone", site.on, "1", login, verified, most=1.15)
    browser = site.server.browser(site.token(site.people.patients[-2]))
    quiet, during = Figure(), Figure()
    done, seconds = 0, 0.0
    side = Side(lambda: browser.get("/compte"))
    repeat(side, calls=10, rounds=1)
    for _ in range(site.many(4)):
        take_turn(side, quiet, 40)
        with Burst(site) as logins:
            began = time.perf_counter()
            time.sleep(0.3)
            take_turn(side, during, 40)
            seconds += time.perf_counter() - began
            done += logins.done
    quiet.cpus, during.cpus = [], []
    yield Line(
        "login burst: somebody else's page",
        site.on,
        f"{CLIENTS} clients",
        during,
        quiet,
        most=1.3,
        note=f"p50; p99 goal ≤ 10 ms {'met' if during.p99 <= 10 else 'MISSED'};"
        f" {done / seconds:.0f} logins/s; « bare » is quiet",
    )
