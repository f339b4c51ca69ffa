"""A database that no migration leads out of: said in one sentence, whatever the command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic.script import ScriptDirectory
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from core.database import db
from core.problems import ConfigError

if TYPE_CHECKING:
    from flask import Flask

    from core.config import Config

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
BEFORE_THE_BASELINE = frozenset({"3f1c9a52e7b0", "8d40b2c6f1a3", "b7e25d90c4f8"})
"""What was tried out before there was a first version: nothing leads from there to here."""


def refuse_unknown_age(app: Flask) -> None:
    """Go no further with a database that this version cannot bring up to date.

    Raises:
        ConfigError: it says what to do instead.
    """
    with app.app_context():
        present = read_revision()
        if present is None or present in _list_known():
            return
        config: Config = app.config["ALVEOLE"]
        with force_locale(config.instance.default_locale):
            raise ConfigError(_what_to_do(config, present))


def read_revision() -> str | None:
    """Return which migration was the last, if there is a database and it can be reached."""
    engine = db.engine
    if engine.name == "sqlite" and not Path(engine.url.database or "").exists():
        return None  # connecting would make the file
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except OperationalError:
        return None  # out of reach: whoever needs it says so
    finally:
        engine.dispose()
    return None if revision is None else str(revision)


def newest_revision() -> str | None:
    """Return the migration that a database must have had to be served."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _list_known() -> set[str]:
    return {step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def _what_to_do(config: Config, present: str) -> str:
    if present not in BEFORE_THE_BASELINE:
        said: str = _(
            "This database was made by another version of Alvéole (%(revision)s): start that "
            "version, or a newer one.",
            revision=present,
        )
    elif config.database.url.startswith("sqlite"):
        said = _(
            "This database comes from a trial before the first version and cannot be brought up "
            "to date: keep the folder %(folder)s aside by renaming it, or name an empty one in "
            "DATA_DIR, then start again.",
            folder=config.data_path,
        )
    else:
        said = _(
            "This database comes from a trial before the first version and cannot be brought up "
            "to date: save it if you need it, drop it and create it again in PostgreSQL (DROP "
            "DATABASE, CREATE DATABASE), or name an empty one in database.url, then start again."
        )
    return said
