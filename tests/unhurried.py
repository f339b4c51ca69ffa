"""Limits of time that protect a server from its users would only fail tests on a busy machine."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from core import database, transaction
from core.config import DatabaseConfig
from core.database import db
from uploads.storage import S3Storage

CEILING_SECONDS = 120


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

    silence = longest = read_timeout = float(CEILING_SECONDS)


def survive_no_power_cut(app: Flask) -> None:
    """Commit without waiting for the disk, as the PostgreSQL of the tests does."""

    def loosen(connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=OFF")

    with app.app_context():
        event.listen(db.engine, "connect", loosen)
