"""Real servers on loopback, held to one core; and the small client that asks them."""

from __future__ import annotations

import contextlib
import http.client
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from urllib.parse import urlencode

from tests.servers.processes import free_ports, running

ROOT = Path(__file__).resolve().parent.parent
NANOSECONDS = 1_000_000_000
FORM = "application/x-www-form-urlencoded"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes


@dataclass
class Browser:
    """One connection that is kept open, with one cookie."""

    port: int
    token: str = ""
    _connection: http.client.HTTPConnection | None = None

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask for a page; ``If_None_Match`` stands for the header of that name."""
        return self._ask(method, path, None, headers)

    def post(self, path: str, form: Mapping[str, object], **headers: str) -> Answer:
        """Send a form."""
        return self._ask("POST", path, urlencode(form), {"Content_Type": FORM, **headers})

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, path: str, body: str | None, extra: Mapping[str, str]) -> Answer:
        headers = {name.replace("_", "-"): value for name, value in extra.items()}
        if self.token:
            headers["Cookie"] = f"session={self.token}"
        try:
            return self._exchange(method, path, body, headers)
        except ConnectionError:  # the server hangs up on who rests for two seconds
            self.close()
            return self._exchange(method, path, body, headers)

    def _exchange(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


@dataclass
class Server:
    """A running gunicorn."""

    port: int
    pid: int
    _workers: list[int] = field(default_factory=list)

    def browser(self, token: str = "") -> Browser:
        """Open a connection."""
        return Browser(self.port, token)

    def cpu(self) -> float:
        """Return the seconds of CPU that its workers have used, every thread counted."""
        used = 0
        for worker in self._workers:
            for stat in Path(f"/proc/{worker}/task").glob("*/schedstat"):
                used += int(stat.read_text().split()[0])
        return used / NANOSECONDS

    def settle(self) -> None:
        """Find the workers, and hold them to the first core: the client has the others."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        self._workers = [int(child) for child in children.split()]
        cores = os.sched_getaffinity(0)
        for worker in self._workers:
            for task in Path(f"/proc/{worker}/task").iterdir():
                os.sched_setaffinity(int(task.name), {min(cores)})


@contextlib.contextmanager
def product(folder: Path) -> Iterator[Server]:
    """Serve the product as ``python app.py`` does, with the ``config.toml`` of ``folder``."""
    [port] = free_ports(1)
    site = {"CONFIG": f"{folder}/config.toml", "DATA_DIR": str(folder), "PORT": str(port)}
    command = ["-c", str(ROOT / "gunicorn.conf.py")]
    with _serving(command, port, folder / "product.log", "/connexion", site) as server:
        yield server


@contextlib.contextmanager
def bare(folder: Path, url: str) -> Iterator[Server]:
    """Serve the reference on the same kind of worker."""
    [port] = free_ports(1)
    command = ["-k", "gevent", "-b", f"127.0.0.1:{port}", "--no-control-socket"]
    command += ["--worker-connections", "1000", "bench.bare:create()"]
    site = {"BARE_DATABASE": url}
    with _serving(command, port, folder / "bare.log", "/hello", site) as server:
        yield server


@contextlib.contextmanager
def _serving(
    command: list[str], port: int, log: Path, path: str, site: Mapping[str, str]
) -> Iterator[Server]:
    probe = Browser(port)

    def answers() -> bool:
        try:
            return probe.get(path).status == http.client.OK
        except OSError:
            return False
        finally:
            probe.close()

    with _environment({**site, "PYTHONPATH": str(ROOT)}):
        process = running(
            [sys.executable, "-m", "gunicorn", "--chdir", str(ROOT), *command],
            log=log,
            answers=answers,
        )
        with process as started:
            server = Server(port, started.pid)
            server.settle()
            yield server


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
