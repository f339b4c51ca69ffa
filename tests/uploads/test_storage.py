"""The two places where bytes live, and what happens when one does not answer."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from core.config import StorageConfig
from core.transaction import transaction
from tests.servers.processes import free_ports
from uploads.errors import StorageUnavailableError
from uploads.storage import LocalStorage, S3Storage, new_key

BIG = os.urandom(1_000_000) * 9  # more than one part


def everything(storage, key: str, size: int, start: int = 0) -> bytes:
    return b"".join(storage.read(key, start, size))


@pytest.fixture
def local(tmp_path):
    return LocalStorage(tmp_path / "files")


@pytest.fixture(scope="module")
def s3_config(s3_server):
    return StorageConfig(
        backend="s3",
        s3_endpoint=s3_server.endpoint,
        s3_region=s3_server.region,
        s3_bucket=s3_server.new_bucket(),
        s3_access_key=s3_server.access_key,
        s3_secret_key=s3_server.secret_key,
    )


@pytest.fixture
def s3(s3_config):
    return S3Storage(s3_config)


@pytest.fixture(params=["local", "s3"])
def any_storage(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("content", [b"x", BIG], ids=["one byte", "nine megabytes"])
def test_what_was_written_is_read_back_and_forgotten_once_deleted(any_storage, content):
    key = new_key()
    any_storage.write(key, content)

    assert everything(any_storage, key, len(content)) == content

    any_storage.delete(key)
    any_storage.delete(key)
    with pytest.raises(StorageUnavailableError):
        any_storage.read(key, 0, 1)


def test_a_part_is_read_without_the_rest(any_storage):
    key = new_key()
    any_storage.write(key, b"0123456789")

    assert everything(any_storage, key, 3, start=4) == b"456"


def test_storage_is_refused_inside_a_transaction(app, any_storage):
    with pytest.raises(RuntimeError), transaction():
        any_storage.write(new_key(), b"x")
    with pytest.raises(RuntimeError), transaction():
        any_storage.delete(new_key())


def test_a_full_disk_is_said_so_and_leaves_nothing_half_written(local, monkeypatch):
    earlier = new_key()
    local.write(earlier, b"earlier")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageUnavailableError):
        local.write(new_key(), b"later")

    files = [path.name for path in local.folder.rglob("*") if path.is_file()]
    assert files == [earlier]
    assert everything(local, earlier, 7) == b"earlier"


def test_bytes_are_on_disk_before_they_get_their_name(local, monkeypatch):
    """The order that survives a power cut: content, name, folders."""
    seen = []
    fsync, rename = os.fsync, os.rename

    def watched_fsync(descriptor):
        seen.append("folder" if Path(f"/proc/self/fd/{descriptor}").is_dir() else "content")
        fsync(descriptor)

    def watched_rename(source, target, **kwargs):
        seen.append("name")
        rename(source, target, **kwargs)

    monkeypatch.setattr("os.fsync", watched_fsync)
    monkeypatch.setattr("os.rename", watched_rename)
    local.write(new_key(), b"x")

    assert seen == ["content", "name", "folder", "folder", "folder"]


def test_s3_refuses_a_wrong_secret_and_nothing_is_stored(s3, s3_config):
    key = new_key()
    stranger = S3Storage(replace(s3_config, s3_secret_key="not the secret of this account at all"))

    with pytest.raises(StorageUnavailableError):
        stranger.write(key, b"x")

    with pytest.raises(StorageUnavailableError):
        s3.read(key, 0, 1)


def test_s3_down_is_one_refusal_within_seconds(s3_config):
    (port,) = free_ports(1)
    down = S3Storage(replace(s3_config, s3_endpoint=f"http://127.0.0.1:{port}"))

    for act in (
        lambda: down.write(new_key(), b"x"),
        lambda: down.read(new_key(), 0, 1),
        lambda: down.delete(new_key()),
    ):
        with pytest.raises(StorageUnavailableError) as refusal:
            act()
        assert refusal.value.status == 503


def test_every_wait_for_s3_is_bounded(s3):
    config = s3.client.meta.config

    assert (config.connect_timeout, config.read_timeout) == (2, 10)
    assert config.retries["total_max_attempts"] == 2


def test_a_silent_s3_is_given_up(s3_config):
    """A peer that accepts and never answers: the read timeout ends it, twice."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        storage = S3Storage(
            replace(s3_config, s3_endpoint=f"http://127.0.0.1:{server.getsockname()[1]}")
        )
        storage.read_timeout = 0.2  # not twenty seconds
        with pytest.raises(StorageUnavailableError):
            storage.read(new_key(), 0, 1)


def test_s3_stores_under_the_key_alone(s3, s3_server, s3_config):
    key = new_key()
    s3.write(key, b"x")

    listed = s3_server.client().list_objects_v2(Bucket=s3_config.s3_bucket)["Contents"]

    assert key in [entry["Key"] for entry in listed]
