"""The mails and texts of agendas, word for word, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.database import db
from core.transaction import transaction
from scheduling.appointments.models import Appointment
from scheduling.calendars import emails as calendar_mails
from scheduling.calendars.models import FeedLink
from scheduling.calendars.vocabulary import DetailLevel
from scheduling.notices import emails
from scheduling.notices.emails import moves, reminders, texts
from scheduling.notices.vocabulary import Said
from scheduling.replanning.models import HourProposal
from scheduling.replanning.vocabulary import ProposalAnswer
from security.models import User
from tests import factories as make
from tests.scheduling.conftest import paris

EXPECTED = Path(__file__).parent / "mails"
SECRETS = ("Suivi", "Roques", "Les Tilleuls,", "jambe")
"""The motive, the patient, the name of the bubble, the reason of a cancellation."""


def plain(text: str) -> str:
    text = re.sub(r"(/r/)[\w-]{20,}", r"\1…", text.replace("\u00a0", " "))
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@pytest.fixture
def story(cast):
    """Two appointments of Jeanne's with Bob, one link, one proposal, in one language."""

    def tell(locale: str):
        with transaction():
            for person in (cast.jeanne, cast.bob):
                db.session.get_one(User, person.id).locale = locale
            one, two = (
                make.appointment(cast.agenda, cast.enrolment, cast.type, paris(when))
                for when in ("2026-12-08 10:00", "2026-12-08 15:30")
            )
            one.cancellation_reason = "Une jambe cassée"
            kept = make.appointment(
                cast.agenda, cast.enrolment, cast.type, paris("2026-12-09 09:00")
            )
            proposal = HourProposal(
                appointment_id=one.id,
                hold_id=kept.id,
                starts_at=kept.starts_at,
                expires_at=paris("2026-12-01 12:00"),
                created_at=paris("2026-11-23 08:00"),
                answer=ProposalAnswer.ACCEPTED,
            )
            link = FeedLink(
                agenda_id=cast.agenda.id,
                name="Téléphone",
                token="x" * 43,
                token_hash="h" * 64,
                detail_level=DetailLevel.DISCREET,
                created_at=paris("2026-11-01 08:00"),
                last_fetched_at=paris("2026-11-10 08:00"),
                last_program="iOS/26.1 dataaccessd/1.0",
            )
            db.session.add_all([proposal, link])
        return one, two, proposal, link

    return tell


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.covers("U12")
def test_what_people_read(cast, story, outbox, locale):
    one, two, proposal, link = story(locale)
    patient = db.session.get_one(User, cast.jeanne.id)
    with transaction():
        emails.confirmed(one, patient)
        emails.booked(one)
        moves.moved(one, patient)
        moves.moved_for_caregiver(one)
        moves.booked_for([one], patient)
        moves.booked_for([two, one], patient)
        moves.proposed(proposal, patient)
        moves.answered(proposal)
        reminders.reminder([one], patient)
        reminders.reminder([one, two], patient)
        emails.cancelled_for_caregiver(one)
        emails.cancelled([two], patient)
        emails.cancelled([one, two], patient)
        calendar_mails.silent(link)
        calendar_mails.read_elsewhere(link, "Thunderbird/140")
    shown = []
    for mail in outbox.mails():
        for secret in SECRETS:
            assert secret not in mail.subject + mail.text + mail.html
        shown.append(f"[{mail.to.partition('@')[0]}] {plain(mail.subject)}\n\n{plain(mail.text)}")
    one = db.session.get_one(Appointment, one.id)
    for said in Said:
        words = texts.compose(one, patient, said, "https://example.org/r/…")
        shown.append(f"[{said}] {plain(words)}")
    written = "\n\n════\n\n".join(shown) + "\n"
    assert written == (EXPECTED / f"{locale}.txt").read_text("utf-8")
