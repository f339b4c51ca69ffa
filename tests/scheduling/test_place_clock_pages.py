"""Changing the time zone of a bubble, as its administrator meets it."""

from __future__ import annotations

from datetime import timedelta

from bubbles.models import Bubble
from core import clock
from core.database import db
from core.transaction import transaction
from tests import factories as make
from tests.scheduling.clock_steps import NOUMEA, alone, change, noumea, promise
from tests.scheduling.conftest import paris

__all__ = ["change", "promise"]


def post(browser, cast, **typed):
    path = f"/bulles/{cast.bubble.id}/informations/modifier"
    data = {"name": "Les Tilleuls", "version": "0", "time_zone": NOUMEA, "town": "Balma"}
    return browser.post(path, data={**data, **typed})


def test_the_form_says_how_much_is_concerned_and_asks_without_choosing(
    cast, promise, sign_in, page, reload
):
    booked = promise("2026-11-24 10:30")
    with transaction():
        make.absence(cast.bob, paris("2026-12-02 00:00"), paris("2026-12-04 00:00"))
    alice = sign_in(cast.alice)
    answer = post(alice, cast)
    asked = page(answer)
    assert answer.status_code == 422
    for words in (
        "De l’heure de Paris à l’heure de Nouméa",
        "1 rendez-vous à venir",
        "10 plages d’horaires de la semaine",
        "1 absence ou temps bloqué",
        "Mardi 24 novembre à 10 h 30 (heure de Paris)",
        "mardi 24 novembre à 10 h 30 (heure de Nouméa), soit mardi 24 novembre à 0 h 30",
        "En gardant l’instant : mardi 24 novembre à 20 h 30 (heure de Nouméa)",
        "Les deux fuseaux n’ont pas le même écart toute l’année",
        "Garder les heures affichées (10 h 30 reste 10 h 30)",
        "Garder l’instant",
    ):
        assert words in asked.text.replace("\u00a0", " "), words
    assert 'value="hours" checked' not in asked.html
    assert 'value="instants" checked' not in asked.html
    assert asked.inputs["town"] == "Balma", "what was typed is carried along"
    assert db.session.get_one(Bubble, cast.bubble.id).time_zone == "Europe/Paris"
    assert reload(booked).starts_at == paris("2026-11-24 10:30")

    nothing = post(alice, cast, **asked.inputs)
    assert nothing.status_code == 422
    assert "Choisissez ce qui doit rester" in page(nothing).text

    back = page(post(alice, cast, **asked.inputs, retour="1"))
    assert back.inputs["town"] == "Balma"

    done = post(alice, cast, **asked.inputs, keep="hours")
    assert done.status_code == 302
    assert db.session.get_one(Bubble, cast.bubble.id).town == "Balma"
    assert reload(booked).starts_at == noumea("2026-11-24 10:30")


def test_an_answer_holds_only_for_the_zone_that_it_was_asked_about(cast, promise, sign_in, reload):
    booked = promise("2026-11-24 10:30")
    answer = post(
        sign_in(cast.alice), cast, keep="hours", asked_zone=NOUMEA, time_zone="Indian/Reunion"
    )
    assert answer.status_code == 422
    assert reload(booked).starts_at == paris("2026-11-24 10:30")


def test_where_nothing_depends_on_it_the_zone_changes_without_a_question(cast, sign_in, outbox):
    alone(cast)
    assert post(sign_in(cast.alice), cast).status_code == 302
    assert db.session.get_one(Bubble, cast.bubble.id).time_zone == NOUMEA
    assert outbox.mails(to=cast.bob) == []


def test_a_form_that_leaves_the_zone_asks_nothing(cast, promise, sign_in, reload):
    booked = promise("2026-11-24 10:30")
    assert post(sign_in(cast.alice), cast, time_zone="Europe/Paris").status_code == 302
    assert reload(booked).sequence == 0


def test_a_conflict_is_said_in_words_and_nothing_changes(cast, promise, sign_in, page, reload):
    booked = promise(clock.now() + timedelta(hours=5))
    alice = sign_in(cast.alice)
    asked = page(post(alice, cast)).inputs
    refused = post(alice, cast, **asked, keep="hours")
    assert refused.status_code == 409
    assert "elle est déjà passée" in page(refused).text
    assert (reload(booked).sequence, reload(booked).starts_at) == (0, booked.starts_at)
    assert post(alice, cast, **asked, keep="instants").status_code == 302
