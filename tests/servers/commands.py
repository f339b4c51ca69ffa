"""Commands of the product, forked from a process that imported it once: see ``starter.py``."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tests.servers.starter import MOST_BYTES

ROOT = Path(__file__).resolve().parents[2]


class Command:
    """One command that runs or has ended; as much of ``subprocess.Popen`` as tests ask for."""

    def __init__(self, starter: Starter, args: Sequence[str], pid: int) -> None:
        """Know who will say how it ended."""
        self._starter = starter
        self.args, self.pid = args, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, or nothing while it runs."""
        self._starter.hear(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return how it ended.

        Raises:
            subprocess.TimeoutExpired: it goes on.
        """
        give_up_at = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            left = None if give_up_at is None else give_up_at - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self._starter.hear(left)
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Starter:
    """The process that has imported the product, and everything that was started by it."""

    def __init__(self) -> None:
        """Start it; it ends with this process."""
        self._line, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = [sys.executable, "-m", "tests.servers.starter", str(far.fileno())]
        self._process = subprocess.Popen(
            program, cwd=ROOT, pass_fds=[far.fileno()], stdin=subprocess.DEVNULL
        )
        far.close()
        self._running: dict[int, Command] = {}
        atexit.register(self.close)

    def close(self) -> None:
        """Let it end."""
        self._line.close()
        self._process.wait()

    def start(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        output: IO[bytes],
        errors: IO[bytes],
    ) -> Command:
        """Start one command: what would follow ``python`` on its line."""
        order = {
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": dict(environment),
        }
        begun: list[int] = []
        descriptors = [output.fileno(), errors.fileno()]
        socket.send_fds(self._line, [json.dumps(order).encode()], descriptors)
        while not begun:
            told = self._receive()
            self._note_end(told)
            begun = [told["begun"]] if "begun" in told else []
        command = self._running[begun[0]] = Command(self, arguments, begun[0])
        return command

    def hear(self, seconds: float | None) -> None:
        """Note which commands have ended; wait for one end at most so long."""
        while select.select([self._line], [], [], seconds)[0]:
            self._note_end(self._receive())
            seconds = 0

    def _receive(self) -> dict[str, Any]:
        told = self._line.recv(MOST_BYTES)
        assert told, "the process that starts commands has ended"
        return dict(json.loads(told))

    def _note_end(self, told: dict[str, Any]) -> None:
        if "ended" in told:
            self._running.pop(told["ended"]).returncode = told["code"]


@functools.cache
def starter() -> Starter:
    """Return the one of this process."""
    return Starter()


def run(
    arguments: Sequence[str], *, environment: Mapping[str, str], timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run one command of the product to its end, in the folder of the product."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        command = starter().start(
            arguments, folder=ROOT, environment=environment, output=output, errors=errors
        )
        with ending(command):
            code = command.wait(timeout)
        said = [_read(file) for file in (output, errors)]
    return subprocess.CompletedProcess(list(arguments), code, *said)


def serve(folder: Path, environment: Mapping[str, str]) -> Callable[[IO[bytes]], Command]:
    """Return what starts « python app.py », given where its output goes."""
    return lambda output: starter().start(
        [str(ROOT / "app.py")],
        folder=folder,
        environment={**os.environ, **environment},
        output=output,
        errors=output,
    )


@contextlib.contextmanager
def ending(command: Command) -> Iterator[None]:
    """Leave nothing running behind the block."""
    try:
        yield
    finally:
        if command.poll() is None:
            command.kill()
            command.wait()


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()
