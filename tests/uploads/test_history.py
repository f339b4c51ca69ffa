"""Whatever fails and wherever it dies: what was acknowledged is there, and nothing else stays."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.authorization import INSTANCE
from core.database import db
from core.transaction import transaction
from tests.uploads.conftest import make_pdf, stored_paths
from tests.uploads.history import Call, Row, judge
from uploads import storage, upkeep
from uploads.errors import StorageUnavailableError
from uploads.models import StoredFile
from uploads.operations import delete_file, keep_bytes, store_file
from uploads.queries import count_bytes_of

FAULTS = ("none", "none", "disk", "killed while writing", "killed before the row", "row refused")


class Killed(BaseException):
    """The process is no more: nothing of it runs after this, not even its tidying."""


def upload(actor, content: bytes, fault: str, monkeypatch, app) -> Call:
    """Send one file while this goes wrong."""
    place = storage.current_storage()
    with monkeypatch.context() as patch:
        if fault == "disk":
            patch.setattr("os.fsync", _full)
        elif fault == "killed while writing":
            patch.setattr(type(place), "_write", _half)
        try:
            stored = keep_bytes(actor, content, "a.pdf")
            _die_if(fault == "killed before the row")
            with transaction():
                file = store_file(actor, INSTANCE, stored=stored)
                _die_if(fault == "row refused")
        except StorageUnavailableError:
            return Call("fail", "upload")
        except Killed:
            return Call("info", "upload")
    return Call("ok", "upload", file.key, hashlib.sha256(content).hexdigest())


def _die_if(it_is_time: bool) -> None:
    if it_is_time:
        raise Killed


def _full(_descriptor):
    raise OSError(28, "No space left on device")


def _half(self, key: str, content: bytes) -> None:
    path = self._path(key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.with_name(f"{key}.00112233.part").write_bytes(content[: len(content) // 2])
    raise Killed


def faults_of(app, calls, now) -> list[str]:
    files = db.session.scalars(select(StoredFile))
    rows = [Row(file.key, file.owner_id, file.size) for file in files]
    db.session.rollback()
    download = storage.current_storage().load

    unfinished = [
        (path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC))
        for path in stored_paths(app)
        if path.name.endswith(".part")
    ]
    return list(judge(calls, rows, download, unfinished, count_bytes_of, now))


@pytest.mark.covers("case-U8")
@pytest.mark.both_databases
@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_is_there_and_nothing_else_stays(
    app, bob, outbox, monkeypatch, travel_to, database, seed
):
    """hist-U1 to hist-U4, after eighteen uploads of which most go wrong somewhere."""
    dice = random.Random(seed)
    travel_to(datetime.now(UTC))  # the disk's clock is the real one
    calls: list[Call] = []
    for _ in range(18):
        content = make_pdf(b"%% %d\n" % dice.getrandbits(64))
        calls.append(upload(bob, content, dice.choice(FAULTS), monkeypatch, app))
        kept = [call.file for call in calls if call.type == "ok" and call.op == "upload"]
        deleted = {call.file for call in calls if call.op == "delete"}
        choice = [key for key in kept if key not in deleted]
        if choice and dice.random() < 0.3:
            chosen = dice.choice(choice)
            file = db.session.scalars(select(StoredFile).where(StoredFile.key == chosen)).one()
            delete_file(bob, file)
            calls.append(Call("ok", "delete", chosen))
    assert {call.type for call in calls} == {"ok", "fail", "info"}

    assert [fault for fault in faults_of(app, calls, clock.now()) if "hist-U3" not in fault] == []
    outbox.deliver()
    travel_to(timedelta(hours=2))
    outbox.deliver()
    upkeep.reconcile(1, {})

    assert faults_of(app, calls, clock.now()) == []
    keys = set(db.session.scalars(select(StoredFile.key)))
    assert {path.name for path in stored_paths(app)} == keys


def test_the_judge_sees_what_a_careless_product_does(app, bob, travel_to):
    """The row first, then the bytes: what dies in between was promised and is not there."""
    travel_to(datetime.now(UTC))
    content = make_pdf()
    sha256 = hashlib.sha256(content).hexdigest()
    calls = []
    for wrong in ("no bytes", "half of them", "sound", "deleted"):
        key = storage.new_key()
        with transaction():
            file = StoredFile(
                key=key,
                filename="a.pdf",
                content_type="application/pdf",
                size=len(content),
                sha256=sha256,
                owner_id=bob.id,
                created_at=clock.now(),
            )
            db.session.add(file)
        if wrong != "no bytes":
            half = wrong == "half of them"
            storage.current_storage().write(key, content[:50] if half else content)
        calls.append(Call("ok", "upload", file.key, sha256))
        if wrong == "deleted":
            calls.append(Call("ok", "delete", key))
    folder = app.extensions[storage.EXTENSION].folder
    (folder / "x.part").write_bytes(b"x")
    later = clock.now() + timedelta(hours=2)

    found = faults_of(app, calls, later)

    assert [fault.split(":")[0] for fault in found] == [
        "hist-U1", "hist-U1", "hist-U1", "hist-U2", "hist-U2", "hist-U3",
    ]  # fmt: skip
    rows = [Row("k", bob.id, 3)]
    short = judge([], rows, lambda _key: b"abc", [], lambda _owner: 2, later)
    assert [fault.split(":")[0] for fault in short] == ["hist-U4"]
