"""Where bytes live: a folder, or an S3 bucket; both under random keys that say nothing."""

from __future__ import annotations

import contextlib
import io
import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from flask import current_app

from core import native_pool
from core.transaction_state import is_writing
from uploads.errors import StorageUnavailableError

if TYPE_CHECKING:
    from flask import Flask

    from core.config import Config, StorageConfig

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
    """A bucket of any service that speaks S3; every wait is bounded."""

    connect_timeout = 2.0
    read_timeout = 10.0

    def __init__(self, config: StorageConfig) -> None:
        self.config = config
        self._client: Any = None

    def write(self, key: str, content: bytes) -> None:
        """Send in parts, each with a checksum that the service verifies."""
        _refuse_inside_transaction()
        from boto3.s3.transfer import TransferConfig  # noqa: PLC0415  (heavy; only with S3)

        extra: dict[str, str] = {"ChecksumAlgorithm": "SHA256"}
        if self.config.s3_server_side_encryption:
            extra["ServerSideEncryption"] = self.config.s3_server_side_encryption
        transfer = TransferConfig(
            multipart_threshold=PART, multipart_chunksize=PART, use_threads=False
        )
        with self._watched("write"):
            self.client.upload_fileobj(
                io.BytesIO(content), self.config.s3_bucket, key, ExtraArgs=extra, Config=transfer
            )

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """Stream a part of the object, asked for at once."""
        wanted = f"bytes={start}-{start + length - 1}"
        with self._watched("read"):
            answer = self.client.get_object(Bucket=self.config.s3_bucket, Key=key, Range=wanted)
        return _chunks(answer["Body"], length)

    def load(self, key: str) -> bytes | None:
        """Read the whole object, if there is one."""
        from botocore.exceptions import ClientError  # noqa: PLC0415  (heavy; only with S3)

        with self._watched("load"):
            try:
                answer = self.client.get_object(Bucket=self.config.s3_bucket, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                    return None
                raise
            content: bytes = answer["Body"].read()
            return content

    def delete(self, key: str) -> None:
        """Delete what is derived, then the object."""
        _refuse_inside_transaction()
        for derived, _written in self._listed(f"{key}-"):
            self._delete(derived)
        self._delete(key)

    def walk(self) -> Iterator[tuple[str, datetime]]:
        """List the bucket, a page at a time; other objects in it are not ours to name."""
        for key, written_at in self._listed(""):
            if NAME.fullmatch(key):
                yield key, written_at

    def delete_parts(self, before: datetime) -> int:
        """End what a process that died was sending in parts."""
        bucket, stale = self.config.s3_bucket, 0
        with self._watched("list parts"):
            begun = self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        for upload in begun:  # a thousand at most: the rest tomorrow
            if NAME.fullmatch(upload["Key"]) and upload["Initiated"] < before:
                with self._watched("end parts"):
                    self.client.abort_multipart_upload(
                        Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
                stale += 1
        return stale

    def _delete(self, key: str) -> None:
        with self._watched("delete"):
            self.client.delete_object(Bucket=self.config.s3_bucket, Key=key)

    def _listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        asked: dict[str, Any] = {"Bucket": self.config.s3_bucket, "Prefix": prefix}
        while True:
            with self._watched("list"):
                answer = self.client.list_objects_v2(**asked)
            for found in answer.get("Contents", []):
                yield found["Key"], found["LastModified"]
            if not answer.get("IsTruncated"):
                return
            asked["ContinuationToken"] = answer["NextContinuationToken"]

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
        except (Boto3Error, BotoCoreError, ClientError) as error:
            log.exception("storage_failed", act=act, error=type(error).__name__)
            raise StorageUnavailableError from error


def init_app(app: Flask, config: Config) -> None:
    """Choose where files live."""
    storage: Storage = LocalStorage(config.data_path / "files")
    if config.storage.backend == "s3":
        storage = S3Storage(config.storage)
    app.extensions[EXTENSION] = storage


def _chunks(file: Any, length: int) -> Iterator[bytes]:
    """Yield ``length`` bytes and close the file, whether all were wanted in the end or not."""
    with contextlib.closing(file):
        while length > 0:
            chunk: bytes = file.read(min(CHUNK, length))
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
