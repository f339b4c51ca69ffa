"""What the tests of papers share: sending forms with files, and an empty folder afterwards."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder

from caregiver import queries
from caregiver.operations.documents import add_document
from caregiver.vocabulary import DocumentType
from core.database import db
from tests.uploads.conftest import make_pdf
from uploads import storage
from uploads.models import StoredFile
from uploads.operations import keep_bytes

DOCUMENTS = "/parametres/documents"


@pytest.fixture
def bob(cast, sign_in):
    return sign_in(cast.bob)


@pytest.fixture
def alice(cast, sign_in):
    return sign_in(cast.alice)


@pytest.fixture(autouse=True)
def _empty_folder(app):
    """Begin and end without files: those of other tests may lie there."""
    _empty(app)
    yield
    _empty(app)


def _empty(app) -> None:
    folder = app.extensions[storage.EXTENSION].folder
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()


def send(browser, path: str, form: dict):
    builder = EnvironBuilder(path=path, method="POST", data=form)
    environ = builder.get_environ()
    builder.close()
    answer = browser.open(environ)
    environ["wsgi.input"].close()  # a temporary file, when the body is large
    return answer


def add(browser, content: bytes | None = None, name="rib.pdf", **values):
    form = {"type": "bank_details", **values}
    form.setdefault("files", (io.BytesIO(make_pdf() if content is None else content), name))
    return send(browser, DOCUMENTS, form)


def replace(browser, document_id: int, name="rib-2.pdf", content: bytes | None = None, **values):
    files = (io.BytesIO(make_pdf() if content is None else content), name)
    return send(browser, f"{DOCUMENTS}/{document_id}/remplacement", {"files": files, **values})


def give_paper(owner, *bubbles, kind=DocumentType.BANK_DETAILS, expires_on=None, **values):
    """Write a paper without a browser, shown to these bubbles."""
    return add_document(
        owner,
        queries.get_own_caregiver(owner),
        kind=kind,
        label=values.get("label", ""),
        stored=keep_bytes(owner, make_pdf(), values.get("name", "papier.pdf")),
        expires_on=expires_on,
        bubble_ids=[bubble.id for bubble in bubbles],
    )


def newest(owner):
    db.session.expire_all()
    return queries.list_documents_for(owner)[0]


def stored_count(app) -> tuple[int, int]:
    folder = app.extensions[storage.EXTENSION].folder
    on_disk = sum(path.is_file() for path in folder.rglob("*")) if folder.exists() else 0
    rows = db.session.scalar(select(func.count()).select_from(StoredFile)) or 0
    db.session.rollback()
    return rows, on_disk
