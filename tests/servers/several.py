"""Real servers over the database of a test, and open pages that speak the socket protocol."""

from __future__ import annotations

import contextlib
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from simple_websocket import Client, ConnectionClosed

from tests.servers.commands import serve
from tests.servers.processes import Process, free_ports, running, scratch_folder

PATIENCE = 15.0


def settings_of(app: Flask, more: str = "", *, mode: str = "demo", queue: str = "") -> str:
    """Write a configuration with the database and the keys of ``app``."""
    config = app.config["ALVEOLE"]
    keys = json.dumps(list(config.secrets.encryption_keys))
    return f"""
mode = "{mode}"
[database]
url = "{config.database.url}"
[secrets]
secret_key = "{config.secrets.secret_key}"
encryption_keys = {keys}
[worker]
embedded = false
[realtime]
message_queue = "{queue}"
{more}
"""


@dataclass(frozen=True)
class Server:
    """One running server."""

    port: int
    log: Path
    process: Process

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")


@contextlib.contextmanager
def serving(settings: str) -> Iterator[Server]:
    """Start « python app.py » and wait until it answers."""
    with scratch_folder("several") as folder:
        [port] = free_ports(1)
        (folder / "config.toml").write_text(settings, "utf-8")
        (folder / "config.toml").chmod(0o600)
        log = folder / "server.log"
        begin = serve(folder, environment_for(folder, port))
        with running([], log=log, answers=lambda: is_answering(port), begin=begin) as process:
            yield Server(port, log, process)


def environment_for(folder: Path, port: int) -> dict[str, str]:
    """Return how a host tells the product where its configuration is."""
    return {
        "CONFIG": str(folder / "config.toml"),
        "DATA_DIR": str(folder / "data"),
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }


def is_answering(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/connexion", timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True  # production knows another name
    except (urllib.error.URLError, OSError):
        return False


@dataclass
class OpenPage:
    """A browser's page on one server: what it hears, and what it may say."""

    port: int
    token: str
    heard: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    is_open: bool = False
    closed_at: float = 0.0

    def __post_init__(self) -> None:
        address = f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket"
        self.socket = Client(address, headers={"Cookie": f"session={self.token}"})
        Thread(target=self._listen, daemon=True).start()
        self.socket.send("40")
        assert wait_until(lambda: self.is_open), "the socket was not let in"

    def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                self._hear(str(self.socket.receive()))
        self.closed_at = time.monotonic()
        self.is_open = False

    def _hear(self, frame: str) -> None:
        if frame.startswith("2"):
            self.socket.send("3")
        elif frame.startswith("40"):
            self.is_open = True
        elif frame.startswith("41"):
            self.closed_at = self.closed_at or time.monotonic()
            self.is_open = False
        elif frame.startswith("430"):
            self.answers += json.loads(frame[3:])  # nothing is said to who was thrown out
        elif frame.startswith("42"):
            self.heard.append(json.loads(frame[2:])[1])

    def say(self, conversation_id: int, number: int) -> None:
        """Send one message, without waiting for its answer."""
        said = {
            "conversation": conversation_id,
            "body": "Bonjour",
            "client_id": f"said-{number:04}",
        }
        with contextlib.suppress(ConnectionClosed):
            self.socket.send("420" + json.dumps(["post_message", said]))

    def press(self, path: str, page: str, **fields: str) -> int:
        """Send a form of ``page`` as the browser would; return the status."""
        html = self._open(page).read().decode()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
        assert token is not None
        data = urllib.parse.urlencode({"csrf_token": token.group(1), **fields}).encode()
        with self._open(path, data) as answer:
            return int(answer.status)

    def _open(self, path: str, data: bytes | None = None) -> Any:
        site = f"http://127.0.0.1:{self.port}"
        headers = {"Cookie": f"session={self.token}", "Origin": site, "Referer": site + path}
        headers["Sec-Fetch-Site"] = "same-origin"
        request = urllib.request.Request(site + path, data, headers)
        return urllib.request.urlopen(request, timeout=30)


def wait_until(holds: Any, seconds: float = PATIENCE) -> bool:
    """Look again until it holds, or until the time is up."""
    give_up_at = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)
    return True
