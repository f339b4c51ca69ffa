"""Starting a server on a free port, waiting until it answers, and ending it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn, Protocol

import pytest

START_SECONDS = 180.0
PAUSE_SECONDS = 0.02
GIVEN_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""First and last of the ports that Linux gives to a connection that does not name its own."""


class Process(Protocol):
    """What runs: of ``subprocess.Popen``, as much as is needed here."""

    args: Any
    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...


class ServerStartError(RuntimeError):
    """A server died or never answered; the message holds the end of its log."""


def unavailable(what: str) -> NoReturn:
    """Say loudly that a service is missing: a failure in CI, a skip with its reason elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI must not skip what it proves", pytrace=False)
    pytest.skip(f"{what} is missing on this machine")


def given_ports() -> range:
    """Return the ports that the machine gives away by itself."""
    try:
        first, last = map(int, GIVEN_PORTS.read_text("ascii").split())
    except OSError:  # not Linux: what the internet's registry says
        first, last = 49_152, 65_535
    return range(first, last + 1)


def free_ports(count: int) -> list[int]:
    """Return ``count`` distinct ports that nobody uses now and the machine gives to nobody.

    A port that the machine gives away may be taken while its server is down, by any connection
    that somebody opens: the server could not come back.
    """
    lasting = range(1_024, given_ports().start)
    with contextlib.ExitStack() as opened:
        ports: list[int] = []
        while len(ports) < count:
            probe = opened.enter_context(socket.socket())
            with contextlib.suppress(OSError):  # somebody uses this one
                probe.bind(("127.0.0.1", secrets.choice(lasting)))
                ports.append(probe.getsockname()[1])
    return ports


def runs(pid: int) -> bool:
    """Whether a process is there, and is more than a name that nobody has taken off the list."""
    with contextlib.suppress(OSError):
        return (
            Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] not in "ZX"
        )
    return False


@contextlib.contextmanager
def scratch_folder(name: str) -> Iterator[Path]:
    """Give a folder that any user of the machine may enter, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"alveole-{name}-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    answers: Callable[[], bool],
    end_with: signal.Signals = signal.SIGTERM,
    user: str | None = None,
    begin: Callable[[IO[bytes]], Process] | None = None,
) -> Iterator[Process]:
    """Keep ``command`` running until the block ends.

    Args:
        command: the program and its arguments.
        log: where its output goes.
        answers: says whether the server is ready.
        end_with: the signal that ends it; SIGKILL follows after ten seconds.
        user: who runs it, when the tests run as root and the program refuses root.
        begin: what starts it, given where its output goes; a new process of the system without it.

    Raises:
        ServerStartError: the server ended, or did not answer in time.
    """
    with log.open("wb") as output:
        process: Process = (
            begin(output)
            if begin
            else subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=user,
                extra_groups=[] if user else None,
                start_new_session=True,  # Ctrl-C reaches the tests, which then end their servers
                cwd=log.parent,
            )
        )
    try:
        _wait(process, log, answers)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(end_with)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: Process, log: Path, answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if process.poll() is not None:
            raise ServerStartError(f"{process.args!r} ended at once:\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise ServerStartError(f"{process.args!r} does not answer:\n{_tail(log)}")
        time.sleep(PAUSE_SECONDS)


def _tail(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-2000:]
