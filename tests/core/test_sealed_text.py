"""A sealed text opens in its own row alone; the ring of keys turns without stopping anybody."""

import base64
import os
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import event, insert, select, text, update

from core import audit, clock, encryption, outbox, resealing
from core.audit_seals import broken_seals, seal_finished_days
from core.authorization import System
from core.database import Base, EncryptedText, db
from core.encryption import Cell
from core.mail import MailboxMessage
from core.outbox import OutboxMessage, OutboxState
from core.sealed_text import RowText, sealed_columns
from core.transaction import transaction

pytestmark = pytest.mark.both_databases
FIRST, SECOND = "a first key for the tests, 32+ signs", "a second key for the tests, 32+ signs"


@pytest.fixture(autouse=True)
def _ring(app):
    """Each test turns the ring as it likes; the others get theirs back."""
    yield
    encryption.configure(app.config["ALVEOLE"].secrets.encryption_keys)


def kept(words, calendar=None):
    message = MailboxMessage(
        at=clock.now(), recipient="a@b.fr", subject="s", text=words, html="", calendar=calendar
    )
    with transaction():
        db.session.add(message)
    return message.id


def raw(row_id, column="text"):
    found = db.session.connection().execute(
        text(f"SELECT {column} FROM mailbox_messages WHERE id = :id"), {"id": row_id}
    )
    value = found.scalar_one()
    db.session.rollback()
    return value


def plant(row_id, sealed, column="text"):
    """Write into the database what somebody with access to it would."""
    with transaction():
        db.session.execute(
            text(f"UPDATE mailbox_messages SET {column} = :v WHERE id = :id"),
            {"v": sealed, "id": row_id},
        )


def read(row_id):
    db.session.expire_all()
    found = db.session.get(MailboxMessage, row_id).text
    db.session.rollback()
    return found


def sealed_before(words):
    """As texts were sealed when only their key was authenticated with them."""
    [key_id] = encryption.key_ids()
    nonce = os.urandom(12)
    body = nonce + encryption._ring[key_id].encrypt(nonce, words.encode(), key_id.encode())
    return f"v1.{key_id}.{base64.urlsafe_b64encode(body).decode()}"


def test_a_text_copied_to_another_row_does_not_open(app):
    mine, yours = kept("for the one"), kept("for the other")
    plant(yours, raw(mine))
    with pytest.raises(InvalidTag):
        read(yours)
    assert read(mine) == "for the one"


def test_a_text_copied_to_another_column_does_not_open(app):
    row = kept("a text", calendar="a calendar")
    plant(row, raw(row, "calendar"))
    with pytest.raises(InvalidTag):
        read(row)


def test_a_text_copied_to_the_same_id_of_another_table_does_not_open(app):
    with transaction():
        outbox.enqueue("test", {})
    waiting = db.session.scalar(select(OutboxMessage.id))
    sealed = db.session.connection().execute(text("SELECT payload FROM outbox_messages")).scalar()
    with transaction():
        db.session.add(
            MailboxMessage(
                id=waiting, at=clock.now(), recipient="a@b.fr", subject="s", text="x", html=""
            )
        )
    plant(waiting, sealed)
    with pytest.raises(InvalidTag):
        read(waiting)


@pytest.mark.parametrize("column", sealed_columns(Base.metadata), ids=str)
def test_every_sealed_column_is_bound_to_its_place(app, column):
    kind = column.type
    assert isinstance(kind, EncryptedText)
    assert (kind.table_name, kind.column_name) == (column.table.name, column.name)
    assert list(column.table.primary_key.columns.keys()) == ["id"]
    dialect = db.engine.dialect
    with pytest.raises(TypeError, match="row"):
        kind.process_bind_param("nobody said for which row", dialect)
    sealed = kind.process_bind_param(RowText("words", 7), dialect)
    assert sealed.startswith("v2.")
    assert kind.process_result_value(f"7|{sealed}", dialect) == "words"
    with pytest.raises(InvalidTag):
        kind.process_result_value(f"8|{sealed}", dialect)


def test_a_statement_beside_the_session_says_its_row_or_is_refused(app):
    values = {"at": clock.now(), "recipient": "a@b.fr", "subject": "s", "html": ""}
    with transaction():
        db.session.execute(
            insert(MailboxMessage), [values | {"id": 70, "text": RowText("seventy", 70)}]
        )
    assert read(70) == "seventy"
    for statement in (
        insert(MailboxMessage).values(**values, text="nobody said"),
        update(MailboxMessage).values(text="nobody said"),
    ):
        with pytest.raises(Exception, match="RowText"), transaction():
            db.session.execute(statement)
    with transaction():
        changed = update(MailboxMessage).where(MailboxMessage.id == 70)
        db.session.execute(changed.values(calendar=None))
    assert read(70) == "seventy"


def test_texts_are_read_in_every_way_of_asking(app):
    kept("one"), kept("two")
    assert db.session.scalars(select(MailboxMessage.text).order_by(MailboxMessage.id)).all() == [
        "one",
        "two",
    ]
    other = db.aliased(MailboxMessage)
    assert db.session.scalars(select(other.text).where(other.id > 1)).all() == ["two"]
    with transaction():
        back = db.session.execute(
            update(MailboxMessage).values(subject="t").returning(MailboxMessage.text)
        )
        assert sorted(back.scalars()) == ["one", "two"]


def test_many_rows_at_once_get_their_own_ids_and_one_that_has_one_keeps_it(app):
    rows = [
        MailboxMessage(at=clock.now(), recipient="a@b.fr", subject="s", text=f"{n}", html="")
        for n in range(30)
    ]
    with transaction():
        db.session.add_all(rows)
    assert len({row.id for row in rows}) == 30
    assert [read(row.id) for row in rows] == [f"{n}" for n in range(30)]
    later = kept("later")
    assert later > max(row.id for row in rows)


def test_a_text_given_from_one_row_to_another_is_sealed_for_the_other(app):
    mine, yours = kept("mine"), kept("yours")
    with transaction():
        first, second = (db.session.get(MailboxMessage, one) for one in (mine, yours))
        second.text = first.text
    assert (read(mine), read(yours)) == ("mine", "mine")


def test_what_was_sealed_before_still_opens_and_is_bound_at_the_next_write(app):
    row = kept("x")
    plant(row, sealed_before("words of then"))
    assert read(row) == "words of then"
    with transaction():
        found = db.session.get(MailboxMessage, row)
        found.text = found.text + " and now"
    assert raw(row).startswith("v2.")
    assert read(row) == "words of then and now"


def test_the_outbox_sends_what_waited_in_the_old_form(app):
    got = []
    outbox.register_handler("test", lambda _id, payload: got.append(payload))
    with transaction():
        outbox.enqueue("test", {})
    with transaction():
        db.session.execute(
            text("UPDATE outbox_messages SET payload = :v"), {"v": sealed_before('{"a": 1}')}
        )
    outbox.Worker().run_once()
    assert got == [{"a": 1}]
    assert db.session.scalar(select(OutboxMessage.state)) is OutboxState.ACCEPTED


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["keys", *arguments])


def test_the_ring_turns_everything_is_sealed_anew_and_the_old_key_goes(app, travel_to):
    encryption.configure((FIRST,))
    bound, old = kept("bound", calendar="BEGIN"), kept("x")
    plant(old, sealed_before("of before"))
    with transaction():
        audit.record(actor=System("test"), permission="a:b", subject=None, outcome="done")
    travel_to(timedelta(days=1))
    seal_finished_days()
    [first] = encryption.key_ids()

    encryption.configure((SECOND, FIRST))
    second = encryption.key_ids()[0]
    before = run(app, "status")
    assert before.exit_code == 0
    assert f"{second}: 0 values, 0 days of audit — newest key" in before.output
    assert f"{first}: 3 values, 1 of them not bound to their row, 1 days of audit" in before.output

    done = run(app, "reseal")
    assert done.exit_code == 0, done.output
    assert "3 values were sealed anew." in done.output
    assert f"{first}: 0 values, 0 days of audit — may be taken away" in done.output
    assert "0 values were sealed anew." in run(app, "reseal").output

    encryption.configure((SECOND,))
    assert (read(bound), read(old)) == ("bound", "of before")
    assert broken_seals() == []
    assert run(app, "status").exit_code == 0


def test_what_no_key_opens_is_counted_and_left_alone(app):
    encryption.configure((FIRST,))
    lost, moved = kept("lost"), kept("x")
    encryption.configure((SECOND,))
    fine = kept("fine")
    plant(moved, raw(fine))
    sealed = raw(lost)
    status = run(app, "status")
    assert status.exit_code == 1
    assert "NOT in the ring" in status.output
    done = run(app, "reseal")
    assert done.exit_code == 1
    assert "mailbox_messages.text: 1 values open with no key" in done.output
    assert raw(lost) == sealed
    assert read(fine) == "fine"


def test_a_command_that_was_cut_off_goes_on_and_leaves_newer_texts_alone(app, monkeypatch):
    encryption.configure((FIRST,))
    rows = [kept(f"{number}") for number in range(9)]
    encryption.configure((SECOND, FIRST))
    monkeypatch.setattr(resealing, "STEP", 2)
    steps = []

    def cut(_connection, _cursor, statement, *_rest):
        if statement.startswith("UPDATE mailbox_messages"):
            steps.append(1)
            if len(steps) == 5:
                raise RuntimeError

    event.listen(db.engine, "before_cursor_execute", cut)
    with pytest.raises(RuntimeError):
        resealing.reseal()
    event.remove(db.engine, "before_cursor_execute", cut)
    assert sum(raw(row).startswith(encryption.current_mark()) for row in rows) == 4
    with transaction():
        db.session.get(MailboxMessage, rows[8]).text = "written by somebody meanwhile"
    assert resealing.reseal().rows == {"mailbox_messages.text": 4}
    assert read(rows[0]) == "0"
    assert read(rows[8]) == "written by somebody meanwhile"


def test_a_row_rewritten_between_reading_and_writing_keeps_the_newer_text(app):
    encryption.configure((FIRST,))
    row = kept("old words")
    encryption.configure((SECOND, FIRST))
    [column] = [one for one in sealed_columns(Base.metadata) if str(one) == "mailbox_messages.text"]
    seen = raw(row)
    with transaction():
        db.session.get(MailboxMessage, row).text = "new words"
    done = resealing.Resealed()
    resealing._reseal_rows(column, [(row, seen)], done)
    assert read(row) == "new words"
    assert done.rows["mailbox_messages.text"] == 0


def test_the_place_is_authenticated_and_not_only_written_down(app):
    sealed = encryption.seal("words", Cell("t", "c", 1))
    for wrong in (Cell("u", "c", 1), Cell("t", "d", 1), Cell("t", "c", 2)):
        with pytest.raises(InvalidTag):
            encryption.unseal(sealed, wrong)
    with pytest.raises(InvalidTag):
        encryption.unseal(sealed.replace("v2.", "v1."), Cell("t", "c", 1))
