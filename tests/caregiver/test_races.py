"""The same thing done twice at once is done once, on both databases."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from bubbles.operations.members import remove_member
from bubbles.queries import get_membership, lock_bubble
from caregiver import queries
from caregiver.models import (
    AdministrativeDocument,
    DocumentReview,
    DocumentVersion,
    ExpiryNotice,
    Presentation,
)
from caregiver.operations.documents import add_document, replace_document, share_document
from caregiver.operations.profile import Face, update_profile
from caregiver.operations.reminders import remind_everybody
from caregiver.operations.reviews import review_document
from caregiver.vocabulary import DocumentType, Verdict
from core import clock
from core.authorization import System
from core.database import db
from security.queries import get_user
from tests.bubbles.acts import overtaken
from tests.caregiver.conftest import give_paper
from tests.uploads.conftest import make_pdf
from uploads.operations import keep_bytes

pytestmark = pytest.mark.both_databases


def at_once(app, act, times: int = 6) -> list[Exception]:
    """Run ``act`` in as many threads, and return what they raised."""
    start, raised = threading.Barrier(times), []

    def run(number: int) -> None:
        with app.app_context():
            start.wait(60)
            try:
                act(number)
            except Exception as error:  # noqa: BLE001  (the test judges it)
                raised.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    return raised


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_first_profile_saved_by_two_tabs(app, cast):
    bob_id = cast.bob.id
    db.session.rollback()

    def save(number):
        bob = get_user(bob_id)
        update_profile(bob, queries.get_own_caregiver(bob), face=Face("Bob", f"G{number}"))

    assert at_once(app, save) == []
    assert count(Presentation) == 1


def test_one_form_for_a_paper_pressed_many_times(app, cast):
    bob_id = cast.bob.id
    db.session.rollback()

    def add(_number):
        bob = get_user(bob_id)
        stored = keep_bytes(bob, make_pdf(), "a.pdf")
        caregiver = queries.get_own_caregiver(bob)
        add_document(
            bob, caregiver, kind=DocumentType.DIPLOMA, label="", stored=stored, key="la-meme"
        )

    assert at_once(app, add) == []
    assert count(DocumentVersion) == 1


def test_versions_that_come_together_are_numbered_one_after_the_other(app, cast):
    paper_id, bob_id = give_paper(cast.bob).id, cast.bob.id
    db.session.rollback()

    def replace(number):
        bob = get_user(bob_id)
        stored = keep_bytes(bob, make_pdf(), f"{number}.pdf")
        replace_document(bob, queries.get_document_for(bob, paper_id), stored=stored)

    assert at_once(app, replace) == []
    db.session.expire_all()
    numbers = [one.number for one in queries.get_document_for(cast.bob, paper_id).versions]
    assert numbers == [1, 2, 3, 4, 5, 6, 7]


def test_two_administrators_who_judge_together_leave_one_verdict(app, cast):
    paper_id = give_paper(cast.bob, cast.bubble).id
    alice_id, bubble_id = cast.alice.id, cast.bubble.id
    db.session.rollback()

    def judge(_number):
        alice = get_user(alice_id)
        share = queries.get_shared_document_for(alice, bubble_id, paper_id)
        review_document(alice, share, number=1, verdict=Verdict.VERIFIED)

    assert at_once(app, judge) == []
    assert count(DocumentReview) == 1


def test_two_workers_on_the_same_day_remind_once(app, cast):
    give_paper(cast.bob, expires_on=clock.now().date())
    db.session.rollback()

    assert at_once(app, lambda _number: remind_everybody(System("test"))) == []
    assert count(ExpiryNotice) == 1


@pytest.mark.parametrize("change", ["demoted", "hidden", "gone"])
def test_a_verdict_that_waited_is_judged_again(app, cast, change):
    """Between the door and one's turn the right may go, or the paper."""
    paper_id = give_paper(cast.bob, cast.bubble).id
    alice_id, bob_id, bubble_id = cast.alice.id, cast.bob.id, cast.bubble.id
    db.session.rollback()

    def judge():
        alice = get_user(alice_id)
        share = queries.get_shared_document_for(alice, bubble_id, paper_id)
        review_document(alice, share, number=1, verdict=Verdict.VERIFIED)

    def demote():
        lock_bubble(bubble_id)
        alice = get_membership(alice_id, bubble_id)
        alice.is_admin, alice.is_caregiver = False, True

    def hide():
        share_document(get_user(bob_id), db.session.get_one(AdministrativeDocument, paper_id),
                       bubble_ids=[])  # fmt: skip

    def leave():
        remove_member(get_user(bob_id), get_membership(bob_id, bubble_id))

    said = overtaken(app, {"demoted": demote, "hidden": hide, "gone": leave}[change], judge)

    assert said in {"ForbiddenError", "NotFoundError"}
    assert count(DocumentReview) == 0
