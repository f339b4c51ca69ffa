"""The two places where bytes live, and what happens when one does not answer."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSResponse

from core.start import ROOT
from core.transaction import transaction
from tests.servers.cutting_proxy import cutting_proxy
from tests.servers.processes import free_ports
from tests.unhurried import UnhurriedS3
from uploads.errors import StorageUnavailableError
from uploads.models import StoredFile
from uploads.storage import (
    EXTENSION,
    LocalStorage,
    S3Storage,
    derived_key,
    key_of_owner,
    new_key,
)
from uploads.views.sending import send_stored_file

BIG = os.urandom(1_000_000) * 9  # more than one part


def everything(storage, key: str, size: int, start: int = 0) -> bytes:
    return b"".join(storage.read(key, start, size))


@pytest.fixture
def local(tmp_path):
    return LocalStorage(tmp_path / "files")


@pytest.fixture
def s3(s3_config):
    return UnhurriedS3(s3_config)


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


def test_what_is_derived_goes_with_it_and_nothing_else_does(any_storage):
    key, other = new_key(), new_key()
    names = [key, derived_key(key, "page-1"), derived_key(key, "page-12"), other]
    for name in names:
        any_storage.write(name, name.encode())

    assert [any_storage.load(name) for name in names] == [name.encode() for name in names]
    any_storage.delete(key)

    assert [any_storage.load(name) for name in names] == [None, None, None, other.encode()]
    assert key_of_owner(names[1]) == key_of_owner(key) == key


def test_a_walk_names_what_is_ours_with_its_age(any_storage):
    keys = {new_key() for _ in range(3)}
    names = keys | {derived_key(key, "page-1") for key in keys}
    for name in names:
        any_storage.write(name, b"x")

    found = {name: at for name, at in any_storage.walk() if key_of_owner(name) in keys}

    assert set(found) == names
    ages = [datetime.now(UTC) - at for at in found.values()]
    assert all(timedelta(minutes=-1) < age < timedelta(minutes=1) for age in ages)


def test_a_bucket_is_listed_page_after_page(s3, monkeypatch):
    keys = {new_key() for _ in range(7)}
    for key in keys:
        s3.write(key, b"x")
    pages = []
    ask = s3.client.list_objects_v2

    def two_at_a_time(**asked):
        pages.append(asked)
        return ask(**asked, MaxKeys=2)

    monkeypatch.setattr(s3.client, "list_objects_v2", two_at_a_time)

    assert keys <= {key for key, _at in s3.walk()}
    assert len(pages) > 3


def test_objects_that_are_not_ours_are_left_unsaid(s3, s3_server, s3_config):
    s3_server.client().put_object(Bucket=s3_config.s3_bucket, Key="backup/alveole.sql", Body=b"x")

    assert all("backup" not in key for key, _at in s3.walk())


def test_what_was_never_finished_is_ended(s3, s3_server, s3_config):
    client, key = s3_server.client(), new_key()
    for name in (key, "somebody-elses.iso"):
        client.create_multipart_upload(Bucket=s3_config.s3_bucket, Key=name)

    assert s3.delete_parts(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert s3.delete_parts(datetime.now(UTC) + timedelta(hours=1)) == 1

    left = client.list_multipart_uploads(Bucket=s3_config.s3_bucket)["Uploads"]
    assert [upload["Key"] for upload in left] == ["somebody-elses.iso"]


@pytest.mark.parametrize("encryption", ["", "AES256", "aws:kms"])
def test_each_part_carries_its_sum_and_the_encryption_that_is_wanted(s3_config, encryption):
    storage = S3Storage(replace(s3_config, s3_server_side_encryption=encryption))
    asked = []

    def answer(request, **_event):
        """Stand in for the service: what it is asked is what counts here."""
        asked.append(request)
        return AWSResponse(request.url, 200, {"ETag": '"1"'}, _Body())

    storage.client.meta.events.register("before-send.s3.PutObject", answer)
    storage.write(new_key(), b"x" * 100)

    (request,) = asked
    assert request.headers.get("x-amz-server-side-encryption", b"").decode() == encryption
    sums = [name.lower() for name in request.headers if "checksum" in name.lower()]
    trailer = request.headers.get("X-Amz-Trailer", b"")
    assert sums or b"sha256" in trailer


class _Body(io.BytesIO):
    def stream(self, **_how):
        return iter([b""])


@pytest.mark.covers("case-U9")
def test_a_line_that_is_cut_in_the_middle_loses_nothing_and_leaves_nothing(s3, s3_config):
    """Of nine megabytes two arrive: the person is told, what was there stays there."""
    earlier, later = new_key(), new_key()
    s3.write(earlier, b"earlier")
    target = urlsplit(s3_config.s3_endpoint)
    with cutting_proxy(target.hostname, target.port, after=2_000_000) as port:
        cut = UnhurriedS3(replace(s3_config, s3_endpoint=f"http://127.0.0.1:{port}"))
        with pytest.raises(StorageUnavailableError) as refusal:
            cut.write(later, BIG)
        assert refusal.value.status == 503
        assert everything(cut, earlier, 7) == b"earlier"

    assert s3.load(later) is None
    s3.write(later, BIG)
    assert everything(s3, later, len(BIG)) == BIG


DISK = """
import resource, sys
from pathlib import Path
from uploads.errors import StorageUnavailableError
from uploads.storage import LocalStorage
storage = LocalStorage(Path(sys.argv[1]))
storage.write("a" * 64, b"earlier")
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    storage.write("b" * 64, b"x" * 100_000)
except StorageUnavailableError as error:
    print("told", error.status)
print(storage.load("a" * 64), storage.load("b" * 64))
"""


@pytest.mark.covers("case-U9")
def test_a_disk_that_fills_up_in_the_middle_of_a_file_keeps_the_others(tmp_path):
    """The system itself refuses to write further, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", DISK, str(tmp_path)],
        capture_output=True,
        check=True,
        cwd=ROOT,
        text=True,
    )

    assert done.stdout.splitlines()[-2:] == ["told 503", "b'earlier' None"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a" * 64]


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "files").write_text("a file where the folder should be")
    storage = LocalStorage(tmp_path / "files")

    for act in (
        lambda: storage.write(new_key(), b"x"),
        lambda: storage.read(new_key(), 0, 1),
        lambda: storage.load(new_key()),
    ):
        with pytest.raises(StorageUnavailableError):
            act()


def test_two_who_write_the_same_page_image_at_once_both_succeed(local):
    key = derived_key(new_key(), "page-1")
    ready = threading.Barrier(4)
    faults = []

    def write() -> None:
        ready.wait()
        try:
            local.write(key, b"the same page" * 10_000)
        except StorageUnavailableError as error:
            faults.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert local.load(key) == b"the same page" * 10_000


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        (None, 200, b"0123456789"),
        ("bytes=2-4", 206, b"234"),
        ("bytes=-3", 206, b"789"),
        ("bytes=8-", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=0-0,5-6", 200, b"0123456789"),
    ],
)
def test_a_range_is_sent_from_either_storage(app, any_storage, monkeypatch, asked, status, body):
    key = new_key()
    any_storage.write(key, b"0123456789")
    monkeypatch.setitem(app.extensions, EXTENSION, any_storage)
    file = StoredFile(key=key, filename="a.pdf", content_type="application/pdf", size=10)

    with (
        app.test_request_context("/", headers={"Range": asked} if asked else {}),
        contextlib.closing(send_stored_file(file)) as answer,
    ):
        assert (answer.status_code, answer.get_data()) == (status, body)


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
    stranger = UnhurriedS3(
        replace(s3_config, s3_secret_key="not the secret of this account at all")
    )

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


def test_every_wait_for_s3_is_bounded(s3_config):
    config = S3Storage(s3_config).client.meta.config

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
