"""A storage that accepts and never answers: within seconds people read what became of it."""

from __future__ import annotations

import contextlib
import io
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from core.config import StorageConfig
from core.database import db
from core.patience import Patience
from core.start import ROOT
from tests.servers.processes import free_ports
from tests.unhurried import UnhurriedS3
from tests.uploads.conftest import make_pdf
from uploads.cli import find_storage_fault
from uploads.errors import StorageUnavailableError
from uploads.models import StoredFile
from uploads.storage import EXTENSION, LocalStorage, S3Storage, new_key

ENOUGH = 12.0
"""Seconds within which everybody has an answer: four, and what a busy machine adds. The library
alone would take twenty, or for ever."""
BIG = bytes(9_000_000)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


def ignore(_line: socket.socket) -> None:
    """Accept, and read nothing: what is sent fills the line."""


def listen(line: socket.socket) -> None:
    """Take everything, and say nothing."""
    with contextlib.suppress(OSError):
        while line.recv(1 << 20):
            pass


def trickle(line: socket.socket) -> None:
    """Answer, one sign at a time, for ever."""
    with contextlib.suppress(OSError):
        for sign in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 60:
            line.sendall(bytes([sign]))
            time.sleep(0.3)


def stop_in_the_middle(line: socket.socket) -> None:
    """Give the beginning of the file, then nothing."""
    with contextlib.suppress(OSError):
        line.recv(1 << 16)
        line.sendall(HEAD + b"x" * 100)


@contextlib.contextmanager
def far_side(behaviour):
    """Run an S3 service that behaves so; lines stay open until the end."""
    lines: list[socket.socket] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _address = server.accept()
                lines.append(line)
                threading.Thread(target=behaviour, args=(line,), daemon=True).start()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        yield S3Storage(
            StorageConfig(
                backend="s3",
                s3_endpoint=f"http://127.0.0.1:{server.getsockname()[1]}",
                s3_bucket="b",
                s3_access_key="a",
                s3_secret_key="s",
            )
        )
    finally:
        server.shutdown(socket.SHUT_RDWR)
        serving.join()
        server.close()
        for line in lines:
            line.close()


@pytest.mark.parametrize("behaviour", [ignore, listen, trickle])
@pytest.mark.parametrize("content", [b"small", BIG], ids=["small", "big"])
def test_writing_is_given_up_within_seconds(app, behaviour, content):
    with far_side(behaviour) as storage:
        _ = storage.client  # the library is loaded once; what is measured is the wait
        begun = time.monotonic()
        with pytest.raises(StorageUnavailableError) as refusal:
            storage.write(new_key(), content)
        assert time.monotonic() - begun < ENOUGH
    assert refusal.value.status == 503


@pytest.mark.parametrize("behaviour", [listen, trickle])
def test_reading_listing_and_deleting_are_given_up_within_seconds(app, behaviour):
    with far_side(behaviour) as storage:
        for act in (
            lambda: storage.read(new_key(), 0, 10),
            lambda: storage.load(new_key()),
            lambda: storage.delete(new_key()),
            lambda: list(storage.walk()),
        ):
            _ = storage.client  # the library is loaded once; what is measured is the wait
            begun = time.monotonic()
            with pytest.raises(StorageUnavailableError):
                act()
            assert time.monotonic() - begun < ENOUGH


def test_a_file_that_stops_in_the_middle_is_given_up_within_seconds(app):
    with far_side(stop_in_the_middle) as storage:
        for act in (lambda: b"".join(storage.read(new_key(), 0, 1000)),
                    lambda: storage.load(new_key())):  # fmt: skip
            _ = storage.client  # the library is loaded once; what is measured is the wait
            begun = time.monotonic()
            with pytest.raises(StorageUnavailableError):
                act()
            assert time.monotonic() - begun < ENOUGH


@pytest.mark.both_databases
def test_a_document_is_refused_in_words_and_nothing_is_half_written(
    app, cast, sign_in, page, monkeypatch
):
    bob = sign_in(cast.bob)

    def add() -> tuple[float, object]:
        begun = time.monotonic()
        data = {"type": "diploma", "files": (io.BytesIO(make_pdf()), "diplome.pdf")}
        answer = bob.post("/parametres/documents", data=data)
        return time.monotonic() - begun, answer

    _alone, added = add()
    assert added.status_code == 302
    with far_side(listen) as storage:
        monkeypatch.setitem(app.extensions, EXTENSION, storage)
        taken, answer = add()
    assert taken < ENOUGH

    said = page(answer).text
    assert answer.status_code == 503
    assert "Rien n’a été enregistré et rien n’est perdu" in said
    assert db.session.query(StoredFile).count() == 1


def test_slow_and_lively_is_waited_for(app):
    def slow(pulse) -> str:
        for _ in range(5):
            time.sleep(0.25)
            pulse.beat()
        return "done"

    assert Patience("test", idle=1, total=60).wait_for(slow) == "done"
    with pytest.raises(TimeoutError):
        Patience("test", idle=0.1, total=60).wait_for(lambda _pulse: time.sleep(1))
    with pytest.raises(TimeoutError):
        Patience("test", idle=60, total=0.1).wait_for(lambda _pulse: time.sleep(1))


# ── At the start ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def using(app, monkeypatch):
    """Let the application keep its files elsewhere."""

    def use(storage, config) -> None:
        monkeypatch.setitem(app.extensions, EXTENSION, storage)
        whole = replace(app.config["ALVEOLE"], storage=config)
        monkeypatch.setitem(app.config, "ALVEOLE", whole)

    return use


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, None),
        ({"s3_bucket": "nobody-made-it"}, "'nobody-made-it' does not exist"),
        ({"s3_secret_key": "another one, of forty signs as well...."}, "s3_secret_key is wrong"),
        ({"s3_access_key": "nobody"}, "s3_secret_key is wrong"),
    ],
)
def test_a_wrong_bucket_or_key_is_one_sentence(app, using, s3_config, changed, words):
    config = replace(s3_config, **changed)
    using(UnhurriedS3(config), config)

    fault = find_storage_fault()
    told = app.test_cli_runner().invoke(args=["doctor", "files"])

    assert (fault is None) == (words is None)
    if words:
        assert words in fault
        assert "\n" not in fault
        assert fault in told.output
    assert (told.exit_code == 0) == (words is None)


def test_a_service_that_is_away_for_a_moment_stops_no_start(app, using):
    (port,) = free_ports(1)
    config = StorageConfig(
        backend="s3", s3_endpoint=f"http://127.0.0.1:{port}", s3_bucket="b", s3_access_key="a",
        s3_secret_key="s",
    )  # fmt: skip
    using(S3Storage(config), config)
    assert find_storage_fault() is None


def test_a_folder_that_keeps_nothing_is_one_sentence(app, using, tmp_path):
    (tmp_path / "files").write_text("a file where the folder should be")
    using(LocalStorage(tmp_path / "files"), StorageConfig())
    fault = find_storage_fault()
    assert fault is not None
    assert "files cannot be kept in" in fault


def test_the_start_is_refused_with_that_sentence_and_nothing_else(tmp_path, s3_server):
    settings = tmp_path / "config.toml"
    settings.write_text(
        f"""
[storage]
backend = "s3"
s3_endpoint = "{s3_server.endpoint}"
s3_region = "{s3_server.region}"
s3_bucket = "nobody-made-it"
s3_access_key = "{s3_server.access_key}"
s3_secret_key = "{s3_server.secret_key}"
""",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={"CONFIG": str(settings), "DATA_DIR": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "'nobody-made-it' does not exist" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr.splitlines()[-1]
