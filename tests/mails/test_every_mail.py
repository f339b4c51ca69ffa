"""Every mail of the product, word for word, in both languages, as acts let it leave.

What is approved stands in ``data/``; ``APPROVE=1`` writes it anew.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.approved import Approved
from tests.mails import of_accounts, of_appointments, of_teams

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.mails.teller import Teller

APPROVED = Approved(Path(__file__).parent / "data")
SUBJECTS: dict[str, Mapping[str, Callable[[Teller], None]]] = {
    "accounts": of_accounts.STORIES,
    "teams": of_teams.STORIES,
    "appointments": of_appointments.STORIES,
}
STORIES = [(subject, title) for subject, stories in SUBJECTS.items() for title in stories]
FILES = [f"{subject}.{locale}" for subject in SUBJECTS for locale in ("fr", "en")]


@pytest.mark.parametrize(("subject", "title"), STORIES)
def test_a_story_is_told_as_approved(teller, subject, title):
    SUBJECTS[subject][title](teller)
    lines = teller.lines()
    assert lines, "nothing has left"
    APPROVED.compare(f"{subject}.{teller.locale}", title, lines)


@pytest.mark.parametrize("name", FILES)
def test_nothing_else_is_approved(name):
    APPROVED.keep_only(name, set(SUBJECTS[name.partition(".")[0]]))


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_template_of_a_mail_is_told(locale):
    folder = Path("templates/emails")
    files = (path.relative_to(folder) for path in folder.rglob("*.html"))
    templates = {str(path.with_suffix("")) for path in files if not path.name.startswith("_")}
    told = {
        found.group(1)
        for subject in SUBJECTS
        for lines in APPROVED.sections_of(f"{subject}.{locale}").values()
        for line in lines
        if (found := re.match(r"mail to \S+, (\S+): ", line))
    }
    assert told == templates


SECRETS = ("Suivi", "Roques", "jambe")
"""The motive, the patient's name, the reason of a cancellation."""


@pytest.mark.covers("U12")
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_no_mail_about_an_appointment_says_why_or_for_whom(locale):
    told = APPROVED.sections_of(f"appointments.{locale}")
    assert told
    text = "\n".join(line for lines in told.values() for line in lines)
    assert [secret for secret in SECRETS if secret in text] == []
