"""The small client: scripts of requests, on connections that are kept open.

A script is a generator that yields requests and receives their answers. One script runs on one
connection, or many at once on many, from a single thread that waits for all of them.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

PATIENCE = 60.0
"""Seconds without any answer before a measure is given up."""
CHUNK = 1 << 18
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """One request, ready to be sent."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the bytes that go out."""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.method in {"POST", "PUT"}:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def expect(self, status: int) -> Answer:
        """Return itself.

        Raises:
            BrokenJobError: it is another answer than a measure of success is made of.
        """
        if self.status != status:
            text = self.body.decode("utf-8", "replace")
            raise BrokenJobError(f"{self.status} instead of {status}: {text[-1500:]}")
        return self


Script = Generator[Request, Answer, None]
"""Requests that belong together: their time is counted from the first to the last answer."""


class BrokenJobError(Exception):
    """An answer is not what the job asked for: what was measured means nothing."""


@dataclass(frozen=True)
class Person:
    """Who asks: a session cookie and the token of their forms, or nobody."""

    token: str = ""
    csrf: str = ""

    def get(self, path: str, method: str = "GET", **headers: str) -> Request:
        """Return a request for a page; ``If_None_Match`` stands for the header of that name."""
        return Request(method, path, headers=self._headers(headers))

    def post(self, path: str, form: Mapping[str, object] | None = None, **headers: str) -> Request:
        """Return a form that is sent."""
        fields = {**(form or {}), "csrf_token": self.csrf}
        sent = self._headers({"Content_Type": FORM, **headers})
        return Request("POST", path, urlencode(fields).encode(), sent)

    def _headers(self, extra: Mapping[str, str]) -> dict[str, str]:
        headers = {name.replace("_", "-"): value for name, value in extra.items()}
        if self.token:
            headers["Cookie"] = f"session={self.token}"
        return headers


class Connection:
    """One connection, kept open; opened again when the server hung up while it rested."""

    def __init__(self, port: int) -> None:
        """Remember the port; the first request connects."""
        self.port = port
        self.socket: socket.socket | None = None
        self._sent = b""
        self._received = bytearray()
        self._is_head = False

    def send(self, request: Request) -> socket.socket:
        """Send, and return the socket that will answer."""
        self._sent, self._is_head = request.encoded(), request.method == "HEAD"
        try:
            if self.socket is None or _is_over(self.socket):
                self._connect()
            return self._send()
        except ConnectionError:
            self._connect()
            return self._send()

    def _send(self) -> socket.socket:
        assert self.socket is not None
        self._received.clear()
        self.socket.sendall(self._sent)
        return self.socket

    def _connect(self) -> None:
        self.close()
        self.socket = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def receive(self) -> Answer | None:
        """Read what there is; return the answer once it is whole."""
        assert self.socket is not None
        data = self.socket.recv(CHUNK)
        if not data:
            raise BrokenJobError("the server hung up instead of answering")
        self._received += data
        head, separator, _ = self._received.partition(b"\r\n\r\n")
        if not separator:
            return None
        status, headers = _parsed(bytes(head))
        begins = len(head) + 4
        length = 0 if self._is_head or status == 304 else int(headers["content-length"])
        if len(self._received) < begins + length:
            return None
        if headers.get("connection", "").lower() == "close":
            body = bytes(self._received[begins:])
            self.close()
            return Answer(status, headers, body)
        return Answer(status, headers, bytes(self._received[begins:]))

    def ask(self, request: Request) -> Answer:
        """Send, and wait for the answer."""
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer

    def close(self) -> None:
        """Hang up."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def play(script: Script, ask: Callable[[Request], Answer]) -> None:
    """Play a script with whoever answers: a connection, or an application in this process."""
    try:
        request = next(script)
        while True:
            request = script.send(ask(request))
    except StopIteration:
        return


def _is_over(connection: socket.socket) -> bool:
    """Say whether the server has hung up: nothing is expected, so what can be read is the end."""
    connection.setblocking(False)
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(PATIENCE)


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    version, status, _reason = first.split(" ", 2)
    headers = {name.lower(): text.strip() for name, _, text in pairs}
    if version == "HTTP/1.0":
        headers.setdefault("connection", "close")
    return int(status), headers


@dataclass
class _Seat:
    """One of many connections, in the midst of a script."""

    place: int
    connection: Connection
    script: Script | None = None
    listened: socket.socket | None = None
    began: float = 0.0
    left: int = 0


class Rush:
    """Many connections that ask at once, each its next request as soon as it is answered."""

    def __init__(self, port: int, size: int) -> None:
        """Open ``size`` connections with the first requests."""
        self.seats = [_Seat(place, Connection(port)) for place in range(size)]
        self.walls: list[float] = []

    def run(self, scripts: Callable[[int], Script], each: int) -> list[float]:
        """Play ``each`` scripts on every connection; return their times, in milliseconds."""
        self.walls = []
        with selectors.DefaultSelector() as waiting:
            for seat in self.seats:
                seat.left = each
                self._next(seat, scripts, waiting)
            while waiting.get_map():
                ready = waiting.select(PATIENCE)
                if not ready:
                    raise BrokenJobError(f"no answer in {PATIENCE} s")
                for key, _ in ready:
                    self._hear(key.data, scripts, waiting)
        return self.walls

    def _next(
        self, seat: _Seat, scripts: Callable[[int], Script], waiting: selectors.BaseSelector
    ) -> None:
        seat.script, seat.began = scripts(seat.place), time.perf_counter()
        self._send(seat, next(seat.script), waiting)

    def _send(self, seat: _Seat, request: Request, waiting: selectors.BaseSelector) -> None:
        answers_on = seat.connection.send(request)
        if answers_on is not seat.listened:
            self._stop_listening(seat, waiting)
            waiting.register(answers_on, selectors.EVENT_READ, seat)
            seat.listened = answers_on

    def _stop_listening(self, seat: _Seat, waiting: selectors.BaseSelector) -> None:
        if seat.listened is not None:
            waiting.unregister(seat.listened)
            seat.listened = None

    def _hear(
        self, seat: _Seat, scripts: Callable[[int], Script], waiting: selectors.BaseSelector
    ) -> None:
        assert seat.script is not None
        answer = seat.connection.receive()
        if answer is None:
            return
        try:
            request = seat.script.send(answer)
        except StopIteration:
            self.walls.append((time.perf_counter() - seat.began) * 1000)
            seat.left -= 1
            if seat.left:
                self._next(seat, scripts, waiting)
            else:
                self._stop_listening(seat, waiting)
            return
        self._send(seat, request, waiting)

    def close(self) -> None:
        """Hang up."""
        for seat in self.seats:
            seat.connection.close()
