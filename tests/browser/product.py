"""The product as a host starts it: « python app.py », on a free port, in a folder of its own."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import commands
from tests.servers.processes import Process, free_ports, running, scratch_folder

ROOT = Path(__file__).resolve().parents[2]
CEILING_SECONDS = 120
"""Nobody waits that long: what is waited for comes at once, or late on a machine that is busy."""


@dataclass(frozen=True)
class Site:
    """A running server, in demo mode, with its invented people."""

    url: str
    folder: Path
    process: Process
    letters_read: set[str] = field(default_factory=set)
    """Pages of the mailbox that a test has read; the next test waits for newer ones."""


@functools.cache
def first_day() -> Path:
    """Return the data with which a trial begins: made once in a process, copied by each site."""
    folder = Path(tempfile.mkdtemp(prefix="alveole-first-day-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = folder / "config.toml"
    settings.write_text('mode = "demo"\n', "utf-8")
    environment = {**os.environ, "CONFIG": str(settings), "DATA_DIR": str(folder / "data")}
    for command in (["db", "upgrade"], ["seed", "demo"]):
        done = commands.run(["-m", "flask", "--app", "app", *command], environment=environment)
        assert done.returncode == 0, done.stderr
    return folder / "data"


@contextlib.contextmanager
def serving(config: str = "", **environment: str) -> Iterator[Site]:
    """Start the server, wait until it answers, and end it with the block.

    Args:
        config: what stands in ``config.toml`` besides the demo mode.
        environment: variables, as a host may set them for gunicorn.
    """
    with scratch_folder("browser") as folder:
        [port] = free_ports(1)
        settings = folder / "config.toml"
        settings.write_text(f'mode = "demo"\n{config}', "utf-8")
        shutil.copytree(first_day(), folder / "data")
        begin = commands.serve(
            folder,
            {
                "CONFIG": str(settings),
                "DATA_DIR": str(folder / "data"),
                "HOST": "127.0.0.1",
                "PORT": str(port),
                "PYTHONWARNINGS": "default",
                **environment,
            },
        )
        url, log = f"http://127.0.0.1:{port}", folder / "server.log"
        with running([], log=log, answers=lambda: _answers(url), begin=begin) as process:
            yield Site(url, folder, process)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/connexion", timeout=CEILING_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
