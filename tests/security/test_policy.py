"""Who may do what with an account, as a table; and where the page is found."""

from __future__ import annotations

import pytest

from core.authorization import Anonymous, System, can
from core.database import db
from core.page_slots import filled
from security.models import Session
from security.policy import AccountPermission as May

TABLE = {
    #                           herself, a stranger, a visitor, the system
    May.SIGN_IN: (True, True, True, True),
    May.SIGN_UP: (True, True, True, True),
    May.CHANGE_PASSWORD: (True, False, False, False),
    May.MANAGE_SECOND_STEPS: (True, False, False, False),
    May.OPEN_SESSION: (False, False, False, True),
    May.LINK_FIRST_ACCOUNT: (False, False, False, True),
}


@pytest.mark.parametrize("permission", TABLE)
def test_rights_over_an_account(app, cast, permission):
    actors = (cast.jeanne, cast.mallory, Anonymous(), System("tests"))
    answers = tuple(can(actor, permission, cast.jeanne) for actor in actors)
    assert answers == TABLE[permission]


def test_rights_over_a_session(app, cast, sign_in):
    sign_in(cast.jeanne)
    session = db.session.query(Session).one()
    actors = (cast.jeanne, cast.mallory, cast.alice, Anonymous(), System("tests"))
    answers = [can(actor, May.END_SESSION, session) for actor in actors]
    assert answers == [True, False, False, False, True]


@pytest.mark.covers("M46")
def test_the_page_is_reached_from_the_menu_and_from_the_overview(app, cast):
    with app.test_request_context():
        for slot in ("settings_menu", "settings_card"):
            assert "/parametres/securite" in [one.url for one in filled(slot, cast.bob)]
        rows = {row.label: row for row in filled("account_row", cast.jeanne)}
    assert rows["Double authentification"].state == "Activée"
    assert rows["Codes de secours"].text == "Aucun"
    assert rows["Mot de passe"].url == "/parametres/securite#mot-de-passe"
