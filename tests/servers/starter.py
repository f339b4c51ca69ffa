"""A program that has imported the product, and from which commands of the product are forked.

Two seconds of computing pass while a command imports what it needs; a run of all tests starts
a hundred. What a command does from then on is what it does in a process that began by itself.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from typing import Any

MOST_BYTES = 200_000
"""Of one order: arguments and environment."""


def become(order: dict[str, Any], output: int, errors: int) -> None:
    """Make this process the command: its own session, output, folder, environment and words."""
    os.setsid()
    os.dup2(output, 1)
    os.dup2(errors, 2)
    for descriptor in {output, errors} - {0, 1, 2}:
        os.close(descriptor)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    first, *rest = order["arguments"]
    if first == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [first, *rest]
        runpy.run_path(first, run_name="__main__")


def tell_of_ends(line: socket.socket) -> None:
    """Say which of the commands have ended, and how."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            code = os.waitstatus_to_exitcode(ended[1])
            line.sendall(json.dumps({"ended": ended[0], "code": code}).encode())


def wait_for_orders(line: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork a command for each order; return in its process, with what it is to be."""
    heard, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([line, heard], [], [])
        if heard in ready:
            heard.recv(100)
            tell_of_ends(line)
        if line not in ready:
            continue
        asked, descriptors, _, _ = socket.recv_fds(line, MOST_BYTES, 2)
        if not asked:
            raise SystemExit  # whoever asked is gone
        process = os.fork()
        if not process:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for end in (line, heard, told):
                end.close()
            return json.loads(asked), descriptors
        for descriptor in descriptors:
            os.close(descriptor)
        line.sendall(json.dumps({"begun": process}).encode())


if __name__ == "__main__":
    importlib.import_module("app")
    sys.stdout.reconfigure(line_buffering=True)
    gc.freeze()
    become_what, [output, errors] = wait_for_orders(socket.socket(fileno=int(sys.argv[1])))
    become(become_what, output, errors)
