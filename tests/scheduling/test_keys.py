"""A key belongs to one request: another one with it is refused in words, and moves nothing."""

from __future__ import annotations

import ast
import inspect
from datetime import timedelta
from pathlib import Path

import pytest

from core.database import db
from core.idempotency import KeyReusedError
from scheduling.appointments.models import Appointment
from scheduling.booking.operations import holding
from tests.concurrency.test_booking_race import TEN

PACKAGES = ("security", "uploads", "bubbles", "caregiver", "patient", "scheduling", "messaging")
LATER = TEN + timedelta(hours=1)


def wanted(cast, hour, key):
    return {
        "avec": f"{cast.enrolment.id}-{cast.bob.id}",
        "type": str(cast.type.id),
        "heure": hour.isoformat(),
        "cle": key,
    }


@pytest.mark.both_databases
def test_a_key_that_kept_one_hour_never_moves_to_another(cast, sign_in, page, database):
    jeanne, url, key = sign_in(cast.jeanne), "/rendez-vous/nouveau/heure", "a" * 43
    assert jeanne.post(url, data=wanted(cast, TEN, key)).status_code == 302
    assert jeanne.post(url, data=wanted(cast, TEN, key)).status_code == 302  # twice is once
    refused = jeanne.post(url, data=wanted(cast, LATER, key))
    assert refused.status_code == 422
    assert "Vous aviez déjà choisi un autre créneau sur cette page" in page(refused).text
    [held] = db.session.query(Appointment).all()
    assert held.starts_at == TEN
    db.session.rollback()
    fresh = page(refused).inputs["cle"]  # the page that says so carries a new key: one press more
    assert fresh != key
    assert jeanne.post(url, data=wanted(cast, LATER, fresh)).status_code == 302
    db.session.rollback()
    assert {row.starts_at for row in db.session.query(Appointment) if row.status == "held"} == {
        LATER
    }


def test_every_answer_of_a_request_is_in_what_the_key_remembers(cast):
    """Said before, or not: two different requests."""
    common = {
        "consultation_type": cast.type,
        "caregiver": cast.bob,
        "starts_at": TEN,
        "key": "k" * 32,
    }
    holding.hold_slot(cast.jeanne, cast.enrolment, is_new=True, **common)
    with pytest.raises(KeyReusedError):
        holding.hold_slot(cast.jeanne, cast.enrolment, is_new=False, **common)


def test_whoever_keeps_a_key_says_what_it_was_used_for():
    """Read from the code: the request that goes with a key names more than the key's purpose."""
    root = Path(inspect.getfile(holding)).parents[3]
    calls = [
        (path.name, [ast.unparse(part) for part in node.args])
        for package in PACKAGES
        for path in (root / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "once"
    ]
    assert len(calls) >= 8
    for name, parts in calls:
        assert len(parts) == 5, (name, parts)
        assert parts[3] not in {"''", parts[1], parts[2]}, (name, parts)


def test_a_paper_sent_with_a_used_key_is_refused_in_words(cast, sign_in, page):
    import io

    from caregiver.queries import list_documents_for
    from tests.uploads.conftest import make_pdf

    def send(kind):
        sent = {"type": kind, "key": "a" * 43, "files": (io.BytesIO(make_pdf()), "a.pdf")}
        return bob.post("/parametres/documents", data=sent)

    bob = sign_in(cast.bob)
    assert send("diploma").status_code == 302
    refused = send("bank_details")
    assert refused.status_code == 422
    assert "Ce formulaire a déjà été envoyé" in page(refused).text
    assert page(refused).inputs["key"] != "a" * 43
    assert len(list_documents_for(cast.bob)) == 1
