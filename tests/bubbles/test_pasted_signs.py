"""What lists carry beside letters: encoded controls, half characters, marks that turn a line."""

from __future__ import annotations

import unicodedata

import pytest
from sqlalchemy import select

from bubbles.forms.pasted import read_pasted
from bubbles.models import Invitation
from core.database import db

MAIL = "=?{}?Q?{}?= <ana@example.org>"
CARD = (
    "BEGIN:VCARD\nN;ENCODING=QUOTED-PRINTABLE;CHARSET={}:{};Ana\nEMAIL:ana@example.org\nEND:VCARD"
)
LISTS = {
    "a NUL in a mail header": MAIL.format("utf-8", "Ana=00_Dupont=00"),
    "half a character in a mail header": MAIL.format("utf-7", "Ana_+2AA-Dupont"),
    "half a character spelled out": MAIL.format("unicode_escape", "Ana_=5Cud800Dupont"),
    "a NUL in a card": CARD.format("utf-8", "=00Dupont"),
    "half a character in a card": CARD.format("raw_unicode_escape", "=5Cud800Dupont"),
    "a name turned round": '"\u202eDupont, Ana\u202c" <ana@example.org>',
    "a table turned round": "nom;prénom;courriel\n\u2067Dupont;Ana\u202e;ana@example.org",
    "controls in a table": "nom;prénom;courriel\nDu\x1bpont;A\x7fna\x01;ana@example.org",
    "controls by hand": "Ana\x08 Dup\x1bont <ana@example.org>",
}
NO_ADDRESS = {
    "without an address": "=?unicode_escape?Q?Ana_=5Cud800=5Cx00Dupont?=",
    "with a broken one": CARD.format("utf-8", "Dupont").replace(
        "EMAIL:ana", "EMAIL;QUOTED-PRINTABLE;CHARSET=unicode_escape:=5Cud800=00"
    ),
}


def paste(browser, cast, addresses):
    return browser.post(
        f"/bulles/{cast.bubble.id}/invitations/plusieurs",
        data={"invited_as": "caregiver", "addresses": addresses, "key": "k1"},
    )


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_a_name_of_a_list_holds_what_a_name_of_a_form_may_hold(text):
    [person] = read_pasted(text)
    assert (person.email, person.given_name, person.family_name) == (
        "ana@example.org",
        "Ana",
        "Dupont",
    )
    assert not {"Cc", "Cf", "Cs"} & {unicodedata.category(sign) for sign in person.text}


@pytest.mark.both_databases
@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_it_is_invited_under_that_name(cast, sign_in, database, text):
    alice = sign_in(cast.alice)
    answer = paste(alice, cast, text)
    assert answer.status_code in {302, 303}
    shown = alice.get(answer.location)
    assert shown.status_code == 200
    invitation = db.session.scalars(select(Invitation)).one()
    assert (invitation.given_name, invitation.family_name) == ("Ana", "Dupont")


@pytest.mark.both_databases
@pytest.mark.parametrize("text", NO_ADDRESS.values(), ids=NO_ADDRESS)
def test_what_cannot_be_read_comes_back_to_be_corrected(cast, sign_in, database, text):
    alice = sign_in(cast.alice)
    answer = paste(alice, cast, text)
    assert answer.status_code == 303
    shown = alice.get(answer.location)
    assert shown.status_code == 200
    assert "Dupont" in shown.get_data(as_text=True)


def test_joiners_that_spelling_needs_stay():
    [person] = read_pasted("Rouhi\u200cye Moradi <r@example.org>")
    assert person.given_name == "Rouhi\u200cye"
