"""A way to another server of the tests that breaks in the middle."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def cutting_proxy(host: str, port: int, *, after: int) -> Iterator[int]:
    """Give a port that leads there, and cuts each connection after so many bytes of requests."""
    with contextlib.ExitStack() as lines:
        door = lines.enter_context(socket.create_server(("127.0.0.1", 0)))
        thread = threading.Thread(target=_let_in, args=(door, (host, port), after))
        thread.start()
        try:
            yield int(door.getsockname()[1])
        finally:
            with contextlib.suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            thread.join()


def _let_in(door: socket.socket, target: tuple[str, int], after: int) -> None:
    while True:
        try:
            near, _address = door.accept()
        except OSError:
            return
        with near, socket.create_connection(target) as far:
            back = threading.Thread(target=_carry, args=(far, near, None))
            back.start()
            _carry(near, far, after)
            for line in (near, far):
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
            back.join()


def _carry(source: socket.socket, target: socket.socket, most: int | None) -> None:
    carried = 0
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
            carried += len(data)
            if most is not None and carried >= most:
                return
