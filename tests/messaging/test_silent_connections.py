"""Connections that say nothing: nobody can hold everybody's share of them."""

from __future__ import annotations

import contextlib
import socket
from datetime import UTC, datetime

import pytest

from core.authorization import System
from core.extensions import socketio
from core.sockets import MAX_PER_PERSON, SPARE, SPARE_OF_ONE
from security.operations.sessions import open_session
from tests.servers.several import OpenPage, serving, settings_of, wait_until

MOST = 5
KNOCKS = MOST + SPARE + 5


@pytest.fixture
def token_of(app, travel_to):
    """The cookie of a new session, at the hour that the real servers know."""
    travel_to(datetime.now(UTC))
    return lambda user: open_session(System("tests"), user)


def knock(port: int, token: str) -> socket.socket | None:
    """Open a connection and say nothing at all; return it when it was let in."""
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    line.sendall(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
        b"Host: 127.0.0.1:%d\r\nCookie: session=%s\r\n"
        b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        % (port, token.encode())
    )
    if line.recv(12) == b"HTTP/1.1 101":
        return line
    line.close()
    return None


def test_one_person_cannot_hold_every_connection_by_saying_nothing(app, cast, token_of):
    settings = settings_of(app).replace("[realtime]", f"[realtime]\nmax_sockets = {MOST}")
    with serving(settings) as server, contextlib.ExitStack() as held:
        tokens = [token_of(cast.bob) for _device in range(2)]
        silent = [one for n in range(KNOCKS) if (one := knock(server.port, tokens[n % 2]))]
        for one in silent:
            held.callback(one.close)
        assert len(silent) == MAX_PER_PERSON + SPARE_OF_ONE, "on all devices together"
        jeanne = OpenPage(server.port, token_of(cast.jeanne))
        assert jeanne.is_open

        # Who closes what they held finds their places again.
        for one in silent:
            one.close()

        def is_let_in() -> bool:
            line = knock(server.port, tokens[0])
            if line is not None:
                line.close()
            return line is not None

        assert wait_until(is_let_in)


def test_no_message_waits_for_attachments_that_never_end(cast, connect):
    """Sixty-four kilobytes at a time, a thousand million times: all would be kept."""
    server = socketio.server
    client = connect(cast.bob)
    for kind in "56":
        with pytest.raises(ValueError, match="attachments"):
            server._handle_eio_message(
                client.eio_sid, f'{kind}999999999-["post_message",{{"_placeholder":true,"num":0}}]'
            )
    assert not server._binary_packet
