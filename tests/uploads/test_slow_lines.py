"""What a slow line, and somebody who sends the same part many times, may cost the others."""

from __future__ import annotations

import io

import pytest

from core.authorization import INSTANCE
from core.database import db
from tests.uploads.conftest import make_locked_pdf, stored_paths
from tests.uploads.sending import PART, begin
from uploads import storage
from uploads.errors import WrongOffsetError
from uploads.inspection import limited
from uploads.operations import keep_bytes, page_count
from uploads.resumable import begin_upload, receive_part


class Watched(io.BytesIO):
    """Bytes that come slowly: while they do, nothing of the database may be held."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.held: list[bool] = []

    def read(self, size: int | None = -1) -> bytes:
        self.held.append(db.session.registry().in_transaction())
        return super().read(size)

    def readinto(self, buffer) -> int:
        self.held.append(db.session.registry().in_transaction())
        return super().readinto(buffer)


@pytest.mark.both_databases
def test_no_connection_waits_with_a_part_that_comes_slowly(client, database):
    address = begin(client, 20).headers["Location"]
    body = Watched(b"x" * 20)

    answer = client.patch(
        address,
        headers=PART | {"Upload-Offset": "0"},
        input_stream=body,
        content_length=20,
    )

    assert answer.status_code == 204
    assert body.held
    assert not any(body.held)


def test_a_part_that_lost_the_race_leaves_no_bytes(app, bob, monkeypatch):
    upload = begin_upload(bob, INSTANCE, filename="a.pdf", size=40)
    place = storage.current_storage()
    write, first = place.write, []

    def overtaken(key: str, content: bytes) -> None:
        write(key, content)
        if not first:
            first.append(key)
            receive_part(bob, upload, offset=0, content=b"quick")

    monkeypatch.setattr(place, "write", overtaken)
    with pytest.raises(WrongOffsetError):
        receive_part(bob, upload, offset=0, content=b"slow and long")

    assert [path.read_bytes() for path in stored_paths(app)] == [b"quick"]


def test_the_pages_of_a_locked_document_are_not_counted_at_each_look(app, bob, monkeypatch):
    stored = keep_bytes(bob, make_locked_pdf(), "secret.pdf")

    def unwanted(*_given, **_more):
        raise AssertionError("a process for each look")

    monkeypatch.setattr(limited, "run", unwanted)
    assert page_count(stored) == 0
