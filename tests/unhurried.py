"""What protects a server from its users would only make tests slow, or fail on a busy machine."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event

from core import database, transaction
from core.config import DatabaseConfig
from core.database import db
from core.transaction_state import is_writing
from security import passwords
from tests import factories
from uploads.inspection import limited
from uploads.storage import S3Storage

CEILING_SECONDS = 120
LARGEST_ANSWER = 1_000_000
"""Bytes of what a child hands back that are remembered: a page, not an album."""
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
DEAR = passwords._hasher


def engine_options(config: DatabaseConfig) -> dict[str, Any]:
    """The product's own, with ceilings in place of its limits."""
    options = database.engine_options(config, patient_with_locks=True)
    connect = options["connect_args"]
    if "options" not in connect:
        return {**options, "connect_args": {"timeout": CEILING_SECONDS}}
    ceiling = str(CEILING_SECONDS * 1000)
    unhurried = re.sub(r"(?<=_timeout=)\d+", ceiling, connect["options"])
    return {
        **options,
        "pool_timeout": CEILING_SECONDS,
        "connect_args": {"connect_timeout": CEILING_SECONDS, "options": unhurried},
    }


@contextmanager
def writers() -> Iterator[None]:
    """Let those who write to SQLite wait for each other however long it takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "WAIT", float(CEILING_SECONDS))
        yield


class UnhurriedS3(S3Storage):
    """Waits for a server of the tests, which shares the machine with them."""

    idle_timeout = total_timeout = read_timeout = float(CEILING_SECONDS)


@contextmanager
def hashing(hasher: PasswordHasher) -> Iterator[None]:
    """Hash passwords at this cost; what is slow on purpose is a quarter of what tests compute."""
    made_before = (passwords.decoy_hash, factories.password_hash)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", hasher)
        for made in made_before:
            made.cache_clear()
        yield
    for made in made_before:
        made.cache_clear()


@contextmanager
def files_judged_once() -> Iterator[None]:
    """Let the child process that judges files answer for the same file as it did before.

    Half of what tests of papers compute were new children with the same page. What is refused is
    judged each time, and a transaction that is open is refused as it is in the product.
    """
    judge = limited.run
    known: dict[tuple[object, ...], bytes] = {}

    def run(task: str, files: Sequence[bytes], **order: Any) -> bytes:
        key = (task, *(hashlib.sha256(file).digest() for file in files), json.dumps(order))
        answer = None if is_writing() else known.get(key)
        if answer is None:
            answer = judge(task, files, **order)
            if len(answer) < LARGEST_ANSWER:
                known[key] = answer
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limited, "run", run)
        yield


@contextmanager
def templates(folder: Path) -> Iterator[None]:
    """Let all applications of all processes of one run compile each template once among them."""
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        compiled = FileSystemBytecodeCache(str(folder))
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": compiled})
        yield


def survive_no_power_cut(app: Flask) -> None:
    """Commit without waiting for the disk, as the PostgreSQL of the tests does."""

    def loosen(connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=OFF")

    with app.app_context():
        event.listen(db.engine, "connect", loosen)
