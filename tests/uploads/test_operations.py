"""Keeping and deleting, through the door: rows, bytes, room, and what a crash leaves behind."""

from __future__ import annotations

import stat
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.authorization import INSTANCE, Anonymous
from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from tests import factories as make
from tests.uploads.conftest import stored_paths
from uploads import operations, storage
from uploads.errors import FileTypeError, QuotaReachedError
from uploads.models import StoredFile
from uploads.operations import QUOTA, StoredBytes, delete_file, keep_bytes, store_file
from uploads.queries import count_bytes_of


def bytes_of(key: str, size: int) -> bytes:
    return b"".join(storage.current_storage().read(key, 0, size))


def test_a_file_is_kept_under_a_random_key_readable_by_nobody_else(app, bob, pdf):
    stored = keep_bytes(bob, pdf(), "RIB de Bob.pdf")
    file = store_file(bob, INSTANCE, stored=stored)

    (path,) = stored_paths(app)
    assert path.name == file.key
    assert "RIB" not in str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert bytes_of(file.key, file.size) == pdf()
    assert file.filename == "RIB de Bob.pdf"
    assert count_bytes_of(bob.id) == len(pdf())


def test_a_refused_file_leaves_neither_row_nor_bytes_nor_message(app, bob, outbox):
    with pytest.raises(FileTypeError):
        keep_bytes(bob, b"<html>", "rib.pdf")

    assert stored_paths(app) == []
    assert outbox.waiting() == 0


def test_bytes_that_no_row_followed_are_gone_an_hour_later(app, bob, pdf, outbox, travel_to):
    keep_bytes(bob, pdf(), "orphelin.pdf")
    outbox.deliver()
    assert len(stored_paths(app)) == 1

    travel_to(timedelta(hours=1, minutes=1))
    outbox.deliver()

    assert stored_paths(app) == []


def test_bytes_that_a_row_points_to_stay(app, bob, pdf, outbox, travel_to):
    store_file(bob, INSTANCE, stored=keep_bytes(bob, pdf(), "garde.pdf"))

    travel_to(timedelta(days=2))
    outbox.deliver()

    assert len(stored_paths(app)) == 1


def test_a_row_withdraws_the_removal_and_a_roll_back_brings_it_back(
    app, bob, pdf, outbox, travel_to
):
    stored = keep_bytes(bob, pdf(), "perdu.pdf")
    with pytest.raises(ZeroDivisionError), transaction():
        store_file(bob, INSTANCE, stored=stored)
        raise ZeroDivisionError

    travel_to(timedelta(hours=2))
    outbox.deliver()

    assert stored_paths(app) == []
    assert db.session.scalars(select(StoredFile)).all() == []


def test_deleting_forgets_the_row_at_once_and_the_bytes_right_after(app, bob, pdf, outbox):
    file = store_file(bob, INSTANCE, stored=keep_bytes(bob, pdf(), "vieux.pdf"))

    delete_file(bob, file)

    assert db.session.scalars(select(StoredFile)).all() == []
    outbox.deliver()
    assert stored_paths(app) == []


def test_only_its_owner_deletes_a_file(app, bob, pdf):
    with transaction():
        mallory = make.user("mallory", "Mallory Voisin")
    file = store_file(bob, INSTANCE, stored=keep_bytes(bob, pdf(), "a-bob.pdf"))

    for other in (mallory, Anonymous()):
        with pytest.raises(ForbiddenError):
            delete_file(other, file)


def test_a_visitor_keeps_nothing(app, pdf):
    with pytest.raises(ForbiddenError):
        keep_bytes(Anonymous(), pdf(), "rien.pdf")

    assert stored_paths(app) == []


def announced(bob, size: int) -> StoredBytes:
    key = operations.announce_bytes(bob, INSTANCE)
    return StoredBytes(key, "gros.pdf", "application/pdf", size, "0" * 64)


def test_a_person_has_room_for_500_megabytes(bob):
    store_file(bob, INSTANCE, stored=announced(bob, QUOTA - 10))

    with pytest.raises(QuotaReachedError):
        store_file(bob, INSTANCE, stored=announced(bob, 11))
    store_file(bob, INSTANCE, stored=announced(bob, 10))

    assert count_bytes_of(bob.id) == QUOTA


@pytest.mark.both_databases
def test_ten_uploads_at_once_do_not_pass_the_limit_together(app, bob, database):
    waiting = [announced(bob, QUOTA // 4) for _ in range(10)]
    ready = threading.Barrier(len(waiting))
    outcomes = []

    def upload(stored):
        with app.app_context():
            person = db.session.merge(bob, load=False)
            ready.wait()
            try:
                store_file(person, INSTANCE, stored=stored)
                outcomes.append("kept")
            except QuotaReachedError:
                outcomes.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=upload, args=(stored,)) for stored in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["kept"] * 4 + ["refused"] * 6
    assert count_bytes_of(bob.id) == QUOTA
