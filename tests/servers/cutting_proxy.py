"""A way to another server of the tests that breaks in the middle."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial

Carry = Callable[[socket.socket, socket.socket], None]
"""Passes on what comes from one line into another, until there is no more."""


@contextlib.contextmanager
def cutting_proxy(host: str, port: int, *, after: int) -> Iterator[int]:
    """Give a port that leads there, and cuts each connection after so many bytes of requests."""
    with _leading_to(host, port, partial(_carry, most=after), _carry) as door:
        yield door


@contextlib.contextmanager
def _leading_to(host: str, port: int, there: Carry, back: Carry) -> Iterator[int]:
    """Give a port whose callers are carried there and back, each way on a thread of its own."""
    door = socket.create_server(("127.0.0.1", 0))
    lines: list[socket.socket] = [door]
    threads: list[threading.Thread] = []

    def let_in() -> None:
        while True:
            try:
                near, _address = door.accept()
            except OSError:
                return
            far = socket.create_connection((host, port))
            lines.extend((near, far))
            for carry, source, target in ((there, near, far), (back, far, near)):
                threads.append(threading.Thread(target=carry, args=(source, target)))
                threads[-1].start()

    threads.append(threading.Thread(target=let_in))
    threads[0].start()
    try:
        yield int(door.getsockname()[1])
    finally:
        for line in lines:
            _shut(line)
        for thread in threads:
            thread.join(10)
        for line in lines:
            line.close()


def _carry(source: socket.socket, target: socket.socket, most: int | None = None) -> None:
    carried = 0
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
            carried += len(data)
            if most is not None and carried >= most:
                break
    _shut(source)
    _shut(target)


def _shut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


class Hole:
    """A way that can swallow what is sent, in both directions, and hold new callers silent."""

    def __init__(self) -> None:
        self.port = 0
        self.url = ""
        self._is_open = threading.Event()
        self._is_open.set()
        self._times_lost = 0

    def swallow(self) -> None:
        self._is_open.clear()

    def open(self) -> None:
        self._is_open.set()

    def lose_lines(self) -> None:
        """Lose what is sent on the lines of now, without a word; new callers are let through."""
        self._times_lost += 1

    def carry(self, source: socket.socket, target: socket.socket) -> None:
        """Pass on what comes while it is open; lose the rest: such a line never comes back."""
        is_lost, times_lost = False, self._times_lost
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                is_new = times_lost == self._times_lost
                is_lost = is_lost or not (is_new and self._is_open.is_set())
                if not is_lost:
                    target.sendall(data)
        _shut(source)
        _shut(target)


@contextlib.contextmanager
def swallowing_proxy(host: str, port: int) -> Iterator[Hole]:
    """Give a way that leads there, until it swallows everything."""
    hole = Hole()
    with _leading_to(host, port, hole.carry, hole.carry) as hole.port:
        yield hole
