"""Whoever waits for a code while their server is upgraded types the one that they got."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from flask import current_app

from core import clock, tokens
from core.database import db
from core.retention import apply as apply_retention
from core.transaction import transaction
from security.models import SignInAttempt
from security.operations.codes import judge, wait_left
from security.phone_proofs import PhoneProof
from security.queries import newest_code
from security.vocabulary import CodeChannel, CodeCheck, CodePurpose
from tests.migrations.states import reflect
from tests.migrations.walk import config_with, rows_as_of

pytestmark = pytest.mark.both_databases
BEFORE = "b41f0c2d9e70"
TABLES = ("email_codes", "phone_codes")
SOON = timedelta(minutes=10)


@pytest.fixture
def before(fresh):
    """A database as the version before wrote it, with codes of its own in each table."""
    rows_as_of(BEFORE)
    with db.engine.begin() as connection:
        write_codes(connection)
    return fresh


def write_codes(connection: sa.Connection) -> None:
    """Two codes mailed, one texted, and a call: the newest of each way waits."""
    tables = reflect(connection).tables
    for name in TABLES:
        connection.execute(tables[name].delete())
    proofs = tables["phone_proofs"].update()
    connection.execute(proofs.values(purpose="phone", new_password_hash=None))
    connection.execute(tables["sessions"].update().values(second_step="email"))
    attempt = connection.execute(sa.select(tables["sign_in_attempts"])).one()
    proof = connection.execute(sa.select(tables["phone_proofs"])).one()
    message_id = connection.scalar(sa.select(sa.func.min(tables["outbox_messages"].c.id)))
    mailed = {"purpose": "sign_in", "sign_in_attempt_id": attempt.id}
    by_phone = {"purpose": "phone", "phone_proof_id": proof.id, "outbox_id": message_id}
    to_mailbox = ("sign_in", "sign-in", str(attempt.user_id), attempt.token_hash)
    to_phone = ("phone", "phone", str(proof.user_id), proof.number, proof.secret)
    now = stored(clock.now())
    for table, code, bound_to, values in (
        ("email_codes", "111111", to_mailbox, mailed),
        ("email_codes", "222222", to_mailbox, mailed),
        ("phone_codes", "333333", to_phone, by_phone | {"channel": "sms"}),
        ("phone_codes", "444444", to_phone, by_phone | {"channel": "call"}),
    ):
        row = values | {"code_hash": hash_of_then(*bound_to, code)}
        row |= {"sent_at": now, "expires_at": now + SOON}
        connection.execute(tables[table].insert().values(**row))


def hash_of_then(*parts: str) -> str:
    """What the version before kept of a code; whatever replaces it must still open."""
    key = tokens.keyed_hash(current_app.config["ALVEOLE"].secrets.secret_key, "e-mail codes")
    return tokens.keyed_hash(key, *parts)


def stored(at: datetime) -> datetime:
    return at.replace(tzinfo=None) if db.engine.dialect.name == "sqlite" else at


def test_codes_that_were_sent_before_an_upgrade_open_after_it(before):
    command.upgrade(config_with(), "head")
    db.engine.dispose()
    attempt = db.session.scalars(sa.select(SignInAttempt)).one()
    proof = db.session.scalars(sa.select(PhoneProof)).one()
    assert newest_code(CodePurpose.SIGN_IN, attempt).channel is CodeChannel.MAIL
    called = newest_code(CodePurpose.PHONE, proof, by_phone=True)
    assert called.channel is CodeChannel.CALL
    assert called.outbox_id is not None
    assert wait_left(called) > 0
    typed = ("111111", "222222", "222222")
    with transaction():
        mailed = [judge(CodePurpose.SIGN_IN, attempt, code) for code in typed]
        by_phone = [judge(CodePurpose.PHONE, proof, code) for code in ("333333", "444444")]
    assert mailed == [CodeCheck.REPLACED, CodeCheck.RIGHT, CodeCheck.USED]
    assert by_phone == [CodeCheck.REPLACED, CodeCheck.RIGHT]


def test_codes_left_for_the_version_before_go_with_what_asked_for_them(before, travel_to):
    """Nothing here reads their tables any more: the database deletes them at the asker's term."""
    command.upgrade(config_with(), "head")
    db.engine.dispose()
    assert [count(name) for name in TABLES] == [2, 2]
    travel_to(timedelta(days=3))
    apply_retention(0, {})
    assert [count(name) for name in TABLES] == [0, 0]


def count(table: str) -> int:
    with db.engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) or 0
