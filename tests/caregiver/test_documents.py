"""Papers, as their owners use them."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from bubbles.operations.members import remove_member
from bubbles.queries import get_membership
from caregiver import queries
from caregiver.models import DocumentShare, DocumentVersion
from caregiver.operations.documents import (
    add_document,
    delete_document,
    open_document,
    replace_document,
    share_document,
)
from caregiver.vocabulary import DocumentType
from core.audit import AuditEntry
from core.database import db
from core.errors import ForbiddenError, NotFoundError
from core.transaction import transaction
from tests import factories as make
from tests.caregiver.conftest import (
    DOCUMENTS,
    add,
    give_paper,
    newest,
    replace,
    send,
    stored_count,
)
from tests.uploads.conftest import make_pdf, make_picture
from uploads import storage
from uploads.errors import StorageUnavailableError
from uploads.operations import keep_bytes

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
    assert stored_count(app) == (0, 0)


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
        (b"<svg onload='alert(1)'/>", "photo.png", "Ce fichier n’est ni un PDF"),
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


# ── Several pages, and the pages in the page ──────────────────────────────────────────────────


def test_several_photos_become_the_pages_of_one_document(cast, bob, page):
    photos = [(io.BytesIO(make_picture()), name) for name in ("recto.jpg", "verso.jpg")]
    add(bob, type="identity_card", files=photos)

    papers = queries.list_documents_for(cast.bob)
    assert len(papers) == 1
    assert papers[0].file.content_type == "application/pdf"
    shown = page(bob.get(f"{DOCUMENTS}/{papers[0].id}"))
    assert "Page 1 sur 2" in shown.text
    assert f"{DOCUMENTS}/{papers[0].id}?page=2#apercu" in shown.links
    second = page(bob.get(f"{DOCUMENTS}/{papers[0].id}?page=2"))
    assert "Page 2 sur 2" in second.text
    assert f"{DOCUMENTS}/{papers[0].id}/versions/1/pages/2" in second.html


@pytest.mark.parametrize("content", [make_pdf(pages=2), make_picture("PNG")])
def test_a_page_is_shown_as_a_picture(cast, bob, content):
    add(bob, content, "papier")
    answer = bob.get(f"{DOCUMENTS}/{newest(cast.bob).id}/versions/1/pages/1")

    assert answer.status_code == 200
    assert answer.mimetype == "image/jpeg"
    assert answer.data.startswith(b"\xff\xd8\xff")


def test_pages_and_versions_that_do_not_exist_are_not_found(cast, bob):
    add(bob)
    place = f"{DOCUMENTS}/{newest(cast.bob).id}"
    for path in (
        f"{place}/versions/1/pages/2",
        f"{place}/versions/1/pages/0",
        f"{place}/versions/2/pages/1",
        f"{place}/versions/2/fichier",
        f"{place}?version=2",
        f"{DOCUMENTS}/99999999999999999999",
    ):
        assert bob.get(path).status_code == 404, path
    for page_asked in ("-1", "0", "999999", "x", "²", ""):
        assert bob.get(f"{place}?page={page_asked}").status_code == 200


# ── Until when ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (date(2028, 1, 31), "Valable jusqu’au 31 janvier 2028"),
        (date(2026, 12, 5), "Expire dans 12 jours"),
        (date(2026, 11, 24), "Expire dans 1 jour"),
        (date(2026, 11, 23), "Expire aujourd’hui"),
        (date(2026, 11, 22), "Il était valable jusqu’au 22 novembre"),
        (None, "Sans date"),
    ],
)
def test_how_long_a_paper_is_good_is_said_in_words(cast, bob, page, ends, words):
    give_paper(cast.bob, expires_on=ends)
    assert words in page(bob.get(DOCUMENTS)).text


def test_a_date_is_typed_in_three_boxes(cast, bob, page):
    add(bob, day="5", month="12", year="2026")

    assert newest(cast.bob).current.expires_on == date(2026, 12, 5)
    assert "1 expire bientôt" in page(bob.get("/parametres")).text


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        (("31", "2", "2027"), "Cette date n’existe pas"),
        (("5", "", "2027"), "Écrivez le jour, le mois et l’année"),
        (("5", "12", "2025"), "Cette date est passée"),
        (("5", "12", "2926"), "Cette année est trop lointaine"),
        (("x", "²", "2027"), "Cette date n’existe pas"),
    ],
)
def test_a_wrong_date_is_explained_and_nothing_is_kept(app, bob, page, boxes, words):
    day, month, year = boxes
    answer = add(bob, day=day, month=month, year=year)

    assert answer.status_code == 422
    assert words in page(answer).text
    assert stored_count(app) == (0, 0)


# ── Replacing ─────────────────────────────────────────────────────────────────────────────────


def test_a_new_version_stands_in_front_and_the_old_one_stays_readable(cast, bob, page):
    add(bob, make_pdf(), name="rcp-2026.pdf", type="liability_insurance")
    paper = newest(cast.bob)
    answer = replace(
        bob, paper.id, "rcp-2027.pdf", make_pdf(pages=3), day="31", month="12", year="2027"
    )
    assert answer.status_code == 302

    listed = page(bob.get(DOCUMENTS)).text
    assert "rcp-2027.pdf" in listed
    assert "rcp-2026.pdf" not in listed
    shown = page(bob.get(f"{DOCUMENTS}/{paper.id}")).text
    assert "Version 2 (celle d’aujourd’hui)" in shown
    assert "ajouté le lundi 23 novembre à 8 h par Bob Garnier, rcp-2027.pdf" in shown
    earlier = page(bob.get(f"{DOCUMENTS}/{paper.id}?version=1")).text
    assert "Ceci est une version précédente" in earlier
    assert bob.get(f"{DOCUMENTS}/{paper.id}/versions/1/fichier").data == make_pdf()
    assert bob.get(f"{DOCUMENTS}/{paper.id}/versions/2/fichier").data == make_pdf(pages=3)


@pytest.mark.parametrize("act", ["add", "replace"])
def test_the_same_form_sent_twice_does_it_once(cast, bob, act):
    add(bob)
    paper = newest(cast.bob)
    for _ in range(2):
        if act == "add":
            add(bob, name="deux.pdf", key="la-meme-cle")
        else:
            replace(bob, paper.id, key="la-meme-cle")

    papers = queries.list_documents_for(cast.bob)
    assert sum(len(one.versions) for one in papers) == 2


def test_a_paper_that_is_gone_is_deleted_with_all_its_versions(app, cast, bob, outbox, travel_to):
    add(bob)
    paper = newest(cast.bob)
    replace(bob, paper.id)
    bob.get(f"{DOCUMENTS}/{paper.id}/versions/1/pages/1")  # a page was drawn, beside the file
    assert stored_count(app)[0] == 2

    bob.post(f"{DOCUMENTS}/{paper.id}/suppression")
    outbox.deliver()

    assert stored_count(app) == (0, 0)
    assert db.session.scalar(select(func.count()).select_from(DocumentVersion)) == 0


# ── Who may see it ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def second_bubble(cast):
    with transaction():
        bubble = make.bubble("Rives du Touch", admin=make.user("erik", "Erik Blanc"))
        make.membership(cast.bob, bubble, is_caregiver=True)
    return bubble


def shown_to(paper) -> set[int]:
    db.session.expire_all()
    return {share.bubble_id for share in paper.shares}


def test_with_one_bubble_it_is_proposed_with_several_none_is(
    cast, bob, page, second_bubble, sign_in
):
    assert 'name="bubble_ids"' in page(bob.get(DOCUMENTS)).html
    assert "checked" not in page(bob.get(DOCUMENTS)).html
    assert page(sign_in(cast.chloe).get(DOCUMENTS)).html.count(" checked") == 1


def test_a_paper_is_shown_to_the_chosen_bubbles_and_hidden_again(cast, bob, page, second_bubble):
    add(bob, bubble_ids=[str(second_bubble.id)])
    paper = newest(cast.bob)
    assert shown_to(paper) == {second_bubble.id}
    assert "À vérifierRives du Touch" in page(bob.get(DOCUMENTS)).text

    bob.post(f"{DOCUMENTS}/{paper.id}/partage", data={"bubble_ids": [str(cast.bubble.id)]})
    assert shown_to(paper) == {cast.bubble.id}
    bob.post(f"{DOCUMENTS}/{paper.id}/partage", data={})
    assert shown_to(paper) == set()
    assert "Vous seul le voyez" in page(bob.get(DOCUMENTS)).text


def test_a_paper_is_shown_to_nobody_elses_bubble(app, cast, bob):
    with transaction():
        foreign = make.bubble("Ailleurs", admin=make.user())
    assert add(bob, bubble_ids=[str(foreign.id)]).status_code == 422
    with pytest.raises(NotFoundError):
        give_paper(cast.bob, foreign)
    paper = give_paper(cast.bob)
    assert bob.post(
        f"{DOCUMENTS}/{paper.id}/partage", data={"bubble_ids": [str(foreign.id)]}
    ).status_code in {404, 422}
    with pytest.raises(NotFoundError):
        share_document(cast.bob, paper, bubble_ids=[foreign.id])
    assert db.session.scalar(select(func.count()).select_from(DocumentShare)) == 0


@pytest.mark.both_databases
def test_leaving_a_bubble_hides_what_was_shown_there_and_nothing_else(cast, second_bubble):
    paper = give_paper(cast.bob, cast.bubble, second_bubble)
    remove_member(cast.alice, get_membership(cast.bob.id, cast.bubble.id))

    assert shown_to(paper) == {second_bubble.id}
    with pytest.raises(NotFoundError):
        queries.get_shared_document_for(cast.alice, cast.bubble.id, paper.id)


@pytest.mark.both_databases
def test_versions_are_numbered_without_gaps_and_deleted_together(cast, outbox):
    paper = give_paper(cast.bob, cast.bubble)
    for name in ("b.pdf", "c.pdf"):
        replace_document(cast.bob, paper, stored=keep_bytes(cast.bob, make_pdf(), name))

    db.session.expire_all()
    assert [version.number for version in paper.versions] == [1, 2, 3]
    assert paper.file_id == paper.current.file_id
    delete_document(cast.bob, paper)
    assert queries.list_documents_for(cast.bob) == []


def test_a_deleted_paper_is_not_added_again_by_an_old_form(cast):
    caregiver = queries.get_own_caregiver(cast.bob)

    def once():
        stored = keep_bytes(cast.bob, make_pdf(), "a.pdf")
        return add_document(
            cast.bob, caregiver, kind=DocumentType.DIPLOMA, label="", stored=stored, key="k"
        )

    delete_document(cast.bob, once())
    with pytest.raises(NotFoundError):
        once()


def test_the_list_of_papers_costs_the_same_for_many_as_for_few(cast, bob, count_queries):
    def cost():
        with count_queries() as count:
            assert bob.get(DOCUMENTS).status_code == 200
        return count.total

    give_paper(cast.bob, cast.bubble)
    cost()
    few = cost()
    for _ in range(8):
        give_paper(cast.bob, cast.bubble)
    cost()
    assert cost() == few
