"""Files in parts: two at once, no room, a storage that fails, and what is left a day later."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.authorization import INSTANCE
from core.database import db
from core.errors import DomainError, NotFoundError
from tests.uploads.conftest import stored_paths
from tests.uploads.sending import OneFile, begin, posted, send, sent, standing
from uploads import resumable, storage
from uploads.errors import StorageUnavailableError, WrongOffsetError
from uploads.models import ResumableUpload, StoredFile
from uploads.operations import QUOTA, StoredBytes, announce_bytes, store_file
from uploads.resumable import MOST_AT_ONCE, begin_upload, cancel_upload, receive_part
from uploads.views.receiving import receive_upload


@pytest.mark.both_databases
def test_of_parts_sent_to_one_place_at_once_one_is_kept(app, bob, database):
    upload = begin_upload(bob, INSTANCE, filename="a.pdf", size=40)
    ready, outcomes = threading.Barrier(6), []

    def press(number: int) -> None:
        with app.app_context():
            person = db.session.merge(bob, load=False)
            mine = db.session.get(ResumableUpload, upload.id)
            ready.wait()
            try:
                receive_part(person, mine, offset=0, content=bytes([48 + number]) * 10)
                outcomes.append(number)
            except WrongOffsetError:
                pass
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.expire_all()
    (winner,) = outcomes
    assert upload.received == 10
    assert resumable.collect(upload) == bytes([48 + winner]) * 10


@pytest.mark.covers("case-U8")
def test_a_storage_that_fails_in_the_middle_loses_nothing(app, bob, client, pdf, monkeypatch):
    content = pdf()
    address = begin(client, len(content)).headers["Location"]
    send(client, address, 0, content[:60])

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        answer = send(client, address, 60, content[60:])
    assert answer.status_code == 503

    assert standing(client, address) == (60, len(content))
    assert send(client, address, 60, content[60:]).status_code == 204
    upload = db.session.scalars(select(ResumableUpload)).one()
    assert resumable.collect(upload) == content


def test_one_person_has_so_many_at_once_and_the_oldest_gives_way(app, bob, outbox, travel_to):
    first = begin_upload(bob, INSTANCE, filename="0", size=5)
    receive_part(bob, first, offset=0, content=b"12345")
    for number in range(1, MOST_AT_ONCE + 1):
        travel_to(timedelta(seconds=1))
        begin_upload(bob, INSTANCE, filename=str(number), size=5)

    names = db.session.scalars(select(ResumableUpload.filename)).all()
    assert sorted(names, key=int) == [str(number) for number in range(1, MOST_AT_ONCE + 1)]
    outbox.deliver()
    assert stored_paths(app) == []


def test_no_room_is_said_before_anything_is_sent(bob, client):
    announced = StoredBytes(
        announce_bytes(bob, INSTANCE), "gros.pdf", "application/pdf", QUOTA - 5, "0" * 64
    )
    store_file(bob, INSTANCE, stored=announced)

    assert begin(client, 6).status_code == 422
    assert begin(client, 5).status_code == 201


def test_beginning_has_a_brake(client, monkeypatch):
    from core.rate_limit import RateLimit

    few = RateLimit("few_uploads", 3, timedelta(hours=1))
    monkeypatch.setattr("uploads.views.parts.BEGUN", few)
    statuses = [begin(client, 5).status_code for _ in range(5)]

    assert statuses == [201, 201, 201, 429, 429]


def test_crumbs_are_refused_before_they_fill_the_storage(bob, monkeypatch):
    monkeypatch.setattr(resumable, "MOST_PIECES", 3)
    upload = begin_upload(bob, INSTANCE, filename="a", size=9)
    for offset in range(3):
        receive_part(bob, upload, offset=offset, content=b"x")

    with pytest.raises(DomainError) as refusal:
        receive_part(bob, upload, offset=3, content=b"x")
    assert refusal.value.code == "file_pieces"


def test_after_a_day_it_is_as_if_it_had_never_been(app, bob, client, outbox, travel_to):
    address = begin(client, 20).headers["Location"]
    send(client, address, 0, b"0123456789")
    upload = db.session.scalars(select(ResumableUpload)).one()

    travel_to(timedelta(hours=23))
    outbox.deliver()
    assert len(stored_paths(app)) == 1
    travel_to(timedelta(hours=1, minutes=1))
    with pytest.raises(NotFoundError):
        resumable.queries.get_upload_for(bob, upload.reference)
    travel_to(timedelta(hours=1))
    outbox.deliver()

    assert stored_paths(app) == []


def test_a_part_that_is_written_and_not_noted_goes_with_the_upload(app, bob, outbox):
    """The process died between the two."""
    upload = begin_upload(bob, INSTANCE, filename="a", size=9)
    key = storage.derived_key(upload.key, "part-0011223344556677")
    storage.current_storage().write(key, b"lost")

    cancel_upload(bob, upload)
    outbox.deliver()

    assert stored_paths(app) == []


def test_a_storage_that_is_down_when_the_form_comes_says_so_and_keeps_the_parts(app, bob, pdf):
    upload = sent(bob, pdf())
    for path in stored_paths(app):
        path.rename(path.with_name("elsewhere-" + path.name))

    def keep(form):
        with pytest.raises(StorageUnavailableError):
            receive_upload(form.file.data)

    posted(app, bob, OneFile, {"file_envoi": upload.reference}, keep)

    assert db.session.scalars(select(StoredFile)).all() == []
    assert db.session.scalars(select(ResumableUpload.received)).one() == len(pdf())
