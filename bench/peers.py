"""Another server of calendars, installed on demand into an environment that is thrown away."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.clients import Connection, Request
from bench.servers import Server
from tests.servers.processes import free_ports, running, scratch_folder

RADICALE = "radicale==3.9.0"
OWNER = "/bench/"
CALENDAR = f"{OWNER}agenda/"


@contextlib.contextmanager
def radicale(calendar: bytes) -> Iterator[tuple[Server, Request]]:
    """Serve a calendar from Radicale's wheel; give the request of a program that has it already."""
    with scratch_folder("radicale") as folder:
        python = _environment(folder)
        [port] = free_ports(1)
        command = [python, "-m", "radicale", "--config", "", "--server-hosts", f"127.0.0.1:{port}"]
        command += ["--storage-filesystem-folder", str(folder / "collections")]
        command += ["--auth-type", "none", "--logging-level", "error"]
        with running(
            command, log=folder / "radicale.log", answers=lambda: _answers(port)
        ) as process:
            server = _Threaded(port, process.pid, [process.pid])
            server.hold_to_one_core()
            server.ask(Request("MKCOL", OWNER)).expect(201)
            put = Request("PUT", CALENDAR, calendar, {"Content-Type": "text/calendar"})
            server.ask(put).expect(201)
            etag = server.ask(Request("GET", CALENDAR)).expect(200).headers["etag"]
            yield server, Request("GET", CALENDAR, headers={"If-None-Match": etag})


class _Threaded(Server):
    """A server with a thread for each request, whose time must not be lost when it ends."""

    def cpu(self) -> float:
        """Return the seconds of CPU of the whole process, in hundredths."""
        stat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _environment(folder: Path) -> str:
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    python = f"{folder}/venv/bin/python"
    install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", RADICALE]
    subprocess.run(install, check=True)
    return python


def _answers(port: int) -> bool:
    probe = Connection(port)
    try:
        return probe.ask(Request("GET", "/")).status < 500
    except OSError:
        return False
    finally:
        probe.close()
