"""Messages that waited, left or died under the first version go on under the newest."""

import io
from contextlib import redirect_stdout

import pytest
from flask_migrate import upgrade
from sqlalchemy import select, text

from core.database import db
from core.mail import MailboxMessage
from core.outbox import Lane, OutboxMessage, OutboxState, Worker
from tests.core.test_sealed_text import sealed_before
from tests.migrations.walk import BASELINE

pytestmark = pytest.mark.both_databases
COLUMNS = "(id, kind, payload, state, created_at, not_before, attempts, done_at)"
WRITTEN, DUE = "2026-11-01 08:00:00.000000+00:00", "2026-11-01 09:00:00.000000+00:00"
MAIL = '{"to": "a@example.org", "subject": "s", "text": "words of then", "html": "h"}'


def at(moment: str) -> str:
    return moment[:26] if db.engine.dialect.name == "sqlite" else moment


def test_old_messages_go_on_where_they_were(fresh):
    upgrade(directory="migrations", revision=BASELINE)
    rows = [
        (1, "mail", sealed_before(MAIL), "queued", 0, None),
        (2, "sms", sealed_before("{}"), "queued", 2, None),
        (3, "mail", None, "dead", 9, DUE),
        (4, "mail", None, "accepted", 1, DUE),
    ]
    with db.engine.begin() as connection:
        for row_id, kind, payload, state, attempts, done_at in rows:
            values = {
                "id": row_id,
                "kind": kind,
                "payload": payload,
                "state": state,
                "created": at(WRITTEN),
                "due": at(DUE),
                "attempts": attempts,
                "done": done_at and at(done_at),
            }
            connection.execute(
                text(
                    f"INSERT INTO outbox_messages {COLUMNS} VALUES (:id, :kind, :payload,"
                    " :state, :created, :due, :attempts, :done)"
                ),
                values,
            )
    db.engine.dispose()
    upgrade(directory="migrations")
    found = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [row.lane for row in found] == [Lane.ORDINARY, Lane.URGENT, *[Lane.ORDINARY] * 2]
    assert [row.due_at and row.due_at.hour for row in found] == [9, 8, 8, 8]
    assert [row.told_at is not None for row in found] == [False, False, True, True]
    db.session.execute(text("DELETE FROM outbox_messages WHERE id = 2"))
    db.session.commit()
    with redirect_stdout(io.StringIO()):
        assert Worker().run_once() == 1
    assert db.session.scalars(select(MailboxMessage.text)).all() == ["words of then"]
    assert db.session.get_one(OutboxMessage, 1).state is OutboxState.ACCEPTED
