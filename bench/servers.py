"""Real servers on loopback, held to one core."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.clients import Answer, Connection, Person, Request, Script, play
from tests.servers.processes import free_ports, running

ROOT = Path(__file__).resolve().parent.parent
NANOSECONDS = 1_000_000_000
STATEMENTS = "/bench/statements"
"""Where a server that counts says how many statements it has sent so far."""


@dataclass
class Server:
    """A running gunicorn, and one connection to it."""

    port: int
    pid: int
    _workers: list[int] = field(default_factory=list)
    _connection: Connection | None = None

    def ask(self, request: Request) -> Answer:
        """Ask on the one connection."""
        if self._connection is None:
            self._connection = Connection(self.port)
        return self._connection.ask(request)

    def hang_up(self) -> None:
        """Let go of the one connection: a server ends one that says nothing for a while."""
        if self._connection is not None:
            self._connection.close()

    def play(self, script: Script) -> None:
        """Play a script on the one connection."""
        play(script, self.ask)

    def cpu(self) -> float:
        """Return the seconds of CPU that its workers have used, every thread counted."""
        used = 0
        for worker in self._workers:
            for stat in Path(f"/proc/{worker}/task").glob("*/schedstat"):
                used += int(stat.read_text().split()[0])
        return used / NANOSECONDS

    def statements(self) -> int:
        """Return what a server that counts has sent to its database since it started."""
        return int(self.ask(Request("GET", STATEMENTS)).expect(200).body)

    def settle(self) -> None:
        """Find the workers, and hold them to their core."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        self._workers = [int(child) for child in children.split()]
        self.hold_to_one_core()

    def hold_to_one_core(self) -> None:
        """Hold every thread to the first core: the client has the others."""
        for worker in self._workers:
            for task in Path(f"/proc/{worker}/task").iterdir():
                os.sched_setaffinity(int(task.name), {min(CORES)})


CORES = os.sched_getaffinity(0)


@contextlib.contextmanager
def other_cores() -> Iterator[None]:
    """Keep this process away from the core of the servers, where there is another."""
    os.sched_setaffinity(0, CORES - {min(CORES)} or CORES)
    try:
        yield
    finally:
        os.sched_setaffinity(0, CORES)


def product(
    root: Path, folder: Path, *, counts: bool = False
) -> contextlib.AbstractContextManager[Server]:
    """Serve the product of ``root`` as ``python app.py`` does, on the site in ``folder``."""
    [port] = free_ports(1)
    config = ROOT / "bench/counting.py" if counts else root / "gunicorn.conf.py"
    values = {**site(root, folder), "PORT": str(port)}
    log = folder / f"product-{port}.log"
    return _serving(["--chdir", str(root), "-c", str(config)], port, log, "/connexion", values)


def site(root: Path, folder: Path) -> dict[str, str]:
    """Return the environment of a process of the product."""
    return {
        "CONFIG": f"{folder}/config.toml",
        "DATA_DIR": str(folder),
        "PYTHONPATH": str(root),
        "ALVEOLE_CHECKED": "1",  # filled a moment ago
    }


def references(folder: Path, url: str) -> contextlib.AbstractContextManager[Server]:
    """Serve both references on the same kind of worker."""
    [port] = free_ports(1)
    command = ["--chdir", str(ROOT), "-k", "gevent", "-b", f"127.0.0.1:{port}"]
    command += ["--no-control-socket", "--worker-connections", "1000", "bench.reference:create()"]
    values = {"BENCH_DATABASE": url, "PYTHONPATH": str(ROOT)}
    return _serving(command, port, folder / "references.log", "/hello", values)


@contextlib.contextmanager
def _serving(
    command: list[str], port: int, log: Path, path: str, values: Mapping[str, str]
) -> Iterator[Server]:
    def answers() -> bool:
        probe = Connection(port)
        try:
            return probe.ask(Request("GET", path)).status == 200
        except OSError:
            return False
        finally:
            probe.close()

    gunicorn = [sys.executable, "-m", "gunicorn", *command]
    with running(with_environment(values, gunicorn), log=log, answers=answers) as started:
        server = Server(port, started.pid)
        server.settle()
        yield server


def with_environment(values: Mapping[str, str], command: Sequence[str]) -> list[str]:
    """Return the command that starts another one with these values in its environment."""
    return ["env", *(f"{name}={value}" for name, value in values.items()), *command]


def sign_in(server: Server, token: str) -> Person:
    """Return a person whose session is open, with what their forms carry."""
    page = server.ask(Person(token).get("/compte")).expect(200)
    return Person(token, csrf_of(page))


def csrf_of(page: Answer) -> str:
    """Return the token in a page's first form."""
    written = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page.body)
    assert written, page.body[-1500:]
    return written.group(1).decode()
