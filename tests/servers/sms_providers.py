"""A server that speaks what OVHcloud, Twilio and a plain gateway speak, and checks who asks."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

APPLICATION, SECRET, CONSUMER, SERVICE = "app-key", "app-secret", "consumer-key", "sms-ab1234-1"
ACCOUNT, AUTH_TOKEN = "AC0123456789abcdef0123456789abcdef", "twilio-auth-token"
GATEWAY_TOKEN = "gateway-token"
LONGEST_DRIFT = 30
"""Seconds that OVHcloud lets a signature be away from its own clock."""


class Manner(StrEnum):
    """How the server answers what it is asked."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    """With ``status``."""
    SET_ASIDE = "set aside"
    """OVHcloud takes the job and keeps no receiver."""
    GARBAGE = "garbage"
    REDIRECT = "redirect"
    HANG = "hang"
    TRICKLE = "trickle"


@dataclass(frozen=True)
class Received:
    """One message or call that was accepted."""

    kind: str
    to: str
    text: str
    sender: str
    reference: str = ""
    language: str = ""


@dataclass
class SmsProviders:
    """The three of them on one port; ``now`` is their clock."""

    port: int = 0
    scheme: str = "http"
    manner: Manner = Manner.ACCEPT
    status: int = 500
    now: int = 0
    asked: int = 0
    received: list[Received] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def reset(self) -> None:
        self.release()
        self.released = threading.Event()
        self.manner, self.status, self.now, self.asked = Manner.ACCEPT, 500, 0, 0
        self.received.clear()

    def release(self) -> None:
        """Let go of the clients that hang."""
        self.released.set()


class _Refused(Exception):  # noqa: N818  (an answer, not a fault)
    def __init__(self, status: int, body: object) -> None:
        super().__init__()
        self.status, self.body = status, body


def _handler(server: SmsProviders) -> type[BaseHTTPRequestHandler]:  # noqa: C901  (one method for each protocol)
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args) -> None:
            """Say nothing: the tests ask ``received``."""

        def do_GET(self) -> None:
            if self.path == "/1.0/auth/time":
                self._answer(200, server.now)
            else:
                self._answer(404, {"message": "no such thing"})

        def do_POST(self) -> None:
            server.asked += 1
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if server.manner is Manner.HANG:
                server.released.wait(30)
                self.close_connection = True
                return
            if server.manner is Manner.TRICKLE:
                self._trickle()
                return
            if server.manner is Manner.REDIRECT:
                self._answer(307, {}, location=f"{server.url}/elsewhere")
                return
            if server.manner is Manner.GARBAGE:
                self._answer(200, None, raw=b"<html>Welcome</html>")
                return
            try:
                received, answer, status = self._judge(body)
                self._refuse_if_told(received)
            except _Refused as refused:
                self._answer(refused.status, refused.body)
                return
            if server.manner is not Manner.SET_ASIDE:
                server.received.append(received)
            self._answer(status, answer)

        def _refuse_if_told(self, received: Received) -> None:
            """Refuse with words that nobody should keep: they name the number."""
            if server.manner is Manner.REFUSE:
                wrong = {"errorCode": "REFUSED", "code": 21211, "error": "refused"}
                raise _Refused(server.status, wrong | {"message": f"no {received.to}"})

        def _judge(self, body: bytes):
            if self.path.startswith("/1.0/sms/"):
                return self._ovh(body)
            if self.path.startswith("/2010-04-01/Accounts/"):
                return self._twilio(body)
            if self.path in {"/gateway/sms", "/gateway/call"}:
                return self._gateway(body)
            raise _Refused(404, {"message": "no such thing"})

        def _ovh(self, body: bytes):
            heads = self.headers
            if heads["X-Ovh-Application"] != APPLICATION or heads["X-Ovh-Consumer"] != CONSUMER:
                raise _Refused(403, {"errorCode": "INVALID_CREDENTIAL"})
            at = heads["X-Ovh-Timestamp"]
            signed = "+".join([SECRET, CONSUMER, "POST", server.url + self.path, body.decode(), at])
            if heads["X-Ovh-Signature"] != "$1$" + hashlib.sha1(signed.encode()).hexdigest():
                raise _Refused(400, {"errorCode": "INVALID_SIGNATURE"})
            if abs(int(at) - server.now) > LONGEST_DRIFT:
                raise _Refused(400, {"errorCode": "QUERY_TIME_OUT"})
            if self.path != f"/1.0/sms/{SERVICE}/jobs":
                raise _Refused(404, {"message": "This service does not exist"})
            job = json.loads(body)
            assert job["noStopClause"] is True, "a code is no advertisement"
            [to] = job["receivers"]
            kept = [] if server.manner is Manner.SET_ASIDE else [to]
            answer = {"ids": [77], "validReceivers": kept, "totalCreditsRemoved": len(kept)}
            answer["invalidReceivers"] = [] if kept else [to]
            return Received("sms", to, job["message"], job["sender"], job["tag"]), answer, 200

        def _twilio(self, body: bytes):
            key = base64.b64encode(f"{ACCOUNT}:{AUTH_TOKEN}".encode()).decode()
            if self.headers["Authorization"] != f"Basic {key}":
                raise _Refused(401, {"code": 20003, "message": "Authenticate"})
            assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
            fields = {name: value for name, [value] in parse_qs(body.decode()).items()}
            what = self.path.removeprefix(f"/2010-04-01/Accounts/{ACCOUNT}/")
            if what == "Messages.json":
                sender = fields.get("From") or fields["MessagingServiceSid"]
                received = Received("sms", fields["To"], fields["Body"], sender)
                return received, {"sid": "SM1", "status": "queued"}, 201
            if what == "Calls.json":
                say = ET.fromstring(fields["Twiml"]).find("Say")
                received = Received(
                    "call", fields["To"], say.text, fields["From"], language=say.get("language")
                )
                return received, {"sid": "CA1", "status": "queued"}, 201
            raise _Refused(404, {"code": 20404})

        def _gateway(self, body: bytes):
            if self.headers["Authorization"] != f"Bearer {GATEWAY_TOKEN}":
                raise _Refused(401, {"error": "token"})
            said = json.loads(body)
            assert said["reference"] == self.headers["Idempotency-Key"]
            received = Received(
                self.path.rpartition("/")[2],
                said["to"],
                said["text"],
                said["sender"],
                said["reference"],
                said.get("language", ""),
            )
            return received, {"id": "g-1"}, 202

        def _trickle(self) -> None:
            """One byte now and then: each wait is short, the whole never ends."""
            self.close_connection = True
            with contextlib.suppress(OSError):
                for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b" " * 1000:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    if server.released.wait(0.05):
                        return

        def _answer(self, status: int, said: object, *, location="", raw=None) -> None:
            body = json.dumps(said).encode() if raw is None else raw
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

    return Handler


@contextlib.contextmanager
def sms_providers(context: ssl.SSLContext | None = None) -> Iterator[SmsProviders]:
    """Give the server, over TLS when a context is given."""
    server = SmsProviders()
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    listening.daemon_threads = True
    if context is not None:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        server.scheme = "https"
    server.port = listening.server_address[1]
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release()
        listening.shutdown()
        listening.server_close()
        thread.join()
