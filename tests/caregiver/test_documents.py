"""Papers, as their owners use them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from caregiver import queries
from caregiver.operations.documents import (
    delete_document,
    open_document,
    share_document,
)
from core.audit import AuditEntry
from core.database import db
from core.errors import ForbiddenError
from tests.caregiver.conftest import (
    DOCUMENTS,
    add,
    newest,
    send,
    stored_count,
)
from tests.uploads.conftest import make_pdf, make_picture
from uploads import storage
from uploads.errors import StorageUnavailableError

# ── Administrative documents ──────────────────────────────────────────────────────────────────


@pytest.mark.covers("M35", "M36", "M37", "M38", "M39", "M40", "M41", "M43")
def test_the_page_offers_the_seven_types_and_one_button(bob, page):
    html = page(bob.get(DOCUMENTS)).html

    offered = re.findall(r'<option value="([a-z_]*)"[^>]*>([^<]+)</option>', html)
    assert [words.replace("\u00a0", " ") for _value, words in offered] == [
        "Choisissez un type",
        "Carte d’identité",
        "Passeport",
        "Permis de conduire",
        "Responsabilité civile professionnelle (RCP)",
        "RIB",
        "Diplôme",
        "Autre",
    ]
    assert re.search(r"#plus\"/></svg>Ajouter le document</button>", html)
    assert "Pas encore de document" in html


@pytest.mark.covers("M42")
def test_a_document_without_a_type_is_refused_in_words(app, bob, page):
    for kind in ("", "tax_return"):
        answer = add(bob, type=kind)

        assert answer.status_code == 422
        assert "Pensez à renseigner le type de votre document" in page(answer).text
    assert stored_count(app) == (0, 2)  # no document; both files wait for their second try


def test_a_document_without_a_file_is_refused_in_words(bob, page):
    answer = bob.post(DOCUMENTS, data={"type": "diploma"})

    assert answer.status_code == 422
    assert "Choisissez un fichier" in page(answer).text


@pytest.mark.covers("M41")
def test_other_asks_for_words(cast, bob, page):
    answer = add(bob, type="other")
    assert answer.status_code == 422
    assert "Dites en quelques mots" in page(answer).text

    add(bob, type="other", label="Attestation de formation")

    assert "Attestation de formation" in page(bob.get(DOCUMENTS)).text


@pytest.mark.covers("M43", "M45")
def test_several_documents_are_added_listed_opened_and_deleted(
    app, cast, bob, page, outbox, travel_to
):
    add(bob, type="bank_details", name="RIB été.pdf")
    travel_to(timedelta(minutes=5))
    assert add(bob, make_picture("PNG"), type="identity_card", name="cni.png").status_code == 302

    text = page(bob.get(DOCUMENTS)).text
    assert text.index("cni.png") < text.index("RIB été.pdf")
    assert "Carte d’identité" in text
    assert "23 novembre" in text

    rib = queries.list_documents_for(cast.bob)[1]
    answer = bob.get(f"{DOCUMENTS}/{rib.id}/versions/1/fichier")
    assert answer.data == make_pdf()

    question = page(bob.get(f"{DOCUMENTS}/{rib.id}/suppression"))
    assert "effacé pour de bon" in question.text
    bob.post(f"{DOCUMENTS}/{rib.id}/suppression")
    outbox.deliver()

    assert "RIB été.pdf" not in page(bob.get(DOCUMENTS)).text
    assert bob.get(f"{DOCUMENTS}/{rib.id}").status_code == 404
    assert stored_count(app) == (1, 1)


@pytest.mark.covers("M44")
def test_choosing_a_file_without_pressing_the_button_keeps_nothing(app, bob, page):
    html = page(bob.get(DOCUMENTS)).html

    assert "data-unsaved" in html
    assert "Rien n’est enregistré avant que vous appuyiez" in html
    assert stored_count(app) == (0, 0)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "vide.pdf", "Ce fichier est vide"),
        (b"<svg onload='alert(1)'/>", "photo.png", "Ce n’est ni un PDF"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 99, "IMG_1.HEIC", "HEIC des iPhone"),
        (make_pdf()[:-20], "coupe.pdf", "abîmé ou incomplet"),
        (make_pdf(b"<< /S /JavaScript >>"), "piege.pdf", "contient un programme"),
        (b"%PDF-1.7" + b"x" * 10_500_000, "gros.pdf", "trop lourd (10,5 Mo). La limite est de 10"),
    ],
)
def test_a_bad_file_is_explained_on_the_page_and_leaves_nothing(
    app, bob, page, content, name, words
):
    answer = add(bob, content, name)

    shown = page(answer)
    assert answer.status_code == 422
    assert shown.title.startswith("Erreur")
    assert words in shown.text
    assert '"bank_details" selected' in shown.html
    assert stored_count(app) == (0, 0)


def test_a_body_beyond_every_limit_is_refused_before_it_is_read(bob):
    assert add(bob, b"x" * 12_600_000).status_code == 413


def test_when_storage_is_down_nothing_is_kept_and_the_page_says_so(app, bob, page, monkeypatch):
    def down(*_args):
        raise StorageUnavailableError

    add(bob, name="avant.pdf")
    monkeypatch.setattr(storage.LocalStorage, "write", down)

    answer = add(bob, name="apres.pdf")

    shown = page(answer)
    assert answer.status_code == 503
    assert "Rien n’a été enregistré et rien n’est perdu" in shown.text
    assert "avant.pdf" in shown.text
    assert stored_count(app) == (1, 1)


def test_sixty_uploads_an_hour_are_enough(cast, bob):
    from core import rate_limit
    from uploads.operations import UPLOADS

    for _ in range(60):
        rate_limit.hit(UPLOADS, str(cast.bob.id))

    assert add(bob).status_code == 429


# ── Who may read a paper ──────────────────────────────────────────────────────────────────────


def test_a_paper_is_its_owners_alone(cast, bob, sign_in, visitor):
    add(bob)
    document = newest(cast.bob)

    for other in (cast.alice, cast.chloe, cast.jeanne, cast.mallory):
        browser = sign_in(other)
        assert browser.get(f"{DOCUMENTS}/{document.id}").status_code == 404
        assert browser.get(f"{DOCUMENTS}/{document.id}/suppression").status_code == 404
        assert browser.post(f"{DOCUMENTS}/{document.id}/suppression").status_code == 404
        for part in ("versions/1/fichier", "versions/1/pages/1", "remplacement"):
            assert browser.get(f"{DOCUMENTS}/{document.id}/{part}").status_code == 404
        assert send(browser, f"{DOCUMENTS}/{document.id}/remplacement", {}).status_code == 404
        assert browser.post(f"{DOCUMENTS}/{document.id}/partage").status_code == 404
        with pytest.raises(ForbiddenError):
            open_document(other, document, 1)
        with pytest.raises(ForbiddenError):
            share_document(other, document, bubble_ids=[])
        with pytest.raises(ForbiddenError):
            delete_document(other, document)
    assert visitor.get(f"{DOCUMENTS}/{document.id}").location.startswith("/connexion")


def test_opening_a_paper_is_recorded(cast, bob):
    add(bob)
    document = newest(cast.bob)
    bob.get(f"{DOCUMENTS}/{document.id}/versions/1/fichier")

    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.permission, entry.actor_id) == ("administrative_document:read", cast.bob.id)


def test_a_paper_leaves_as_an_inert_download(cast, bob):
    add(bob, name="Diplôme à moi; x=1.pdf")
    answer = bob.get(f"{DOCUMENTS}/{newest(cast.bob).id}/versions/1/fichier")

    headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert 'filename="Diplome a moi; x=1.pdf"' in headers["Content-Disposition"]
    assert "filename*=UTF-8''Dipl%C3%B4me%20%C3%A0%20moi%3B" in headers["Content-Disposition"]
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.parametrize(
    ("asked", "status", "start", "stop"),
    [
        ("bytes=0-3", 206, 0, 4),
        ("bytes=10-", 206, 10, None),
        ("bytes=-5", 206, -5, None),
        ("bytes=0-999999", 206, 0, None),
        ("bytes=0-1,4-5", 200, 0, None),
        ("lines=1-2", 200, 0, None),
    ],
)
def test_a_part_of_a_paper_may_be_asked_for(cast, bob, asked, status, start, stop):
    add(bob)
    answer = bob.get(
        f"{DOCUMENTS}/{newest(cast.bob).id}/versions/1/fichier", headers={"Range": asked}
    )

    assert answer.data == make_pdf()[start:stop]
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    whole = len(answer.data) == len(make_pdf())
    assert answer.status_code == (200 if whole else status)


def test_a_part_beyond_the_end_is_refused(cast, bob):
    add(bob)
    answer = bob.get(
        f"{DOCUMENTS}/{newest(cast.bob).id}/versions/1/fichier", headers={"Range": "bytes=99999-"}
    )

    assert answer.status_code == 416


def test_a_head_request_reads_no_byte(cast, bob, monkeypatch):
    add(bob)

    def never(*_args):
        raise AssertionError("nothing may be read")

    monkeypatch.setattr(storage.LocalStorage, "read", never)
    answer = bob.head(f"{DOCUMENTS}/{newest(cast.bob).id}/versions/1/fichier")

    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(make_pdf())


def test_bytes_that_cannot_be_reached_are_a_503_before_anything_is_sent(
    cast, bob, page, monkeypatch
):
    add(bob)

    def down(*_args):
        raise StorageUnavailableError

    monkeypatch.setattr(storage.LocalStorage, "read", down)
    answer = bob.get(f"{DOCUMENTS}/{newest(cast.bob).id}/versions/1/fichier")

    assert answer.status_code == 503
    assert "rien n’est perdu" in page(answer).text
