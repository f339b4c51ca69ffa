"""The « Documents » of a bubble: who lacks what, what is verified, what is sent back."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from bubbles.operations.members import remove_member
from bubbles.queries import get_membership
from caregiver import queries
from caregiver.errors import NewerVersionError
from caregiver.models import DocumentReview
from caregiver.operations.documents import replace_document, share_document
from caregiver.operations.reviews import open_shared_document, review_document
from caregiver.vocabulary import DocumentType, Standing, Verdict
from core.audit import AuditEntry
from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from tests import factories as make
from tests.caregiver.conftest import DOCUMENTS, give_paper
from tests.uploads.conftest import make_pdf
from uploads.operations import keep_bytes

TODAY = date(2026, 11, 23)


@pytest.fixture
def paper(cast):
    return give_paper(cast.bob, cast.bubble, kind=DocumentType.LIABILITY_INSURANCE)


@pytest.fixture
def place(cast, paper) -> str:
    return f"/bulles/{cast.bubble.id}/documents/{paper.id}"


def judge(browser, place, verdict="verified", number=1, **values):
    return browser.post(place, data={"verdict": verdict, "number": str(number), **values})


def the_share(cast, paper):
    return queries.get_shared_document_for(cast.alice, cast.bubble.id, paper.id)


def the_review() -> DocumentReview | None:
    db.session.expire_all()
    return db.session.scalar(select(DocumentReview))


# ── At a glance ───────────────────────────────────────────────────────────────────────────────


def test_administrators_see_who_lacks_what(cast, paper, alice, page):
    give_paper(cast.bob, cast.bubble, kind=DocumentType.PASSPORT, expires_on=date(2026, 11, 1))
    give_paper(cast.chloe)  # kept to herself
    shown = page(alice.get(f"/bulles/{cast.bubble.id}/documents"))

    assert "Bob Garnier" in shown.text
    assert "Chloé Lefèvre" in shown.text
    assert "À vérifier : 1. À remplacer : 0. Expirés : 1." in shown.text
    assert shown.text.count("Manque") == 4 + 6
    assert f"/bulles/{cast.bubble.id}/documents/{paper.id}" in shown.links
    assert "Documents 1" in " ".join(shown.text.split())  # the tab counts what waits


@pytest.mark.parametrize(
    ("verdict", "ends", "standing"),
    [
        (None, None, Standing.TO_VERIFY),
        (Verdict.VERIFIED, None, Standing.VERIFIED),
        (Verdict.VERIFIED, date(2027, 1, 22), Standing.EXPIRES_SOON),
        (Verdict.VERIFIED, date(2027, 1, 23), Standing.VERIFIED),
        (Verdict.VERIFIED, date(2026, 11, 23), Standing.EXPIRES_SOON),
        (Verdict.VERIFIED, date(2026, 11, 22), Standing.EXPIRED),
        (None, date(2026, 11, 22), Standing.EXPIRED),
        (Verdict.TO_REPLACE, date(2026, 11, 22), Standing.TO_REPLACE),
    ],
)
def test_where_a_paper_stands(cast, verdict, ends, standing):
    one = give_paper(cast.bob, cast.bubble, expires_on=ends)
    if verdict:
        review_document(cast.alice, the_share(cast, one), number=1, verdict=verdict, reason="x")
    db.session.expire_all()
    assert one.current.standing_in(cast.bubble.id, TODAY) is standing


def test_the_glance_costs_the_same_for_sixty_as_for_few(cast, paper, alice, count_queries):
    path = f"/bulles/{cast.bubble.id}/documents"

    def cost():
        with count_queries() as count:
            assert alice.get(path).status_code == 200
        return count.total

    cost()
    few = cost()
    people = []
    with transaction():
        for _ in range(58):
            people.append(make.user())
            make.caregiver(people[-1], cast.bubble)
    for person in people[:12]:
        give_paper(person, cast.bubble, kind=DocumentType.DIPLOMA)
    cost()
    assert cost() == few


def test_the_page_and_its_tab_are_for_administrators_only(cast, paper, bob, sign_in, page, place):
    path = f"/bulles/{cast.bubble.id}/documents"
    assert path not in page(bob.get(f"/bulles/{cast.bubble.id}/accompagnants")).links
    for person in (cast.bob, cast.chloe, cast.jeanne, cast.mallory):
        browser = sign_in(person)
        for address in (path, place, f"{place}/fichier", f"{place}/pages/1"):
            assert browser.get(address).status_code == 404, (person.display_name, address)
        assert judge(browser, place).status_code == 404
    assert the_review() is None


# ── Opening ───────────────────────────────────────────────────────────────────────────────────


def test_opening_a_paper_shows_its_page_and_is_recorded(cast, paper, alice, page, place):
    shown = page(alice.get(place))

    assert "Responsabilité civile professionnelle (RCP), Bob Garnier" in shown.text
    assert f"{place}/pages/1" in shown.html
    assert alice.get(f"{place}/pages/1").mimetype == "image/jpeg"
    assert alice.get(f"{place}/fichier").data == make_pdf()
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.permission, entry.actor_id) == ("shared_document:read", cast.alice.id)
    assert (entry.about_kind, entry.about_id) == ("user", cast.bob.id)


def test_an_earlier_version_stays_its_owners(cast, paper, alice, place):
    replace_document(cast.bob, paper, stored=keep_bytes(cast.bob, make_pdf(pages=2), "b.pdf"))
    assert alice.get(f"{place}/fichier").data == make_pdf(pages=2)
    assert alice.get(f"{DOCUMENTS}/{paper.id}/versions/1/fichier").status_code == 404


def test_what_is_shown_to_one_bubble_is_not_shown_to_another(cast, paper, sign_in, place):
    with transaction():
        erik = make.user("erik", "Erik Blanc")
        other = make.bubble("Rives du Touch", admin=erik)
        make.membership(cast.bob, other, is_caregiver=True)
    browser = sign_in(erik)
    assert browser.get(place).status_code == 404
    assert browser.get(f"/bulles/{other.id}/documents/{paper.id}").status_code == 404
    assert judge(browser, f"/bulles/{other.id}/documents/{paper.id}").status_code == 404
    with pytest.raises(ForbiddenError):
        open_shared_document(erik, the_share(cast, paper))


def test_hidden_again_is_hidden_at_once(cast, paper, alice, place):
    assert alice.get(place).status_code == 200
    share_document(cast.bob, paper, bubble_ids=[])

    for address in (place, f"{place}/fichier", f"{place}/pages/1"):
        assert alice.get(address).status_code == 404
    assert judge(alice, place).status_code == 404


def test_who_left_is_not_looked_at_any_more(cast, paper, alice, page, place):
    remove_member(cast.alice, get_membership(cast.bob.id, cast.bubble.id))
    assert alice.get(place).status_code == 404
    assert "Bob Garnier" not in page(alice.get(f"/bulles/{cast.bubble.id}/documents")).text


def test_an_administrator_who_left_opens_nothing(cast, paper, alice, place):
    with transaction():
        make.membership(make.user("zoe", "Zoé Petit"), cast.bubble, is_admin=True)
    remove_member(cast.alice, get_membership(cast.alice.id, cast.bubble.id))
    assert alice.get(place).status_code == 404


# ── Judging ───────────────────────────────────────────────────────────────────────────────────


def test_a_verified_paper_says_by_whom_and_when(cast, paper, alice, bob, page, place, outbox):
    answer = judge(alice, place)
    assert answer.status_code == 302

    assert "Vérifié" in page(bob.get(DOCUMENTS)).text
    assert (
        "Vérifié par Alice Martin le 23 novembre" in page(bob.get(f"{DOCUMENTS}/{paper.id}")).text
    )
    outbox.deliver()
    assert outbox.mails(to=cast.bob.email) == []


def test_a_paper_sent_back_says_why_on_its_page_and_not_in_the_mail(cast, alice, bob, page, outbox):
    one = give_paper(
        cast.bob,
        cast.bubble,
        kind=DocumentType.OTHER,
        label="Attestation VIH",
        name="secret-medical.pdf",
    )
    place = f"/bulles/{cast.bubble.id}/documents/{one.id}"
    judge(alice, place, "to_replace", reason="Page 2 illisible")

    listed = page(bob.get(DOCUMENTS)).text
    assert "À remplacer" in listed
    assert "Page 2 illisible" in listed
    outbox.deliver()
    mail = outbox.one(to=cast.bob.email)
    assert mail.subject == "Un de vos documents est à remplacer"
    assert "Autre document" in mail.text
    for secret in ("VIH", "secret", "illisible", "Tilleuls"):
        assert secret not in mail.text + mail.subject
    assert mail.link(f"{DOCUMENTS}/").endswith(f"{DOCUMENTS}/{one.id}")
    assert "1 à remplacer" in page(bob.get("/parametres")).text


def test_sending_back_needs_a_reason_and_a_verdict(cast, alice, page, place):
    assert "Dites ce qui ne va pas" in page(judge(alice, place, "to_replace")).text
    answer = judge(alice, place, "")
    assert answer.status_code == 422
    assert "Dites si le document est bon" in page(answer).text
    assert the_review() is None


def test_a_new_version_asks_for_a_new_verdict(cast, paper, alice, bob, page, place):
    judge(alice, place)
    replace_document(cast.bob, paper, stored=keep_bytes(cast.bob, make_pdf(), "b.pdf"))

    shown = page(bob.get(f"{DOCUMENTS}/{paper.id}")).text
    assert "Ses administrateurs ne l’ont pas encore vérifié." in shown
    assert "vérifié par Alice Martin, 23 novembre" in shown  # of the first, in the history


def test_what_was_judged_is_what_was_seen(cast, paper, alice, page, place):
    alice.get(place)
    replace_document(cast.bob, paper, stored=keep_bytes(cast.bob, make_pdf(), "b.pdf"))
    answer = judge(alice, place, number=1)

    assert answer.location == place
    assert "Une version plus récente" in page(alice.get(place)).text
    assert the_review() is None
    with pytest.raises(NewerVersionError):
        review_document(cast.alice, the_share(cast, paper), number=1, verdict=Verdict.VERIFIED)


@pytest.mark.both_databases
def test_a_verdict_may_change_and_there_is_one_per_bubble(cast):
    paper = give_paper(cast.bob, cast.bubble)
    for verdict, reason in ((Verdict.TO_REPLACE, "floue"), (Verdict.VERIFIED, "")):
        share = queries.get_shared_document_for(cast.alice, cast.bubble.id, paper.id)
        review_document(cast.alice, share, number=1, verdict=verdict, reason=reason)
    db.session.expire_all()
    reviews = list(db.session.scalars(select(DocumentReview)))
    assert [(one.verdict, one.reason) for one in reviews] == [(Verdict.VERIFIED, "")]


def test_nobody_verifies_their_own_papers(cast, alice, page):
    with transaction():
        make.caregiver(make.user("zoe", "Zoé Petit"), cast.bubble)
        membership = get_membership(cast.bob.id, cast.bubble.id)
        membership.is_admin = True
    paper = give_paper(cast.bob, cast.bubble)
    share = queries.get_shared_document_for(cast.bob, cast.bubble.id, paper.id)
    with pytest.raises(ForbiddenError):
        review_document(cast.bob, share, number=1, verdict=Verdict.VERIFIED)


def test_an_administrator_sees_why_their_own_paper_has_no_form(cast, sign_in, page):
    with transaction():
        get_membership(cast.bob.id, cast.bubble.id).is_admin = True
    paper = give_paper(cast.bob, cast.bubble)
    place = f"/bulles/{cast.bubble.id}/documents/{paper.id}"
    browser = sign_in(cast.bob)
    assert "un autre administrateur de la bulle le vérifie" in page(browser.get(place)).text
    assert judge(browser, place).status_code == 403
    assert the_review() is None
