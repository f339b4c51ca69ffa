"""What every act about an appointment gives to people today: mails, texts, calls, pages, feeds.

Each section of ``data/*.txt`` is one act, done by one person, with accounts for some. A line that
differs is a behaviour that changed: when it was meant, ``APPROVE=1`` writes the files anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.approved import Approved, is_approving
from tests.scheduling.golden import acts_around, acts_of_caregivers, acts_of_patients

APPROVED = Approved(Path(__file__).parent / "data")
GROUPS = (
    acts_of_patients.holding,
    acts_of_patients.booking,
    acts_of_patients.moving,
    acts_of_patients.cancelling,
    acts_of_caregivers.booking_for,
    acts_of_caregivers.changing,
    acts_of_caregivers.marking,
    acts_of_caregivers.settling,
    acts_around.waiting_list,
    acts_around.ending,
    acts_around.changing_zone,
)
CASES = {(case.act, case.title): case for group in GROUPS for case in group()}
ONE_OF_EACH = {case.act: case for case in CASES.values()}


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: f"{case.act}: {case.title}")
def test_an_act_gives_what_is_approved(record, case):
    APPROVED.compare(case.act, case.title, record(case.accounts, case.before, case.do))


@pytest.mark.on_postgresql
@pytest.mark.parametrize("case", ONE_OF_EACH.values(), ids=lambda case: f"{case.act}: {case.title}")
def test_an_act_gives_the_same_on_the_other_database(record, case):
    if is_approving():
        pytest.skip("what is approved is what the other test records")
    APPROVED.compare(case.act, case.title, record(case.accounts, case.before, case.do))


@pytest.mark.parametrize("act", sorted({act for act, _title in CASES}))
def test_nothing_else_is_approved(act):
    APPROVED.keep_only(act, {title for other, title in CASES if other == act})
