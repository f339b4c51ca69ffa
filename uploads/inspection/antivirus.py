"""Asking clamd, where the host runs one. Configured and silent means that nothing is taken."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from flask import current_app

from core.transaction_state import is_writing
from uploads.errors import AntivirusUnavailableError, InfectedFileError

if TYPE_CHECKING:
    from core.config import UploadsConfig

log = structlog.get_logger(__name__)

CONNECT = 2.0
"""Seconds for the first answer of the machine."""
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096
HARMLESS_VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
"""What every antivirus answers to, by agreement; written in two so that none finds this file."""


def scan(content: bytes) -> None:
    """Let what came pass, or not; where no antivirus is configured everything does.

    Raises:
        InfectedFileError: it was recognised.
        AntivirusUnavailableError: it could not be judged.
    """
    config = _config()
    if not config.clamd:
        return
    if is_writing():
        raise RuntimeError("an antivirus is slow: ask it before the operation")
    answer = ask(config, content)
    if answer.endswith("OK"):
        return
    if answer.endswith("FOUND"):
        log.warning("file_infected", answer=answer)
        raise InfectedFileError
    log.error("antivirus_answer_not_understood", answer=answer)
    raise AntivirusUnavailableError


def ask(config: UploadsConfig, content: bytes) -> str:
    """Send the bytes by INSTREAM and return what clamd says: ``stream: OK``, ``… FOUND``.

    Raises:
        AntivirusUnavailableError: no whole answer came in time.
    """
    give_up_at = time.monotonic() + config.clamd_timeout
    answer = b""
    try:
        with _connected(config.clamd, min(CONNECT, config.clamd_timeout)) as line:
            _send(line, b"zINSTREAM\0", give_up_at)
            for at in range(0, len(content), CHUNK):
                chunk = content[at : at + CHUNK]
                _send(line, len(chunk).to_bytes(4, "big") + chunk, give_up_at)
            _send(line, b"\0\0\0\0", give_up_at)
            while not answer.endswith(b"\0"):
                line.settimeout(_left(give_up_at))
                received = line.recv(CHUNK)
                answer += received
                if not received or len(answer) > LONGEST_ANSWER:
                    raise ConnectionError("no whole answer")
    except OSError as error:
        log.exception("antivirus_unavailable", error=type(error).__name__)
        raise AntivirusUnavailableError from error
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


@contextlib.contextmanager
def _connected(address: str, timeout: float) -> Iterator[socket.socket]:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX)
        with line:
            line.settimeout(timeout)
            line.connect(parts.path)
            yield line
    else:
        with socket.create_connection((parts.hostname, parts.port), timeout) as line:
            yield line


def _send(line: socket.socket, data: bytes, give_up_at: float) -> None:
    line.settimeout(_left(give_up_at))
    line.sendall(data)


def _left(give_up_at: float) -> float:
    """Return the seconds left of the whole exchange: a trickle of bytes is silence too."""
    left = give_up_at - time.monotonic()
    if left <= 0:
        raise TimeoutError("the whole exchange took too long")
    return left


def _config() -> UploadsConfig:
    config: UploadsConfig = current_app.config["ALVEOLE"].uploads
    return config
