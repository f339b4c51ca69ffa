"""A real SMTP server in a thread, which can also refuse, hang, or be away."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.processes import free_ports

HOST = "127.0.0.1"


class Manner(StrEnum):
    """How the server treats the next mails."""

    ACCEPT = "accept"
    REFUSE_FOR_NOW = "refuse for now"
    REFUSE_FOR_GOOD = "refuse for good"
    REFUSE_THE_HOST = "refuse the host"
    HANG = "hang"


@dataclass(frozen=True)
class ReceivedMail:
    """One accepted mail: who it was for on the envelope, and what it says."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def text(self) -> str:
        """The plain part, with the line ends that programs use."""
        part = self.message.get_body(("plain",))
        return part.get_content().replace("\r\n", "\n") if part else ""


@dataclass
class SmtpServer:
    """A mail server that does as it is told."""

    port: int
    host: str = HOST
    manner: Manner = Manner.ACCEPT
    seconds: Callable[[], float] = lambda: 0.0
    """How long it thinks before it answers to a whole mail."""
    mails: list[ReceivedMail] = field(default_factory=list)
    _controller: Controller | None = None
    _arrival: threading.Condition = field(default_factory=threading.Condition)
    _hanging: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = field(default_factory=list)

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname=self.host, port=self.port, ready_timeout=60)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; a client that comes now is refused by the system."""
        self.release()
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Be down during the block, and up again on the same port."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def reset(self) -> None:
        """Forget the mails and accept again."""
        self.release()
        self.manner = Manner.ACCEPT
        self.seconds = lambda: 0.0
        self.mails.clear()

    def release(self) -> None:
        """Let go of the clients that hang."""
        while self._hanging:
            loop, released = self._hanging.pop()
            loop.call_soon_threadsafe(released.set)

    def wait_for(self, count: int, *, seconds: float = 60) -> list[ReceivedMail]:
        """Return the mails once there are ``count``, or fail."""
        with self._arrival:
            arrived = self._arrival.wait_for(lambda: len(self.mails) >= count, seconds)
        assert arrived, f"{len(self.mails)} mails instead of {count} after {seconds} s"
        return list(self.mails)

    async def handle_DATA(self, _smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd's name)
        """Answer to one mail, in the present manner."""
        match self.manner:
            case Manner.REFUSE_FOR_NOW:
                return "451 4.3.0 Come back later"
            case Manner.REFUSE_FOR_GOOD:
                return "550 5.1.1 Nobody of that name here"
            case Manner.REFUSE_THE_HOST:
                return "550 5.7.1 Relaying denied"
            case Manner.HANG:
                released = asyncio.Event()
                self._hanging.append((asyncio.get_running_loop(), released))
                await released.wait()
                return "451 4.3.0 That took too long"
        await asyncio.sleep(self.seconds())
        self._receive(envelope)
        return "250 2.0.0 Received"

    def _receive(self, envelope: Envelope) -> None:
        content: Any = envelope.content
        message = email.message_from_bytes(content, policy=email.policy.default)
        mail = ReceivedMail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message)
        with self._arrival:
            self.mails.append(mail)
            self._arrival.notify_all()


@contextlib.contextmanager
def smtp() -> Iterator[SmtpServer]:
    """Give an SMTP server without TLS or password, as a relay on the same machine is."""
    [port] = free_ports(1)
    server = SmtpServer(port)
    server.start()
    try:
        yield server
    finally:
        server.stop()
