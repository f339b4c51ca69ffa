"""What stands around every page of a signed-in person is read in one statement, at each request."""

from __future__ import annotations

import pytest

from core.frame import frame
from core.transaction import transaction
from tests import factories as make
from tests.asking import request_of


def test_the_frame_is_one_statement_however_often_it_is_asked(app, cast, count_queries):
    with request_of(app, cast.bob, "/"), count_queries() as count:
        assert [frame().is_staff for _again in range(5)] == [True] * 5
        assert frame().has_agenda
        assert frame().profession == "Infirmier"
    assert len([one for one in count.statements if one.startswith("SELECT")]) == 1


@pytest.mark.both_databases
def test_each_person_has_their_own_frame(app, cast, database):
    for person, is_staff, is_admin in ((cast.alice, True, True), (cast.jeanne, False, False)):
        with request_of(app, person, "/"):
            asked = frame()
            assert (asked.is_staff, asked.is_admin) == (is_staff, is_admin)
            assert (asked.unread, asked.has_hold, asked.has_offer, asked.has_reset) == (
                0, False, False, False,
            )  # fmt: skip


def test_what_an_operation_changes_shows_in_the_same_request(app, cast):
    with request_of(app, cast.mallory, "/"):
        assert not frame().is_caregiver
        with transaction():
            make.caregiver(cast.mallory, cast.bubble)
        assert frame().is_caregiver


def test_rights_of_yesterday_are_not_those_of_the_next_request(app, cast, sign_in, page):
    browser = sign_in(cast.jeanne)
    assert "/agenda" not in page(browser.get("/compte")).links
    with transaction():
        make.caregiver(cast.jeanne, cast.bubble)
        make.agenda(cast.jeanne, cast.bubble)
    assert "/agenda" in page(browser.get("/compte")).links


def test_a_visitor_has_no_frame_around_their_page(app, visitor, count_queries):
    with count_queries() as count:
        assert visitor.get("/connexion").status_code == 200
    assert count.statements == []
