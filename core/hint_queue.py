"""Redis between processes: an attempt of a second at most, and none for a while after one failed.

The library's own manager waits as long as the network does, tries twice, and sleeps up to a minute
before it listens again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from socketio import RedisManager

log = structlog.get_logger(__name__)
CHANNEL = "flask-socketio"
PATIENCE = 0.5
"""Seconds to connect, and again to be answered: a second in all."""
REST = 3.0
"""Seconds without an attempt, after one that failed."""
LISTEN_AGAIN = 1.0
NOTICED_AFTER = {"socket_keepalive": True, "socket_connect_timeout": 1.0}
"""The listener waits for ever by design; a machine that vanished is noticed by the system."""


@dataclass
class Breaker:
    """Whether it makes sense to try: who is away now is most likely away in a second."""

    closed_again_at: float = 0.0
    is_open: bool = False

    def allows(self) -> bool:
        """Say whether an attempt may be made now."""
        return time.monotonic() >= self.closed_again_at

    def note(self, *, worked: bool, reason: str = "") -> None:
        """Remember how the last attempt went; each change is logged once."""
        if not worked:
            self.closed_again_at = time.monotonic() + REST
        if worked is self.is_open:
            tell = log.warning if worked else log.error
            tell("hints_shared_again" if worked else "hints_not_shared", reason=reason)
        self.is_open = not worked


class HintQueue(RedisManager):
    """Shares hints, and which sessions have ended, with the other processes."""

    def __init__(self, url: str) -> None:
        """Nothing is connected before it is needed."""
        super().__init__(url, channel=CHANNEL, redis_options=dict(NOTICED_AFTER))
        self.breaker = Breaker()
        self._writer = RedisManager(
            url,
            write_only=True,
            redis_options={
                "socket_timeout": PATIENCE,
                "socket_connect_timeout": PATIENCE,
                "retry": Retry(NoBackoff(), 0),
            },
        )

    def end_room(self, room: str) -> None:
        """Cut every socket of a room, here and in the other processes."""
        message = {"method": "disconnect", "room": room, "namespace": "/", "host_id": self.host_id}
        self._handle_disconnect(message)
        self._publish(message)

    def _handle_disconnect(self, message: dict[str, Any]) -> None:
        if message.get("room") is None:
            super()._handle_disconnect(message)
            return
        for sid in list_sids(self, message["room"]):
            self.server.disconnect(sid, namespace="/", ignore_queue=True)

    def _publish(self, data: dict[str, Any]) -> None:
        if not self.breaker.allows():
            return
        try:
            if not self._writer.connected:
                self._writer._redis_connect()
            self._writer.redis.publish(self.channel, self.json.dumps(data))
        except (RedisError, OSError) as error:
            self._writer.connected = False
            self.breaker.note(worked=False, reason=type(error).__name__)
        else:
            self.breaker.note(worked=True)

    def _listen(self) -> Iterator[bytes]:
        is_told = False
        while True:
            try:
                self._redis_connect()
                self.pubsub.subscribe(self.channel)
                for message in self.pubsub.listen():
                    is_told = False
                    if message["type"] == "message":
                        yield message["data"]
            except (RedisError, OSError) as error:
                if not is_told:
                    log.error("hints_not_heard", reason=type(error).__name__)  # noqa: TRY400
                is_told = True
                time.sleep(LISTEN_AGAIN)


def list_sids(manager: Any, room: str) -> list[str]:
    """Return the sockets of this process that are in a room."""
    try:
        return [sid for sid, _connection in manager.get_participants("/", room)]
    except KeyError:  # nobody here
        return []
