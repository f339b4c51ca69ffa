"""The pages of a paper, its dates and versions, and the bubbles that it is shown to."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from sqlalchemy import func, select

from bubbles.operations.members import remove_member
from bubbles.queries import get_membership
from caregiver import queries
from caregiver.errors import NewerVersionError
from caregiver.models import DocumentShare, DocumentVersion
from caregiver.operations.documents import (
    add_document,
    delete_document,
    replace_document,
    share_document,
)
from caregiver.operations.reviews import review_document
from caregiver.vocabulary import DocumentType, Verdict
from core.database import db
from core.errors import NotFoundError
from core.transaction import transaction
from tests import factories as make
from tests.caregiver.conftest import (
    DOCUMENTS,
    add,
    give_paper,
    newest,
    replace,
    stored_count,
)
from tests.uploads.conftest import make_pdf, make_picture
from uploads.operations import keep_bytes

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


@pytest.mark.parametrize(
    "typed",
    ["5/12/2026", "05 12 26", "5 décembre 2026", "samedi 5 déc. 2026", "2026-12-05", "05122026"],
)
def test_a_date_is_typed_as_people_write_it(cast, bob, page, typed):
    add(bob, expires_on=typed)

    assert newest(cast.bob).current.expires_on == date(2026, 12, 5)
    assert "1 expire bientôt" in page(bob.get("/parametres")).text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("31/2/2027", "Cette date n’existe pas"),
        ("5/2027", "Cette date n’existe pas"),
        ("5/12/2025", "Cette date est passée"),
        ("5/12/1925", "Cette date est passée"),
        ("5/12/2926", "Cette année est trop lointaine"),
        ("x/²/2027", "Cette date n’existe pas"),
    ],
)
def test_a_wrong_date_is_explained_and_no_paper_is_made(app, bob, page, typed, words):
    answer = add(bob, expires_on=typed)

    assert page(answer).inputs["expires_on"] == typed
    assert answer.status_code == 422
    assert words in page(answer).text
    assert stored_count(app) == (0, 1)  # the file waits for another date


# ── Replacing ─────────────────────────────────────────────────────────────────────────────────


def test_a_new_version_stands_in_front_and_the_old_one_stays_readable(cast, bob, page):
    add(bob, make_pdf(), name="rcp-2026.pdf", type="liability_insurance")
    paper = newest(cast.bob)
    answer = replace(bob, paper.id, "rcp-2027.pdf", make_pdf(pages=3), expires_on="31/12/2027")
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


# ── The date alone ────────────────────────────────────────────────────────────────────────────


def correct(browser, paper, typed, number=1):
    fields = {"expires_on": typed, "number": str(number)}
    return browser.post(f"{DOCUMENTS}/{paper.id}/date", data=fields)


def test_the_date_is_corrected_without_the_file(app, cast, bob, page):
    paper = give_paper(cast.bob, cast.bubble, expires_on=date(2027, 1, 31))
    assert f"{paper.id}/date" in page(bob.get(f"{DOCUMENTS}/{paper.id}")).html
    assert 'value="31/01/2027"' in page(bob.get(f"{DOCUMENTS}/{paper.id}/date")).html

    assert correct(bob, paper, "31/1/2028").status_code == 302

    corrected = newest(cast.bob)
    assert corrected.current.expires_on == date(2028, 1, 31)
    assert corrected.versions[0].expires_on == date(2027, 1, 31)
    assert stored_count(app) == (1, 1)
    assert correct(bob, paper, "", number=2).status_code == 302
    assert newest(cast.bob).current.expires_on is None
    assert correct(bob, paper, "31/2/2028", number=3).status_code == 422


def test_another_date_asks_for_another_verdict(cast, bob):
    """Who verified a paper that ends has not verified one that does not."""
    paper = give_paper(cast.bob, cast.bubble, expires_on=date(2026, 12, 1))
    share = queries.get_shared_document_for(cast.alice, cast.bubble.id, paper.id)
    review_document(cast.alice, share, number=1, verdict=Verdict.VERIFIED)

    correct(bob, paper, "1/12/2036")

    assert newest(cast.bob).current.review_in(cast.bubble.id) is None
    with pytest.raises(NewerVersionError):
        review_document(cast.alice, share, number=1, verdict=Verdict.VERIFIED)


def test_the_same_date_twice_and_an_old_page_change_nothing(cast, bob):
    paper = give_paper(cast.bob, expires_on=date(2027, 1, 31))
    correct(bob, paper, "1/2/2028")
    correct(bob, paper, "1/2/2028")
    assert len(newest(cast.bob).versions) == 2

    correct(bob, paper, "1/2/2030")  # the page still showed the first version

    assert newest(cast.bob).current.expires_on == date(2028, 2, 1)


def test_a_paper_of_two_dates_is_deleted_with_its_one_file(app, cast, bob, outbox):
    paper = give_paper(cast.bob, expires_on=date(2027, 1, 31))
    correct(bob, paper, "1/2/2028")

    assert bob.post(f"{DOCUMENTS}/{paper.id}/suppression").status_code == 302
    outbox.deliver()

    assert stored_count(app) == (0, 0)


def test_a_form_sent_again_with_another_file_says_so_and_keeps_it_for_another_try(cast, bob, page):
    assert add(bob, key="k" * 20).location == DOCUMENTS
    again = add(bob, key="k" * 20, name="autre.pdf")
    assert again.status_code == 422
    assert "déjà été envoyé avec d’autres réponses" in page(again).text
    assert len(queries.list_documents_for(cast.bob)) == 1

    values = dict(re.findall(r'name="(key|files_envoi)" value="([^"]+)"', again.text))
    assert values["key"] != "k" * 20
    assert bob.post(DOCUMENTS, data={"type": "diploma", **values}).location == DOCUMENTS
    assert newest(cast.bob).file.filename == "autre.pdf"
    assert len(queries.list_documents_for(cast.bob)) == 2
