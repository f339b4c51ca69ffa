"""The counter of a booking counts what is really asked: no jump, and the last page is the last."""

from __future__ import annotations

import re

import pytest


def place_of(shown) -> tuple[int, int]:
    found = re.search(r"Étape (\d) sur (\d)", shown.text)
    assert found, shown.title
    return int(found[1]), int(found[2])


def walk(client, page, address: str) -> list[tuple[int, int]]:
    """Answer every question with its first answer, up to the confirmation."""
    places = []
    for _turn in range(9):
        shown = page(client.get(address, follow_redirects=True))
        if "Étape" not in shown.text:
            break
        places.append(place_of(shown))
        form = re.search(r'<form class="form" method="get" action="([^"]+)"', shown.html)
        if form is None:
            break
        names = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown.html))
        chosen = re.search(r'<input type="radio"[^>]* name="(\w+)" value="([^"]*)"', shown.html)
        assert chosen
        answers = {**names, chosen[1]: chosen[2]}
        address = form[1] + "?" + "&".join(f"{name}={value}" for name, value in answers.items())
    return places


@pytest.mark.parametrize("start", ["/rendez-vous/nouveau"])
def test_steps_go_one_by_one_to_the_hours(cast, sign_in, page, start):
    places = walk(sign_in(cast.jeanne), page, start)
    assert len(places) >= 3
    numbers = [number for number, _total in places]
    assert numbers == list(range(1, len(numbers) + 1)), places
    totals = [total for _number, total in places]
    assert totals == sorted(totals, reverse=True), "what is known is left out, nothing comes on top"
    last_number, last_total = places[-1]
    assert last_total == last_number + 1, "after the hours only the confirmation is left"
