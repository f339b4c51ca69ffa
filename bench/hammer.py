"""Connections that never rest: the next request leaves before the answer is even looked at.

A client that takes its time between two requests gives the server time to turn to somebody else,
and never sees that it does not.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.clients import CHUNK, PATIENCE, BrokenJobError, Request

LENGTH = re.compile(rb"\r\nContent-Length: (\d+)", re.IGNORECASE)


@dataclass
class _Line:
    """One connection, waiting for an answer."""

    socket: socket.socket
    data: bytes
    left: int
    began: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def send(self) -> None:
        """Ask, and begin to count."""
        self.began = time.perf_counter()
        self.socket.sendall(self.data)

    def hear(self, *, has_body: bool) -> bytes:
        """Read what there is; return the answer once it is whole, the next request being sent."""
        part = self.socket.recv(CHUNK)
        if not part:
            raise BrokenJobError("the server hung up instead of answering")
        self.received += part
        if not self._is_whole(has_body=has_body):
            return b""
        self.left -= 1
        if self.left:
            self.send()
        answer = bytes(self.received)
        self.received.clear()
        return answer

    def _is_whole(self, *, has_body: bool) -> bool:
        head = self.received.find(b"\r\n\r\n")
        if head < 0 or not has_body:
            return head >= 0
        length = LENGTH.search(self.received, 0, head)
        if length is None:
            raise BrokenJobError(bytes(self.received[:head]).decode("latin-1"))
        return len(self.received) >= head + 4 + int(length[1])


def hammer(port: int, request: Request, status: int, *, size: int, each: int) -> list[float]:
    """Ask ``each`` times on ``size`` connections at once; return the times, in milliseconds."""
    data = request.encoded()
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as waiting:
        lines = []
        for _ in range(size):
            connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = _Line(stack.enter_context(connection), data, each)
            waiting.register(connection, selectors.EVENT_READ, line)
            lines.append(line)
        for line in lines:
            line.send()
        return list(_times(waiting, status, size * each))


def _times(waiting: selectors.BaseSelector, status: int, expected: int) -> Iterator[float]:
    wanted = f"HTTP/1.1 {status}".encode()
    answers = 0
    while answers < expected:
        ready = waiting.select(PATIENCE)
        if not ready:
            raise BrokenJobError(f"no answer in {PATIENCE} s")
        for key, _ in ready:
            began, answer = key.data.began, key.data.hear(has_body=status != 304)
            if not answer:
                continue
            answers += 1
            yield (time.perf_counter() - began) * 1000
            if not answer.startswith(wanted):
                raise BrokenJobError(answer[:400].decode("latin-1"))
