"""Hours on another clock: the calculations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.openings import WeeklyRange
from scheduling.place_clock import Stretch, first_overlap, in_safe_order, same_hour, shift_week
from tests.scheduling.clock_steps import NOUMEA, noumea
from tests.scheduling.conftest import paris


def test_the_same_hour_on_another_clock():
    assert same_hour(paris("2026-11-24 10:30"), "Europe/Paris", NOUMEA) == noumea(
        "2026-11-24 10:30"
    )
    assert same_hour(paris("2027-03-14 02:30"), "Europe/Paris", "America/Miquelon") is None


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (60, [(6, 23 * 60, 1440), (0, 0, 60)]),
        (-23 * 60, [(5, 23 * 60, 1440), (6, 0, 60)]),
        (120, [(0, 0, 120)]),
        (0, [(6, 22 * 60, 1440)]),
    ],
)
def test_a_weekly_range_is_cut_at_midnight_and_the_week_goes_round(minutes, expected):
    parts = shift_week(WeeklyRange(6, 22 * 60, 1440), minutes)
    assert [(one.weekday, one.start, one.end) for one in parts] == expected


def test_what_goes_later_leaves_last_and_overlaps_are_found():
    at = [datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in range(10, 16)]
    rows = [Stretch(number, 1, at[number], at[number + 1]) for number in range(3)]
    later = in_safe_order((one, one.start + timedelta(hours=1)) for one in rows)
    assert [one.id for one, _start in later] == [2, 1, 0]
    earlier = in_safe_order((one, one.start - timedelta(hours=1)) for one in rows)
    assert [one.id for one, _start in earlier] == [0, 1, 2]
    assert first_overlap(rows, []) is None
    assert first_overlap(rows, [Stretch(9, 2, at[0], at[5])]) is None
    assert first_overlap(rows, [Stretch(9, 1, at[2], at[3])]) is not None
    assert first_overlap([], [Stretch(8, 1, at[0], at[2]), Stretch(9, 1, at[1], at[3])]) is None
