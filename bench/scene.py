"""What is measured: the product with people and appointments, the references beside it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench import servers
from bench.clients import Person, Script
from bench.measuring import Side
from bench.reference import reference_csrf, reference_secret, reference_token
from bench.reference_store import Store
from bench.servers import ROOT, Server
from bench.table import BARE, BEFORE, OURS, SIGNED
from tests.servers import postgres as postgres_module
from tests.servers.postgres import PostgresServer
from tests.servers.processes import scratch_folder

FEEDS = (50, 500, 5000)
LISTS = (50, 500, 5000)
REFERENCE_SESSIONS = 50
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
}
CONFIG = """
mode = "demo"
[server]
base_url = "http://127.0.0.1:8000"  # the same for the server that is measured and the counting one
proxy_count = 1
feed_reads_per_hour = 100_000  # a day of a calendar program passes in a second here
[database]
url = "{url}"
[worker]
embedded = false
[log]
level = "error"
"""


@dataclass
class Product:
    """A checkout that is served, and who is there."""

    server: Server
    facts: dict[str, Any]
    _people: dict[str, Person] = field(default_factory=dict)

    def person(self, name: str) -> Person:
        """Return somebody who is signed in."""
        if name not in self._people:
            self._people[name] = servers.sign_in(self.server, self.facts["sessions"][name])
        return self._people[name]


Asked = Callable[[Product], Callable[[int], Script]]
"""What a job asks of a product: what is there, to a script for each connection."""


@dataclass
class Site:
    """What jobs work with."""

    on: str
    is_quick: bool
    with_peers: bool
    product: Product
    counting: Server
    """The same product on the same database, which counts statements and is not measured."""
    references: Server
    before: Product | None = None
    """Another checkout, with a database of its own."""

    def many(self, number: int) -> int:
        """Return how often to do something: less when in a hurry."""
        return max(2, number // 6) if self.is_quick else number

    def eight(self, number: int) -> int:
        """Return how many scripts each of eight connections plays in one turn."""
        return 1 if self.is_quick else number

    def products(self) -> dict[str, Product]:
        """Return the checkouts that are compared."""
        return {OURS: self.product, **({BEFORE: self.before} if self.before else {})}

    def sides(
        self,
        ours: Asked,
        bare: Callable[[int], Script] | None = None,
        signed: Callable[[int], Script] | None = None,
        *,
        compares_before: bool = True,
    ) -> dict[str, Side]:
        """Return who is compared, ours first."""
        sides = {OURS: Side(self.product.server, ours(self.product))}
        for name, scripts in ((BARE, bare), (SIGNED, signed)):
            if scripts is not None:
                sides[name] = Side(self.references, scripts)
        if self.before and compares_before:
            sides[BEFORE] = Side(self.before.server, ours(self.before))
        return sides

    def count(self, script: Script) -> int:
        """Return how many statements a script takes, without BEGIN."""
        before = self.counting.statements()
        self.counting.play(script)
        return self.counting.statements() - before

    def count_again(self, scripts: Callable[[int], Script]) -> int:
        """Do the same with what may be asked again: the first one also notes who was there."""
        return min(self.count(scripts(0)) for _ in range(3))

    @staticmethod
    def signed(place: int) -> Person:
        """Return somebody who is signed in to the signed reference."""
        return Person(reference_token(place), reference_csrf(place))


@contextlib.contextmanager
def opened(
    on: str, *, is_quick: bool, with_peers: bool = False, before: Path | None = None
) -> Iterator[Site]:
    """Build, fill and serve everything; it disappears afterwards."""
    with contextlib.ExitStack() as stack:
        postgres: PostgresServer | None = None
        if on == "PostgreSQL":
            # Measured as it is run: what was answered is on the disk.
            stack.enter_context(patch.dict(postgres_module.FAST_SETTINGS, DURABLE))
            postgres = stack.enter_context(postgres_module.postgres())
        lists = [] if is_quick else list(LISTS)
        folder, facts = _filled(stack, ROOT, postgres, lists)
        starting = [
            servers.product(ROOT, folder),
            servers.product(ROOT, folder, counts=True),
            servers.references(folder, _reference_tables(folder, postgres, facts["busy"])),
        ]
        if before:
            folder, older = _filled(stack, before, postgres, [])
            starting.append(servers.product(before, folder))
        with ThreadPoolExecutor() as pool:
            served, counting, references, *others = pool.map(stack.enter_context, starting)
        stack.enter_context(servers.other_cores())
        product = Product(served, facts)
        former = Product(others[0], older) if before else None
        yield Site(on, is_quick, with_peers, product, counting, references, former)


def _filled(
    stack: contextlib.ExitStack, root: Path, postgres: PostgresServer | None, lists: list[int]
) -> tuple[Path, dict[str, Any]]:
    """Fill a site of its own for the checkout in ``root``; return its folder and who is there."""
    folder = stack.enter_context(scratch_folder("bench"))
    url = f"sqlite:///{folder}/alveole.db"
    if postgres:
        url = postgres.new_database().replace("postgresql://", "postgresql+psycopg://")
    (folder / "config.toml").write_text(CONFIG.format(url=url), "utf-8")
    asked = json.dumps({"feeds": FEEDS, "lists": lists})
    # -P: what lies beside the program is not the product's
    program = [sys.executable, "-P", str(ROOT / "bench/seeding.py"), asked]
    command = servers.with_environment(servers.site(root, folder), program)
    seeded = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True)
    facts: dict[str, Any] = json.loads(seeded.stdout.decode().splitlines()[-1])
    return folder, facts


def _reference_tables(
    folder: Path, postgres: PostgresServer | None, busy: list[tuple[int, int]]
) -> str:
    """Make what the references need; return the address of their database."""
    url = postgres.new_database() if postgres else f"{folder}/reference.db"
    sessions = [
        (reference_token(number), reference_secret(number)) for number in range(REFERENCE_SESSIONS)
    ]
    store = Store(url)
    store.make_tables(busy, [str(size) for size in FEEDS], sessions)
    store.close()
    return url
