"""Deciding for somebody who has no account, and changing one's mind from the mail."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import Locator, expect

from demo.vocabulary import MADELEINE, NADEGE
from tests.browser.navigator import TO_CONFIRM, Navigator, People

KIND = "Passage à domicile"
CONFIRMED = "Votre rendez-vous du"
MOVED = "Votre rendez-vous est déplacé"
CANCELLED = "est annulé"


@pytest.mark.covers("M70", "M71", "M72", "M76", "M77")
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_appointment_for_a_relative_is_moved_and_cancelled_from_its_mails(
    people: People, scripts: bool
) -> None:
    madeleine = people.meet(MADELEINE, scripts=scripts, width=390)
    nadege = people.meet(NADEGE, scripts=scripts)
    reader = people.meet("somebody@example.org", scripts=scripts, width=390)
    madeleine.sign_in()
    nadege.sign_in()

    hour = she_books_for_her_husband(madeleine)
    is_in_the_agenda(nadege, hour)
    nadege.follow("Jean Ferrand", within=line_of(nadege, hour))
    nadege.sees("Comment entre-t-on chez vous ?")
    nadege.sees("Je viens ouvrir")

    new = the_mail_moves_it(madeleine, reader, hour)
    is_in_the_agenda(nadege, new)
    the_mail_cancels_it(madeleine, reader)
    nadege.page.reload()
    expect(line_of(nadege, new)).to_have_count(0)
    madeleine.open("/rendez-vous?liste=annules")
    madeleine.sees("pour Jean Ferrand")


def she_books_for_her_husband(madeleine: Navigator) -> datetime:
    madeleine.reaches_hours(NADEGE.name, KIND, whom="Jean Ferrand")
    hour = madeleine.offered_hours()[-1]  # far enough to be changed without a call
    madeleine.takes(hour)
    madeleine.sees_title(TO_CONFIRM)
    madeleine.sees("Jean Ferrand")
    madeleine.press("Confirmer ce rendez-vous")
    madeleine.sees_title("C’est confirmé.")
    return hour


def the_mail_moves_it(madeleine: Navigator, reader: Navigator, hour: datetime) -> datetime:
    reader.open(madeleine.mailbox.next(MADELEINE.email, CONFIRMED).link("/r/"))
    reader.sees_title("Votre rendez-vous")
    reader.sees("Jean")
    expect(reader.page.get_by_text("Ferrand")).to_have_count(0)
    expect(reader.page.get_by_text(KIND)).to_have_count(0)
    reader.follow("Déplacer ce rendez-vous")
    reader.sees_title("Quel jour et quelle heure à la place ?")
    new = next(one for one in reversed(reader.offered_hours()) if one != hour)
    reader.takes(new)
    reader.sees("Votre rendez-vous a une nouvelle heure")
    return new


def the_mail_cancels_it(madeleine: Navigator, reader: Navigator) -> None:
    reader.open(madeleine.mailbox.next(MADELEINE.email, MOVED).link("/r/"))
    reader.follow("Annuler ce rendez-vous")
    reader.sees_title("Annuler ce rendez-vous ?")
    reader.press("Annuler ce rendez-vous")
    reader.sees("Votre rendez-vous est annulé")
    assert "Jean" not in madeleine.mailbox.next(MADELEINE.email, CANCELLED).text
    expect(reader.page.get_by_role("link", name="Déplacer ce rendez-vous")).to_have_count(0)


def line_of(nadege: Navigator, hour: datetime) -> Locator:
    """Return the line of the day on which the husband comes at this hour."""
    at = nadege.page.locator(f'time[datetime="{hour.isoformat()}"]')
    return nadege.page.locator("main li").filter(has=at).filter(has_text="Jean Ferrand")


def is_in_the_agenda(nadege: Navigator, hour: datetime) -> None:
    """Open the day: the appointment is there at this hour."""
    nadege.open(f"/agenda/jour/{hour:%Y-%m-%d}")
    expect(line_of(nadege, hour)).to_have_count(1)
