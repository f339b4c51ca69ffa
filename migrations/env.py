"""How migrations run: on the application's engine, each file in one transaction."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from core.table_guards import is_compared

target_db = current_app.extensions["migrate"].db
context.config.set_main_option("script_location", "migrations")

LOCK_TIMEOUT = "3s"
"""Behind a migration that waits for a table, every page that needs the table waits as well: it
gives up instead, nothing of its file is kept, and it is run again at a quieter moment."""


def be_patient_only_with_work(connection: Connection) -> None:
    """Wait shortly for locks, and as long as it takes for the rows to be rewritten."""
    if connection.dialect.name != "postgresql":
        return
    limit = context.config.get_main_option("lock_timeout", LOCK_TIMEOUT)
    connection.execute(text("SELECT set_config('lock_timeout', :limit, false)"), {"limit": limit})
    for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET {setting} = 0"))
    connection.commit()


def run_migrations() -> None:
    engine = target_db.engine
    with engine.connect() as connection:
        be_patient_only_with_work(connection)
        context.configure(
            connection=connection,
            target_metadata=target_db.metadata,
            transaction_per_migration=True,
            include_object=is_compared(engine),
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.invalidate()  # its limits are not those of pages


run_migrations()
