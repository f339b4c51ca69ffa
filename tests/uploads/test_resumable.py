"""A file that comes in parts over a line that breaks: nothing is sent twice, nothing is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.authorization import INSTANCE
from core.database import db
from core.errors import DomainError, NotFoundError
from core.transaction import transaction
from tests import factories as make
from tests.uploads.conftest import stored_paths
from tests.uploads.sending import PART, Files, OneFile, begin, posted, send, sent, standing
from uploads.errors import FileTypeError
from uploads.forms import SentBefore
from uploads.models import ResumableUpload, UploadPart
from uploads.operations import QUOTA, StoredBytes, announce_bytes, store_file
from uploads.resumable import begin_upload, receive_part
from uploads.views.receiving import receive_upload, receive_uploads

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
