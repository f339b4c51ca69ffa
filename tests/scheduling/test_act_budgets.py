"""How many statements an act on an appointment may cost, through its page."""

from __future__ import annotations

import re

import pytest

from tests.scheduling.conftest import paris

TUESDAY = "2026-11-24"
BUDGETS = {"hold": 16, "confirm": 16, "move": 22, "cancel": 16}
"""These may only fall."""
LOCK = {"sqlite": 0, "postgresql": 3}
"""On PostgreSQL the row is read, its agendas are locked, and it is read anew."""


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

    def hold(hour: str) -> str:
        return act(
            "hold",
            "/rendez-vous/nouveau/heure",
            avec=f"{cast.enrolment.id}-{cast.bob.id}",
            type=cast.type.id,
            heure=paris(f"{TUESDAY} {hour}").isoformat(),
            cle=f"key-{hour}",
        )

    hold("09:00")
    number = re.search(r"/(\d+)/", hold("10:00")).group(1)
    act("confirm", f"/rendez-vous/{number}/confirmation")
    act("move", f"/rendez-vous/{number}/deplacement", heure=paris(f"{TUESDAY} 11:00").isoformat())
    act("cancel", f"/rendez-vous/{number}/annulation")
    assert {
        name: most for name, most in told.items() if most > BUDGETS[name] + LOCK[database]
    } == {}
