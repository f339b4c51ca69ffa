"""How many statements an act on an appointment may cost, through its page."""

from __future__ import annotations

import re

import pytest

from scheduling.appointments.operations.booking_for import book_for
from tests.scheduling.conftest import paris

TUESDAY = "2026-11-24"
BUDGETS = {"first hold": 8, "hold": 9, "confirm": 9, "move": 14, "cancel": 9}
"""These may only fall; another hold gives up the one before."""
LOCK = {"sqlite": 0, "postgresql": 1}
"""On PostgreSQL the agendas are locked by a statement."""


@pytest.mark.both_databases
def test_holding_confirming_moving_and_cancelling_stay_within_their_budgets(
    cast, sign_in, count_queries, database
):
    page = sign_in(cast.jeanne)
    told: dict[str, int] = {}

    def act(name: str, url: str, **fields):
        with count_queries() as count:
            answer = page.post(url, data=fields)
        assert answer.status_code == 302, answer.text
        told[name] = sum(not one.startswith("BEGIN") for one in count.statements)
        return answer.location

    def hold(hour: str, name: str = "hold") -> str:
        return act(
            name,
            "/rendez-vous/nouveau/heure",
            avec=f"{cast.enrolment.id}-{cast.bob.id}",
            type=cast.type.id,
            heure=paris(f"{TUESDAY} {hour}").isoformat(),
            cle=f"key-{hour}",
        )

    hold("09:00", "first hold")
    number = re.search(r"/(\d+)/", hold("10:00")).group(1)
    act("confirm", f"/rendez-vous/{number}/confirmation")
    act("move", f"/rendez-vous/{number}/deplacement", heure=paris(f"{TUESDAY} 11:00").isoformat())
    act("cancel", f"/rendez-vous/{number}/annulation")
    assert {
        name: most for name, most in told.items() if most > BUDGETS[name] + LOCK[database]
    } == {}


@pytest.mark.on_postgresql
def test_a_door_knows_whose_turn_to_wait_for_before_it_asks_anything(cast, count_queries, database):
    hour, keeper, place, kind = paris(f"{TUESDAY} 09:00"), cast.bob, cast.enrolment, cast.type
    assert keeper.id  # at hand, as who is signed in
    with count_queries() as count:
        book_for(keeper, place, consultation_type=kind, hours=[hour])
    first = next(asked for asked in count.statements if not asked.startswith("BEGIN"))
    assert "FOR NO KEY UPDATE" in first
