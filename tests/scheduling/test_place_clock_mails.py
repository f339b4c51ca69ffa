"""The mails of a changed time zone, word for word, in both languages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from bubbles.vocabulary import Kept
from core import clock
from core.database import db
from core.transaction import transaction
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.replanning.models import HourProposal
from scheduling.waiting_list.models import WaitingListEntry
from security.models import User
from tests import factories as make
from tests.scheduling.clock_steps import NOUMEA, change, promise
from tests.scheduling.conftest import paris

__all__ = ["change", "promise"]


EXPECTED = Path(__file__).parent / "mails"
SECRETS = ("Suivi", "Roques", "Les Tilleuls,", "jambe")
"""The motive, the patient, the name of the bubble, the reason of a cancellation."""


def plain(text: str) -> str:
    text = re.sub(r"(/r/)[\w-]{20,}", r"\1…", text.replace("\u00a0", " "))
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.covers("U12")
def test_what_people_read_of_another_clock(cast, promise, change, outbox, locale):
    with transaction():
        for person in (cast.jeanne, cast.bob):
            db.session.get_one(User, person.id).locale = locale
    promise("2026-12-08 10:00")
    promise("2026-12-08 15:30")
    change(NOUMEA, Kept.HOURS)
    outbox.deliver()
    change("Europe/Paris", Kept.INSTANTS)
    shown = []
    for mail in outbox.mails():
        for secret in SECRETS:
            assert secret not in mail.subject + mail.text + mail.html
        shown.append(f"[{mail.to.partition('@')[0]}] {plain(mail.subject)}\n\n{plain(mail.text)}")
    written = "\n\n════\n\n".join(shown) + "\n"
    assert written == (EXPECTED / f"clock_{locale}.txt").read_text("utf-8")


# ── An hour that waits for an answer ──────────────────────────────────────────────────────────


def propose(cast, promise, *, left: timedelta) -> None:
    standing = promise("2026-11-24 10:30")
    kept = promise(
        "2026-11-25 15:00",
        status=AppointmentStatus.HELD,
        held_until=clock.now() + timedelta(days=1),
    )
    with transaction():
        db.session.add(
            HourProposal(
                appointment_id=standing.id,
                hold_id=kept.id,
                starts_at=kept.starts_at,
                expires_at=clock.now() + left,
                created_at=clock.now(),
            )
        )


def offer(cast, promise, *, left: timedelta) -> None:
    promise("2026-12-08 10:00")
    with transaction():
        entry = WaitingListEntry(
            enrolment_id=cast.enrolment.id,
            consultation_type_id=cast.type.id,
            not_before=date(2026, 11, 25),
            created_at=clock.now(),
        )
        db.session.add(entry)
        db.session.flush()
        make.waiting_list_offer(entry, cast.agenda, paris("2026-11-25 15:00"), clock.now() + left)


SUBJECT = "Le fuseau horaire du créneau qui vous est proposé a changé"


def asked_again(outbox) -> list[str]:
    return [plain(mail.text) for mail in outbox.mails() if mail.subject == SUBJECT]


@pytest.mark.both_databases
@pytest.mark.parametrize("ask", [propose, offer])
def test_who_was_asked_reads_the_hour_on_the_new_clock_before_they_answer(
    cast, promise, change, outbox, ask
):
    ask(cast, promise, left=timedelta(hours=20))
    change(NOUMEA, Kept.INSTANTS)
    [said] = asked_again(outbox)
    assert "était à l’heure de Paris ; il est maintenant à l’heure de Nouméa" in said
    assert "Jeudi 26 novembre 2026, 1 h (heure de Nouméa)" in said
    assert "Avant : mercredi 25 novembre à 15 h (heure de Paris)" in said
    assert "est gardé" in said


@pytest.mark.parametrize("ask", [propose, offer])
def test_who_was_asked_is_told_that_the_hour_stays_and_until_when(
    cast, promise, change, outbox, ask
):
    ask(cast, promise, left=timedelta(hours=20))
    change(NOUMEA, Kept.HOURS)
    [said] = asked_again(outbox)
    assert "L’heure que vous connaissez reste la même." in said
    assert "Mercredi 25 novembre 2026, 15 h (heure de Nouméa)" in said
    assert "Avant" not in said


@pytest.mark.parametrize("ask", [propose, offer])
def test_each_change_is_told_and_what_is_over_is_not(cast, promise, change, outbox, ask, travel_to):
    ask(cast, promise, left=timedelta(hours=20))
    for zone in (NOUMEA, "Europe/Paris", NOUMEA):
        change(zone, Kept.INSTANTS)
        travel_to(clock.now() + timedelta(hours=1))
    assert len(asked_again(outbox)) == 3
    travel_to(clock.now() + timedelta(hours=18))
    change("Europe/Paris", Kept.INSTANTS)
    assert len(asked_again(outbox)) == 3
