"""Once a day: what crashes left is tidied away, what is missing is said, and nobody's file goes."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock, retention
from core.authorization import INSTANCE
from core.database import db
from core.transaction import transaction
from tests.uploads.conftest import stored_paths
from uploads import storage, upkeep
from uploads.models import ResumableUpload, StoredFile
from uploads.operations import keep_bytes, page_image, store_file
from uploads.resumable import begin_upload, receive_part

DAY = timedelta(days=1)


def age(path, by: timedelta) -> None:
    at = (clock.now() - by).timestamp()
    os.utime(path, (at, at))


def lay(app, name: str, by: timedelta):
    """A file in the folder of the storage that no row ever knew."""
    path = app.extensions[storage.EXTENSION].folder / name[:2] / name[2:4] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    age(path, by)
    return path


@pytest.fixture
def kept(bob, pdf):
    return store_file(bob, INSTANCE, stored=keep_bytes(bob, pdf(), "garde.pdf"))


def test_what_no_row_names_goes_after_a_day_and_what_one_names_stays(app, bob, kept, travel_to):
    page_image(bob, kept, 1)
    for path in stored_paths(app):
        age(path, 30 * DAY)
    old = lay(app, storage.new_key(), DAY + timedelta(minutes=1))
    derived = lay(app, f"{storage.new_key()}-page-1", 2 * DAY)
    young = lay(app, storage.new_key(), timedelta(hours=23))

    upkeep.reconcile(1, {})

    assert not old.exists()
    assert not derived.exists()
    assert young.exists()
    assert len(stored_paths(app)) == 3


def test_writings_that_were_cut_off_go_after_an_hour_hist_u3(app):
    stale = lay(app, f"{storage.new_key()}.0a1b2c3d.part", timedelta(minutes=61))
    busy = lay(app, f"{storage.new_key()}.0a1b2c3d.part", timedelta(minutes=59))

    upkeep.reconcile(1, {})

    assert not stale.exists()
    assert busy.exists()


def test_what_somebody_else_laid_there_is_left_alone(app):
    names = ["lisez-moi.txt", "ab" * 32 + ".bak", "AB" * 32, "backup-2026.tar"]
    theirs = [lay(app, name, 300 * DAY) for name in names]

    upkeep.reconcile(1, {})

    assert all(path.exists() for path in theirs)


def test_uploads_that_ended_go_with_their_parts_and_others_stay(app, bob, outbox, travel_to):
    old = begin_upload(bob, INSTANCE, filename="vieux", size=9)
    receive_part(bob, old, offset=0, content=b"12345")
    travel_to(timedelta(hours=23))
    new = begin_upload(bob, INSTANCE, filename="neuf", size=9)
    receive_part(bob, new, offset=0, content=b"123")
    for path in stored_paths(app):
        age(path, 3 * DAY)
    travel_to(timedelta(hours=2))

    retention.apply(1, {})
    outbox.deliver()

    assert db.session.scalars(select(ResumableUpload.filename)).all() == ["neuf"]
    assert [path.name.partition("-")[0] for path in stored_paths(app)] == [new.key]


def test_it_runs_by_itself_once_a_day(app, outbox, travel_to):
    old = lay(app, storage.new_key(), 2 * DAY)

    travel_to(DAY)
    from core.outbox.regular import enqueue_regular

    enqueue_regular()
    outbox.deliver()

    assert not old.exists()


def test_bytes_that_are_missing_are_said_hist_u2(app, kept, travel_to):
    runner = app.test_cli_runner()
    travel_to(timedelta(hours=1))
    sound = runner.invoke(args=["doctor", "files"])
    assert (sound.exit_code, sound.output) == (0, "1 files, all there; 0 to be removed.\n")

    stored_paths(app)[0].unlink()

    assert upkeep.compare(clock.now()).missing == [kept.id]
    found = runner.invoke(args=["doctor", "files"])
    assert found.exit_code == 1
    assert f"1 of 1 files have lost their bytes (stored_files.id {kept.id})" in found.output
    assert db.session.scalars(select(StoredFile.id)).all() == [kept.id]


def test_a_row_that_was_just_written_is_not_looked_for(app, kept):
    stored_paths(app)[0].unlink()

    assert upkeep.compare(clock.now()).missing == []


def test_with_the_wrong_database_nothing_is_deleted(app, kept):
    """Forty files that no row names, and one row: these are somebody's files."""
    foreign = [lay(app, storage.new_key(), 5 * DAY) for _ in range(40)]

    upkeep.reconcile(1, {})

    assert all(path.exists() for path in foreign)
    found = app.test_cli_runner().invoke(args=["doctor", "files"])
    assert found.exit_code == 1
    assert "wrong database" in found.output


def test_many_files_are_gone_through_a_page_at_a_time(app, bob, monkeypatch, travel_to):
    monkeypatch.setattr(upkeep, "AT_ONCE", 3)
    keys = [storage.new_key() for _ in range(10)]
    with transaction():
        for key in keys:
            lay(app, key, 2 * DAY)
            db.session.add(
                StoredFile(
                    key=key,
                    filename="a.pdf",
                    content_type="application/pdf",
                    size=1,
                    sha256="0" * 64,
                    owner_id=bob.id,
                    created_at=clock.now() - DAY,
                )
            )
    orphans = [lay(app, storage.new_key(), 2 * DAY) for _ in range(5)]

    upkeep.reconcile(1, {})

    assert not any(path.exists() for path in orphans)
    assert sorted(path.name for path in stored_paths(app)) == sorted(keys)
    assert upkeep.compare(clock.now()).missing == []
