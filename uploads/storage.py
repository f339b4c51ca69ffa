"""Where bytes live: a folder, or an S3 bucket; both under random keys that say nothing."""

from __future__ import annotations

import contextlib
import io
import os
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import structlog
from flask import current_app

from core import native_pool
from core.patience import Patience, Pulse
from core.transaction_state import is_writing
from uploads.errors import StorageUnavailableError

if TYPE_CHECKING:
    from flask import Flask

    from core.config import Config, StorageConfig

R = TypeVar("R")
log = structlog.get_logger(__name__)

CHUNK = 64 * 1024
PART = 8 * 1024 * 1024
"""Bytes of one part of what is sent to S3."""
PART_SUFFIX = ".part"
KEY_LENGTH = 64
NAME = re.compile(r"[0-9a-f]{64}(-[a-z0-9-]{1,40})?")
"""Of what is ours: a random key, and perhaps what is derived from it."""
EXTENSION = "alveole.storage"


class Storage(Protocol):
    """What keeps bytes. Every method may raise ``StorageUnavailableError``."""

    def write(self, key: str, content: bytes) -> None:
        """Keep ``content``; when this returns it survives a power cut."""
        ...

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """Yield ``length`` bytes from ``start``; missing ones are found out before the first."""
        ...

    def load(self, key: str) -> bytes | None:
        """Return all the bytes, or nothing when they are not there; for small ones only."""
        ...

    def delete(self, key: str) -> None:
        """Forget, with what was derived from it; what is not there is already forgotten."""
        ...

    def walk(self) -> Iterator[tuple[str, datetime]]:
        """Yield every key of ours and when it was written; anything else is left unsaid."""
        ...

    def delete_parts(self, before: datetime) -> int:
        """Remove what was begun before and never finished; return how many there were."""
        ...


def derived_key(key: str, name: str) -> str:
    """Return the name of bytes that depend on others and are deleted with them."""
    return f"{key}-{name}"


def key_of_owner(key: str) -> str:
    """Return the key of the bytes that these are derived from, else ``key`` itself."""
    return key.partition("-")[0]


def new_key() -> str:
    """Return a random name of 256 bits."""
    return secrets.token_hex(32)


def current_storage() -> Storage:
    """Return the storage of this application."""
    storage: Storage = current_app.extensions[EXTENSION]
    return storage


class LocalStorage:
    """A folder, sharded by the first letters of the keys, readable by this system user only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, key: str, content: bytes) -> None:
        """Write beside, sync, rename, sync the folder: a file is there whole or not at all."""
        try:
            native_pool.run_on_disk(self._write, key, content)
        except OSError as error:
            log.exception("storage_write_failed")
            raise StorageUnavailableError from error

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """Yield a part of the file, opened at once."""
        try:
            file = self._path(key).open("rb")
            file.seek(start)
        except OSError as error:
            log.exception("storage_read_failed")
            raise StorageUnavailableError from error
        return _chunks(file, length)

    def load(self, key: str) -> bytes | None:
        """Read the whole file, if there is one."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            log.exception("storage_read_failed")
            raise StorageUnavailableError from error

    def delete(self, key: str) -> None:
        """Unlink: what is derived first, so that a second try finds the rest."""
        _refuse_inside_transaction()
        path = self._path(key)
        try:
            for derived in path.parent.glob(f"{key}-*"):
                derived.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        except OSError as error:
            log.exception("storage_delete_failed")
            raise StorageUnavailableError from error

    def walk(self) -> Iterator[tuple[str, datetime]]:
        """Go through the folders; files that somebody else laid there are not ours to name."""
        for path in self._files():
            if NAME.fullmatch(path.name):
                with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                    yield path.name, _written_at(path)

    def delete_parts(self, before: datetime) -> int:
        """Unlink what a process that died was writing."""
        stale = 0
        for path in self._files():
            with contextlib.suppress(FileNotFoundError):  # finished meanwhile
                if path.name.endswith(PART_SUFFIX) and _written_at(path) < before:
                    path.unlink()
                    stale += 1
        return stale

    def _files(self) -> Iterator[Path]:
        """Yield every file at the depth where ours are."""
        return (path for path in self.folder.glob("??/??/*") if path.is_file())

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:4] / key

    def _write(self, key: str, content: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{key}.{secrets.token_hex(4)}{PART_SUFFIX}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        for folder in (path.parent, path.parent.parent, self.folder):
            _sync_folder(folder)


class S3Storage:
    """A bucket of any service that speaks S3; every wait is bounded, whatever the library tries."""

    connect_timeout = 2.0
    read_timeout = 10.0
    """Of one try; who waits gives up before."""
    idle_timeout = 3.5
    """Seconds without an answer, or without a byte that moves, after which the far side is gone."""
    total_timeout = 30.0
    """Seconds of one act, however lively the far side."""

    def __init__(self, config: StorageConfig) -> None:
        self.config = config
        self._client: Any = None
        self._patience = Patience("storage", idle=self.idle_timeout, total=self.total_timeout)

    def write(self, key: str, content: bytes) -> None:
        """Send in parts, each with a checksum that the service verifies."""
        _refuse_inside_transaction()
        extra: dict[str, str] = {"ChecksumAlgorithm": "SHA256"}
        if self.config.s3_server_side_encryption:
            extra["ServerSideEncryption"] = self.config.s3_server_side_encryption

        def send(pulse: Pulse) -> None:
            from boto3.s3.transfer import TransferConfig  # noqa: PLC0415  (heavy; only with S3)

            self.client.upload_fileobj(
                io.BytesIO(content),
                self.config.s3_bucket,
                key,
                ExtraArgs=extra,
                Config=TransferConfig(
                    multipart_threshold=PART, multipart_chunksize=PART, use_threads=False
                ),
                Callback=pulse.beat,
            )

        self._ask("write", send)

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """Stream a part of the object, asked for at once."""
        wanted = f"bytes={start}-{start + length - 1}"
        answer = self._call("get_object", Key=key, Range=wanted)
        answer["Body"].set_socket_timeout(self.idle_timeout)
        return self._streamed(answer["Body"], length)

    def _streamed(self, body: Any, length: int) -> Iterator[bytes]:
        with self._watched("read"):
            yield from _chunks(body, length)

    def load(self, key: str) -> bytes | None:
        """Read the whole object, if there is one."""
        from botocore.exceptions import ClientError  # noqa: PLC0415  (heavy; only with S3)

        def fetch(_pulse: Pulse) -> bytes | None:
            try:
                answer = self.client.get_object(Bucket=self.config.s3_bucket, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                    return None
                raise
            content: bytes = answer["Body"].read()
            return content

        return self._ask("load", fetch)

    def delete(self, key: str) -> None:
        """Delete what is derived, then the object."""
        _refuse_inside_transaction()
        for derived, _written in self._listed(f"{key}-"):
            self._call("delete_object", Key=derived)
        self._call("delete_object", Key=key)

    def walk(self) -> Iterator[tuple[str, datetime]]:
        """List the bucket, a page at a time; other objects in it are not ours to name."""
        for key, written_at in self._listed(""):
            if NAME.fullmatch(key):
                yield key, written_at

    def delete_parts(self, before: datetime) -> int:
        """End what a process that died was sending in parts."""
        stale = 0
        begun = self._call("list_multipart_uploads").get("Uploads", [])
        for upload in begun:  # a thousand at most: the rest tomorrow
            if NAME.fullmatch(upload["Key"]) and upload["Initiated"] < before:
                self._call("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])
                stale += 1
        return stale

    def _listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        asked: dict[str, Any] = {"Prefix": prefix}
        while True:
            answer = self._call("list_objects_v2", **asked)
            for entry in answer.get("Contents", []):
                yield entry["Key"], entry["LastModified"]
            if not answer.get("IsTruncated"):
                return
            asked["ContinuationToken"] = answer["NextContinuationToken"]

    def _call(self, name: str, **asked: Any) -> Any:
        """Ask one thing of the bucket."""
        return self._ask(
            name,
            lambda _pulse: getattr(self.client, name)(Bucket=self.config.s3_bucket, **asked),
        )

    def _ask(self, act: str, job: Callable[[Pulse], R]) -> R:
        """Have ``job`` done, and wait as long as its pulse is felt."""
        with self._watched(act):
            _ = self.client  # made beforehand: only the far side is waited for
            return self._patience.wait_for(job)

    @property
    def client(self) -> Any:
        """Connect at the first use: importing the library takes half a second."""
        if self._client is None:
            import boto3  # noqa: PLC0415  (heavy; only with S3)
            from botocore.config import Config as BotoConfig  # noqa: PLC0415  (same)

            self._client = boto3.session.Session().client(
                "s3",
                endpoint_url=self.config.s3_endpoint or None,
                region_name=self.config.s3_region,
                aws_access_key_id=self.config.s3_access_key or None,
                aws_secret_access_key=self.config.s3_secret_key or None,
                config=BotoConfig(
                    connect_timeout=self.connect_timeout,
                    read_timeout=self.read_timeout,
                    retries={"total_max_attempts": 2, "mode": "standard"},
                    signature_version="s3v4",
                    s3={"addressing_style": "path" if self.config.s3_endpoint else "auto"},
                ),
            )
        return self._client

    @contextlib.contextmanager
    def _watched(self, act: str) -> Iterator[None]:
        """Turn whatever the far side does into one refusal."""
        from boto3.exceptions import Boto3Error  # noqa: PLC0415  (heavy; only with S3)
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  (same)

        try:
            yield
        except (Boto3Error, BotoCoreError, ClientError, OSError) as error:
            log.exception("storage_failed", act=act, error=type(error).__name__)
            cause = error.__context__ if isinstance(error, Boto3Error) else error
            raise StorageUnavailableError from cause


def init_app(app: Flask, config: Config) -> None:
    """Choose where files live."""
    storage: Storage = LocalStorage(config.data_path / "files")
    if config.storage.backend == "s3":
        storage = S3Storage(config.storage)
    app.extensions[EXTENSION] = storage


def _chunks(file: Any, length: int) -> Iterator[bytes]:
    """Yield ``length`` bytes and close the file, whether all were wanted in the end or not.

    Raises:
        StorageUnavailableError: the rest cannot be read.
    """
    with contextlib.closing(file):
        while length > 0:
            try:
                chunk: bytes = file.read(min(CHUNK, length))
            except OSError as error:
                log.exception("storage_read_failed")
                raise StorageUnavailableError from error
            if not chunk:
                return
            length -= len(chunk)
            yield chunk


def _written_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_inside_transaction() -> None:
    if is_writing():
        raise RuntimeError("storage is slow: touch it outside the operation")
