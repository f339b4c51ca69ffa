"""The mails of a changed time zone, word for word, in both languages."""

from __future__ import annotations

import pytest

from bubbles.vocabulary import Kept
from core.database import db
from core.transaction import transaction
from security.models import User
from tests.scheduling.clock_steps import NOUMEA, change, promise
from tests.scheduling.test_mails import EXPECTED, SECRETS, plain

__all__ = ["change", "promise"]


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.covers("U12")
def test_what_people_read_of_another_clock(cast, promise, change, outbox, locale):
    with transaction():
        for person in (cast.jeanne, cast.bob):
            db.session.get_one(User, person.id).locale = locale
    promise("2026-12-08 10:00")
    promise("2026-12-08 15:30")
    change(NOUMEA, Kept.HOURS)
    change("Europe/Paris", Kept.INSTANTS)
    shown = []
    for mail in outbox.mails():
        for secret in SECRETS:
            assert secret not in mail.subject + mail.text + mail.html
        shown.append(f"[{mail.to.partition('@')[0]}] {plain(mail.subject)}\n\n{plain(mail.text)}")
    written = "\n\n════\n\n".join(shown) + "\n"
    assert written == (EXPECTED / f"clock_{locale}.txt").read_text("utf-8")
