"""What the tours find: each made once in a run, whichever process asks first."""

from __future__ import annotations

import fcntl
import json
from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser

from tests.browser.crawl import walk
from tests.browser.inspection import Inspector
from tests.browser.navigator import together
from tests.browser.product import Site
from tests.browser.tours import TOURS, Side


@dataclass(frozen=True)
class Found:
    """What one tour found, and where it was."""

    findings: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


class Judgement:
    """What each tour found.

    The tours of one side run in one process and judge a kind of page once among them; the two
    sides may run at the same time, and read each other's findings in a folder they share.
    """

    def __init__(self, browser: Browser, site: Site, product: Flask, shared: Path) -> None:
        """Know where to go; go later."""
        self.browser, self.site, self.product, self.shared = browser, site, product, shared
        self.judged: defaultdict[Side, Counter[Hashable]] = defaultdict(Counter)

    def of(self, name: str) -> Found:
        """Return what one person's tour found; wait for it where another process makes it."""
        trip = TOURS[name]
        if trip.only_new:  # whatever the order of the tests, the whole walks come first
            for other, before in TOURS.items():
                if before.side is trip.side and not before.only_new:
                    self.of(other)
        kept = self.shared / f"{name}.json"
        with (self.shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                self._keep(kept, Found([f"The tour of the {name} broke off: see its own test."]))
                self._keep(kept, self._make(name))
        return Found(**json.loads(kept.read_text("utf-8")))

    def _keep(self, kept: Path, found: Found) -> None:
        kept.write_text(json.dumps(asdict(found)), "utf-8")

    def _make(self, name: str) -> Found:
        trip, files = TOURS[name], self.shared / name
        files.mkdir()
        with together(self.browser, self.site) as people:
            who = people.meet(trip.person or "nobody@example.org", reduced_motion="reduce")
            if trip.person:
                who.sign_in()
            inspector = Inspector(who.page)
            walk(
                self.product,
                who,
                inspector,
                *trip.starts,
                judged=self.judged[trip.side],
                only_new=trip.only_new,
            )
            trip.tour(people, who, inspector, files)
        return Found(inspector.findings, inspector.paths)
