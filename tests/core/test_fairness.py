"""A browser that keeps asking does not keep the others waiting."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from threading import Thread

import pytest

from tests.servers.several import serving, settings_of, wait_until

ASKED = 400
REQUEST = b"HEAD /static/icons.svg HTTP/1.1\r\nHost: localhost\r\n\r\n"
ANSWER = b"HTTP/1.1 200 "


class Talker:
    """One connection, and how many answers came on it."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.answers = 0

    def ask(self, times: int) -> None:
        """Say everything at once: each next request is there before the answer to the last."""
        self.line.sendall(REQUEST * times)

    def hear(self, answers: int) -> None:
        rest = b""
        while self.answers < answers:
            heard = self.line.recv(65536)
            assert heard, rest
            rest += heard
            *whole, rest = rest.split(b"\r\n\r\n")
            self.answers += sum(head.startswith(ANSWER) for head in whole)


def test_somebody_else_is_served_before_a_busy_connection_has_said_everything(app):
    with serving(settings_of(app)) as server, contextlib.ExitStack() as stack:
        address = ("127.0.0.1", server.port)
        lines = [socket.create_connection(address, timeout=30) for _ in range(4)]
        other, *busy = [Talker(stack.enter_context(line)) for line in lines]
        listeners = [Thread(target=talker.hear, args=(ASKED,)) for talker in busy]
        for talker, listener in zip(busy, listeners, strict=True):
            talker.ask(ASKED)
            listener.start()
        assert wait_until(lambda: busy[0].answers > 0)
        other.ask(1)
        other.hear(1)
        seen = [talker.answers for talker in busy]
        for listener in listeners:
            listener.join(60)
        assert [talker.answers for talker in busy] == [ASKED] * 3, "everybody is answered"
        assert max(seen) < ASKED, "whoever asked most was served until they stopped"


TURNS = """
from gevent import monkey; monkey.patch_all()
import socket, gevent
from core.native_pool import let_others_go_on
here, there = socket.socketpair()
turns, is_heard = 0, False
def be_busy():
    global turns
    while not is_heard:
        turns += 1
        WAY
def listen():
    global is_heard
    there.recv(1)
    is_heard = True
listener, *busy = gevent.spawn(listen), gevent.spawn(be_busy), gevent.spawn(be_busy)
while turns < 20:
    gevent.sleep(0)
before = turns
here.send(b"!")
listener.join(30)
print(turns - before)
"""


@pytest.mark.parametrize(
    ("way", "is_soon"), [("let_others_go_on()", True), ("gevent.sleep(0)", False)]
)
def test_what_arrives_is_looked_at_while_others_are_busy(way, is_soon):
    """The second is the control: sleeping for no time lets only those go on who are ready."""
    program = [sys.executable, "-c", TURNS.replace("WAY", way)]
    ended = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60)
    assert (int(ended.stdout) < 10) is is_soon, ended.stdout
