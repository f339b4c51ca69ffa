"""A file that comes in parts over a line that breaks: nothing is sent twice, nothing is lost."""

from __future__ import annotations

import base64
import threading
from datetime import timedelta

import pytest
from flask import g, request
from flask_wtf.file import FileRequired
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from core.authorization import INSTANCE
from core.database import db
from core.errors import DomainError, NotFoundError
from core.forms import Form
from core.transaction import transaction
from tests import factories as make
from tests.uploads.conftest import stored_paths
from uploads import resumable, storage
from uploads.errors import FileTypeError, StorageUnavailableError, WrongOffsetError
from uploads.forms import SentBefore, UploadField, UploadsField
from uploads.models import ResumableUpload, StoredFile, UploadPart
from uploads.operations import QUOTA, StoredBytes, announce_bytes, store_file
from uploads.resumable import MOST_AT_ONCE, begin_upload, cancel_upload, receive_part
from uploads.views import receive_upload, receive_uploads

PART = {"Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}


@pytest.fixture
def client(bob, sign_in):
    return sign_in(bob)


def begin(client, size: int, name: str = "scan.pdf"):
    metadata = f"filename {base64.b64encode(name.encode()).decode()}"
    headers = {"Upload-Length": str(size), "Upload-Metadata": metadata}
    return client.post("/envois", headers=headers)


def send(client, address: str, offset: int, content: bytes):
    return client.patch(address, headers=PART | {"Upload-Offset": str(offset)}, data=content)


def standing(client, address: str) -> tuple[int, int]:
    answer = client.head(address)
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"]), int(answer.headers["Upload-Length"])


def sent(actor, content: bytes, name: str = "scan.pdf") -> ResumableUpload:
    """An upload that has come whole, in two parts."""
    upload = begin_upload(actor, INSTANCE, filename=name, size=len(content))
    half = len(content) // 2
    receive_part(actor, upload, offset=0, content=content[:half])
    receive_part(actor, upload, offset=half, content=content[half:])
    return upload


class OneFile(Form):
    file = UploadField("File", [FileRequired("Choose a file.")])


class Files(Form):
    files = UploadsField("Files")


def posted(app, actor, form: type[Form], fields: dict, view):
    """What a view of a feature would do with this form."""
    with app.test_request_context("/", method="POST", data=MultiDict(fields)):
        g._login_user = actor
        assert request.method == "POST"
        return view(form())


# ── The protocol ──────────────────────────────────────────────────────────────────────────────


def test_a_file_comes_in_parts_and_is_kept_once_a_form_names_it(app, bob, client, pdf, outbox):
    content = pdf()
    answer = begin(client, len(content), "C:\\Scans\\Carte d’identité.pdf")
    address = answer.headers["Location"]
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "0")
    assert answer.json["reference"] == address.split("/")[-1]

    assert standing(client, address) == (0, len(content))
    first = send(client, address, 0, content[:100])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "100")
    assert standing(client, address) == (100, len(content))
    last = send(client, address, 100, content[100:])
    assert last.headers["Upload-Offset"] == str(len(content))

    def keep(form):
        assert form.validate_on_submit()
        return store_file(bob, INSTANCE, stored=receive_upload(form.file.data))

    file = posted(app, bob, OneFile, {"file_envoi": answer.json["reference"]}, keep)
    assert (file.filename, file.size) == ("Carte d’identité.pdf", len(content))
    assert db.session.scalars(select(ResumableUpload)).all() == []
    assert db.session.scalars(select(UploadPart)).all() == []
    outbox.deliver()
    assert [path.name for path in stored_paths(app)] == [file.key]


def test_the_wrong_place_is_a_conflict_and_changes_nothing(client, pdf):
    content = pdf()
    address = begin(client, len(content)).headers["Location"]
    send(client, address, 0, content[:50])

    for offset in (0, 49, 51, 5000):
        assert send(client, address, offset, content[50:60]).status_code == 409
    assert send(client, address, 50, content[50:] + b"!").status_code == 409
    assert send(client, address, 50, b"").headers["Upload-Offset"] == "50"
    assert standing(client, address) == (50, len(content))


def test_the_protocol_is_followed_to_its_headers(client, pdf):
    answer = begin(client, 10)
    address = answer.headers["Location"]
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == "10000000"
    assert client.options("/envois").headers["Tus-Extension"] == "creation,termination"
    assert client.head(address).headers["Cache-Control"] == "no-store"

    other = {"Tus-Resumable": "0.2.2", "Upload-Length": "10"}
    assert client.post("/envois", headers=other).status_code == 412
    typed = PART | {"Content-Type": "text/plain", "Upload-Offset": "0"}
    assert client.patch(address, headers=typed, data=b"x").status_code == 415
    for offset in ("", "-1", "x", "٣", "9" * 40):
        wrong = PART | {"Upload-Offset": offset.encode().decode("latin-1")}
        assert client.patch(address, headers=wrong, data=b"x").status_code == 400
    metadata = {"Upload-Length": "10", "Upload-Metadata": "filename ***"}
    assert client.post("/envois", headers=metadata).status_code == 400


def test_a_plain_form_may_begin_one_too(client):
    answer = client.post("/envois", data={"name": "a.pdf", "size": "12"})

    assert answer.status_code == 201
    assert standing(client, answer.headers["Location"]) == (0, 12)


@pytest.mark.parametrize(
    ("size", "status"), [("0", 422), ("10000001", 422), ("", 400), ("-1", 400)]
)
def test_what_would_be_refused_in_the_end_is_refused_at_the_beginning(client, size, status):
    answer = client.post(
        "/envois", data={"name": "a.pdf", "size": size}, headers={"Accept": "application/json"}
    )

    assert answer.status_code == status
    assert db.session.scalars(select(ResumableUpload)).all() == []
    if size == "10000001":
        assert "10" in answer.json["message"]


def test_it_is_the_owner_s_alone(app, bob, client, visitor, sign_in, pdf):
    address = begin(client, 20).headers["Location"]
    send(client, address, 0, b"0123456789")
    with transaction():
        mallory = make.user("mallory", "Mallory Voisin")
    stranger = sign_in(mallory)

    assert stranger.head(address).status_code == 404
    assert send(stranger, address, 10, b"x").status_code == 404
    assert stranger.delete(address).status_code == 404
    assert send(visitor, address, 10, b"x").status_code == 401
    assert visitor.post("/envois", data={"name": "a", "size": "1"}).status_code == 401
    with pytest.raises(NotFoundError):
        posted(
            app,
            mallory,
            OneFile,
            {"file_envoi": address.split("/")[-1]},
            lambda form: receive_upload(form.file.data) if form.validate() else _nothing(),
        )
    assert standing(client, address) == (10, 20)


def _nothing():
    raise NotFoundError


def test_cancelling_forgets_what_came(app, client, outbox):
    address = begin(client, 20).headers["Location"]
    send(client, address, 0, b"0123456789")
    assert len(stored_paths(app)) == 1

    assert client.delete(address).status_code == 204

    assert client.head(address).status_code == 404
    outbox.deliver()
    assert stored_paths(app) == []


# ── In forms ──────────────────────────────────────────────────────────────────────────────────


def test_a_form_shown_again_still_has_what_was_sent(app, bob, pdf):
    upload = sent(bob, pdf())
    macro = app.jinja_env.globals["file_input"]

    def show(form):
        return macro(form.file), macro(OneFile(formdata=None).file)

    again, first = posted(app, bob, OneFile, {"file_envoi": upload.reference}, show)

    hidden = f'<input type="hidden" name="file_envoi" value="{upload.reference}">'
    assert hidden in again
    assert "scan.pdf" in again
    assert "file_envoi" not in first
    assert 'data-upload="/envois"' in first


@pytest.mark.both_databases
def test_an_unfinished_or_unknown_upload_is_no_file(app, bob, pdf):
    upload = begin_upload(bob, INSTANCE, filename="a.pdf", size=10)
    receive_part(bob, upload, offset=0, content=b"12345")

    for reference in (upload.reference, "0" * 32, "", "\x00", "../x"):
        errors = posted(
            app,
            bob,
            OneFile,
            {"file_envoi": reference},
            lambda form: [form.validate(), form.errors],
        )
        assert errors == [False, {"file": ["Choose a file."]}]


def test_several_uploads_become_one_document_and_all_end_with_it(app, bob, pdf, picture, outbox):
    uploads = [sent(bob, pdf(pages=2), "recto.pdf"), sent(bob, picture(), "verso.jpg")]
    fields = [("files_envoi", upload.reference) for upload in uploads]

    def keep(form):
        assert form.validate()
        assert all(isinstance(one, SentBefore) for one in form.files.data)
        return store_file(bob, INSTANCE, stored=receive_uploads(form.files.data, "Diplôme"))

    file = posted(app, bob, Files, fields, keep)

    assert (file.filename, file.pages) == ("Diplôme.pdf", 3)
    assert db.session.scalars(select(ResumableUpload)).all() == []
    outbox.deliver()
    assert [path.name for path in stored_paths(app)] == [file.key]


def test_a_refused_file_is_not_offered_again(app, bob, pdf, outbox):
    upload = sent(bob, b"<html>" + b"x" * 500, "page.pdf")
    macro = app.jinja_env.globals["file_input"]

    def keep(form):
        assert form.validate()
        with pytest.raises(FileTypeError):
            receive_upload(form.file.data)
        return macro(form.file)

    shown = posted(app, bob, OneFile, {"file_envoi": upload.reference}, keep)

    assert "page.pdf" not in shown
    assert "file_envoi" not in shown
    assert db.session.scalars(select(ResumableUpload)).all() == []
    outbox.deliver()
    assert stored_paths(app) == []


def test_a_refused_operation_leaves_the_upload_for_the_next_try(app, bob, pdf):
    upload = sent(bob, pdf())
    announced = StoredBytes(
        announce_bytes(bob, INSTANCE), "gros.pdf", "application/pdf", QUOTA, "0" * 64
    )
    store_file(bob, INSTANCE, stored=announced)

    def keep(form):
        with pytest.raises(DomainError):
            store_file(bob, INSTANCE, stored=receive_upload(form.file.data))

    posted(app, bob, OneFile, {"file_envoi": upload.reference}, keep)

    assert db.session.scalars(select(ResumableUpload.reference)).all() == [upload.reference]


# ── Limits and faults ─────────────────────────────────────────────────────────────────────────


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
    monkeypatch.setattr("uploads.views.BEGUN", few)
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
