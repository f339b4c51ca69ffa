"""The product as a host starts it: « python app.py », on a free port, in a folder of its own."""

from __future__ import annotations

import contextlib
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
