"""Papers that end: one mail 60, 30 and 7 days before, never twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from caregiver.operations.documents import delete_document, replace_document
from caregiver.operations.reminders import remind_everybody
from caregiver.vocabulary import DocumentType
from core.authorization import System
from core.transaction import transaction
from security.queries import get_user
from tests.caregiver.conftest import DOCUMENTS, give_paper
from tests.uploads.conftest import make_pdf
from uploads.operations import keep_bytes

TODAY = date(2026, 11, 23)


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


@pytest.fixture
def remind(cast, outbox):
    """Run one day's look, and return what Bob has received so far."""

    def run() -> list:
        remind_everybody(System("test"))
        outbox.deliver()
        return outbox.mails(to=cast.bob.email)

    return run


@pytest.mark.parametrize(("days", "count"), [(61, 0), (60, 1), (30, 1), (7, 1), (0, 1), (-1, 0)])
def test_a_reminder_leaves_from_sixty_days_before_until_the_end(cast, remind, days, count):
    give_paper(cast.bob, expires_on=in_days(days))
    assert len(remind()) == count


def test_each_step_is_said_once(cast, remind, travel_to):
    give_paper(cast.bob, expires_on=in_days(60))
    counts = []
    for _ in range(62):
        counts.append(len(remind()))
        travel_to(timedelta(days=1))
    assert counts[0] == counts[29] == 1
    assert counts[30] == counts[52] == 2
    assert counts[53] == counts[61] == 3


def test_a_day_without_the_worker_skips_no_step(cast, remind, travel_to):
    give_paper(cast.bob, expires_on=in_days(62))
    travel_to(timedelta(days=40))
    assert len(remind()) == 1
    assert len(remind()) == 1


def test_several_papers_are_one_mail_that_names_types_only(cast, remind):
    give_paper(cast.bob, cast.bubble, kind=DocumentType.LIABILITY_INSURANCE, expires_on=in_days(12))
    give_paper(
        cast.bob,
        kind=DocumentType.OTHER,
        label="Vaccin hépatite",
        name="hepatite.pdf",
        expires_on=in_days(5),
    )
    give_paper(cast.bob, kind=DocumentType.DIPLOMA)

    (mail,) = remind()
    assert mail.subject == "2 de vos documents arrivent à échéance"
    text = mail.text.replace("\u00a0", " ")
    assert "Autre document : valable jusqu’au samedi 28 novembre 2026 (encore 5 jours)" in text
    assert "(RCP) : valable jusqu’au samedi 5 décembre 2026 (encore 12 jours)" in text
    assert "épatite" not in mail.text
    assert "Tilleuls" not in mail.text
    assert mail.link(DOCUMENTS).endswith(DOCUMENTS)


def test_only_the_present_version_counts(cast, remind):
    paper = give_paper(cast.bob, expires_on=in_days(7))
    stored = keep_bytes(cast.bob, make_pdf(), "neuf.pdf")
    replace_document(cast.bob, paper, stored=stored, expires_on=in_days(400))
    assert remind() == []


def test_a_deleted_paper_and_a_closed_account_are_not_reminded(cast, remind):
    delete_document(cast.bob, give_paper(cast.bob, expires_on=in_days(7)))
    assert remind() == []
    give_paper(cast.bob, expires_on=in_days(7))
    with transaction():
        get_user(cast.bob.id).is_enabled = False
    assert remind() == []


def test_the_day_is_the_owners(cast, remind, travel_to):
    with transaction():
        get_user(cast.bob.id).time_zone = "Pacific/Auckland"
    travel_to("2026-11-23 23:00 Europe/Paris")  # the 24th over there
    give_paper(cast.bob, expires_on=in_days(61))
    assert len(remind()) == 1


@pytest.mark.both_databases
def test_the_same_day_looked_at_twice_mails_once(cast, remind):
    give_paper(cast.bob, expires_on=in_days(7))
    give_paper(cast.chloe, expires_on=in_days(30))
    assert len(remind()) == 1
    assert len(remind()) == 1
