"""clamd: a small server that speaks its protocol, and knows one virus."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SIGNATURE = b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE"
INFECTED = b"stream: Win.Test.EICAR_HDB-1 FOUND\0"
CLEAN = b"stream: OK\0"
TOO_LONG = b"INSTREAM size limit exceeded. ERROR\0"


@dataclass
class Clamd:
    """A running server: ``answer`` replaces its judgement, ``is_silent`` keeps it waiting."""

    address: str
    longest: int = 25_000_000
    answer: bytes | None = None
    is_silent: bool = False
    seen: list[int] = field(default_factory=list)
    """Sizes of what it judged."""
    ended: threading.Event = field(default_factory=threading.Event)


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        clamd: Clamd = self.server.clamd
        if self._until_zero() != b"zINSTREAM":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        content = bytearray()
        while size := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(size)
            if len(content) > clamd.longest:
                self.wfile.write(TOO_LONG)
                return
        clamd.seen.append(len(content))
        if clamd.is_silent:
            clamd.ended.wait()
            return
        self.wfile.write(clamd.answer or (INFECTED if SIGNATURE in content else CLEAN))

    def _until_zero(self) -> bytes:
        command = bytearray()
        while (sign := self.rfile.read(1)) not in {b"\0", b""}:
            command += sign
        return bytes(command)


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextlib.contextmanager
def clamd(socket_path: Path | None = None) -> Iterator[Clamd]:
    """Give a server on a free port of loopback, or on a path."""
    server: socketserver.BaseServer
    if socket_path is None:
        tcp = _Tcp(("127.0.0.1", 0), _Handler)
        server, running = tcp, Clamd(f"tcp://127.0.0.1:{tcp.server_address[1]}")
    else:
        server, running = _Unix(str(socket_path), _Handler), Clamd(f"unix://{socket_path}")
    server.clamd = running
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield running
    finally:
        running.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
