"""Asking an outside service over HTTPS: every wait is bounded, nothing is followed or trusted."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_ANSWER = 64 * 1024
PATIENCE = 2
"""The whole exchange may last this many times one wait: a trickle of bytes is silence too."""


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status; a redirection is an answer like another."""

    status: int
    body: bytes


def ask(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, timeout: float
) -> Answer:
    """Send one request and read its answer; certificates are judged, redirections not followed.

    Raises:
        OSError, http.client.HTTPException: no whole answer came in time.
    """
    parts = urlsplit(url)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    connection = _connect(parts.scheme, parts.hostname or "", parts.port, timeout)
    with contextlib.closing(connection), _cut_after(connection, timeout * PATIENCE) as was_cut:
        connection.request(method, target, body=body, headers=dict(headers))
        response = connection.getresponse()
        read = response.read(LONGEST_ANSWER + 1)
        if was_cut.is_set():  # what came until then may look whole
            raise TimeoutError("the whole exchange took too long")
        if len(read) > LONGEST_ANSWER:
            raise http.client.HTTPException("the answer is too long")
        return Answer(response.status, read)


def _connect(
    scheme: str, host: str, port: int | None, timeout: float
) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host, port, timeout=timeout)


@contextlib.contextmanager
def _cut_after(connection: http.client.HTTPConnection, seconds: float) -> Iterator[threading.Event]:
    """Shut the line, and say so, when the exchange as a whole lasts too long."""
    was_cut = threading.Event()

    def cut() -> None:
        was_cut.set()
        line = connection.sock
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    connection.connect()
    timer.start()
    try:
        yield was_cut
    finally:
        timer.cancel()
