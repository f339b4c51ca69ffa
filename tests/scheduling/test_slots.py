"""The grid of hours: what must hold for any week, and the nights when clocks change."""

from __future__ import annotations

import itertools
import os
import time as system_time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.time.intervals import Interval, merge, subtract
from scheduling.time.openings import WeeklyRange, overlapping_weekday
from scheduling.time.slots import Window, free_slots, step_of

PARIS = "Europe/Paris"
ZONES = ("Europe/Paris", "America/Martinique", "Indian/Reunion", "Pacific/Auckland", "UTC")


def day_window(on: date, zone: str = PARIS) -> Window:
    start = datetime.combine(on, datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    end = datetime.combine(on + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    return Window(start, end.astimezone(UTC) - timedelta(minutes=1))


def wall(slots, zone=PARIS):
    return [slot.astimezone(ZoneInfo(zone)).strftime("%H:%M %Z") for slot in slots]


def open_on(on: date, *ranges: tuple[int, int]) -> list[WeeklyRange]:
    return [WeeklyRange(on.weekday(), start * 60, end * 60) for start, end in ranges]


# ── An ordinary day ───────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("U10")
def test_the_last_slot_ends_exactly_with_the_hours():
    on = date(2026, 11, 24)
    slots = free_slots(open_on(on, (9, 12)), PARIS, [], 30, day_window(on))
    assert wall(slots) == [f"{h:02}:{m:02} CET" for h in (9, 10, 11) for m in (0, 30)]


def test_an_appointment_takes_its_time_and_moves_nothing_else():
    on = date(2026, 11, 24)
    busy = [(datetime(2026, 11, 24, 8, 40, tzinfo=UTC), datetime(2026, 11, 24, 9, 0, tzinfo=UTC))]
    slots = free_slots(open_on(on, (9, 12)), PARIS, busy, 30, day_window(on))
    assert wall(slots) == ["09:00 CET", "10:00 CET", "10:30 CET", "11:00 CET", "11:30 CET"]


def test_back_to_back_is_free():
    on = date(2026, 11, 24)
    busy = [
        (datetime(2026, 11, 24, 8, tzinfo=UTC), datetime(2026, 11, 24, 8, 30, tzinfo=UTC)),
        (datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
    ]
    slots = free_slots(open_on(on, (9, 11)), PARIS, busy, 30, day_window(on))
    assert wall(slots) == ["09:30 CET", "10:30 CET"]


def test_the_grid_of_a_day_does_not_depend_on_when_one_asks():
    on = date(2026, 11, 24)
    later = Window(datetime(2026, 11, 24, 8, 7, 30, tzinfo=UTC), day_window(on).latest)
    assert wall(free_slots(open_on(on, (9, 11)), PARIS, [], 30, later)) == [
        "09:30 CET",
        "10:00 CET",
        "10:30 CET",
    ]


def test_an_empty_or_reversed_window_offers_nothing():
    on = date(2026, 11, 24)
    window = day_window(on)
    reversed_window = Window(window.latest, window.earliest)
    assert free_slots(open_on(on, (9, 12)), PARIS, [], 30, reversed_window) == []


# ── Nights when clocks change ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("on", [date(2026, 3, 29), date(2027, 3, 28)])
def test_the_hour_that_clocks_skip_is_never_offered(on):
    slots = free_slots(open_on(on, (1, 5)), PARIS, [], 30, day_window(on))
    assert wall(slots) == [
        "01:00 CET",
        "01:30 CET",
        "03:00 CEST",
        "03:30 CEST",
        "04:00 CEST",
        "04:30 CEST",
    ]
    within = [WeeklyRange(6, 135, 165)]  # 2:15 to 2:45, an hour that this night does not have
    assert free_slots(within, PARIS, [], 30, day_window(on)) == []
    across = [WeeklyRange(6, 150, 240)]  # from 2:30 on: begins when the hour begins to exist
    assert wall(free_slots(across, PARIS, [], 30, day_window(on))) == ["03:00 CEST", "03:30 CEST"]


@pytest.mark.parametrize("on", [date(2026, 10, 25), date(2027, 10, 31)])
def test_the_hour_that_clocks_repeat_is_offered_twice(on):
    slots = free_slots(open_on(on, (2, 3)), PARIS, [], 30, day_window(on))
    assert wall(slots) == ["02:00 CEST", "02:30 CEST", "02:00 CET", "02:30 CET"]
    assert slots[3] - slots[1] == timedelta(hours=1)
    taken = [(slots[1], slots[1] + timedelta(minutes=30))]
    left = free_slots(open_on(on, (2, 3)), PARIS, taken, 30, day_window(on))
    assert left == [slots[0], slots[2], slots[3]]


@pytest.mark.parametrize("on", [date(2026, 3, 30), date(2026, 10, 26)])
@pytest.mark.covers("U9")
def test_the_weeks_after_a_change_keep_the_wall_clock(on):
    slots = free_slots(open_on(on, (9, 10)), PARIS, [], 30, day_window(on))
    assert [text[:5] for text in wall(slots)] == ["09:00", "09:30"]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland", "UTC"])
@pytest.mark.covers("U19")
def test_the_clock_of_the_machine_does_not_matter(zone, monkeypatch):
    on = date(2026, 10, 25)
    expected = free_slots(open_on(on, (1, 5)), PARIS, [], 30, day_window(on))
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", zone)
    system_time.tzset()
    try:
        assert free_slots(open_on(on, (1, 5)), PARIS, [], 30, day_window(on)) == expected
    finally:
        if before is None:
            monkeypatch.delenv("TZ")
        else:
            monkeypatch.setenv("TZ", before)
        system_time.tzset()


# ── Any week ──────────────────────────────────────────────────────────────────────────────────

# Days round both changes of 2026 in the north, and round one in the south.
FIRST_DAYS = st.sampled_from(
    [date(2026, 3, 26), date(2026, 4, 2), date(2026, 9, 24), date(2026, 10, 22), date(2026, 11, 23)]
)


@st.composite
def weeks(draw):
    hours = []
    for weekday in range(7):
        edges = sorted(draw(st.sets(st.integers(0, 95), max_size=4)))
        hours += [
            WeeklyRange(weekday, start * 15, end * 15)
            for start, end in zip(edges[::2], edges[1::2], strict=False)
        ]
    return hours


@st.composite
def situations(draw):
    zone, first = draw(st.sampled_from(ZONES)), draw(FIRST_DAYS)
    start = datetime.combine(first, datetime.min.time(), UTC)
    window = Window(
        start + timedelta(minutes=draw(st.integers(0, 2000))),
        start + timedelta(minutes=draw(st.integers(0, 6 * 1440))),
    )
    busy = [
        (start + timedelta(minutes=at), start + timedelta(minutes=at + length))
        for at, length in draw(
            st.lists(st.tuples(st.integers(-500, 6 * 1440), st.integers(1, 300)), max_size=12)
        )
    ]
    return draw(weeks()), zone, busy, draw(st.sampled_from([5, 15, 20, 30, 45, 60, 90])), window


def naively(hours, zone, busy, duration, window):
    """The same by brute force, minute by minute: what is open, then what fits."""
    place, minute = ZoneInfo(zone), timedelta(minutes=1)
    first = window.earliest - timedelta(days=2)
    first = first.replace(second=0, microsecond=0)
    last = window.latest + timedelta(days=2)
    is_open, moment = {}, first
    while moment < last:
        local = moment.astimezone(place)
        now = local.hour * 60 + local.minute
        is_open[moment] = any(
            one.weekday == local.weekday() and one.start <= now < one.end for one in hours
        )
        moment += minute
    found, begins = [], None
    for moment, opened in is_open.items():
        if not opened:
            begins = None
            continue
        begins = moment if begins is None else begins
        on_grid = (moment - begins) // minute % step_of(duration) == 0
        if not (on_grid and window.earliest <= moment <= window.latest):
            continue
        inside = all(is_open.get(moment + minute * offset) for offset in range(duration))
        end = moment + minute * duration
        if inside and not any(start < end and moment < stop for start, stop in busy):
            found.append(moment)
    return found


@settings(max_examples=60, deadline=None)
@given(situations())
def test_slots_are_those_that_a_person_counting_minutes_would_find(situation):
    """Every slot inside the hours, none overlapping, none missing, the last one kept."""
    assert free_slots(*situation) == naively(*situation)


# ── Intervals ─────────────────────────────────────────────────────────────────────────────────

INTERVALS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda edges: Interval(*edges)),
    max_size=8,
)


def points(intervals):
    return {point for one in intervals for point in range(one.start, one.end)}


@given(INTERVALS)
def test_merging_keeps_every_instant_and_leaves_nothing_touching(intervals):
    merged = merge(intervals)
    assert points(merged) == points(intervals)
    assert all(one.end < other.start for one, other in itertools.pairwise(merged))


@given(INTERVALS, INTERVALS)
def test_subtracting_leaves_exactly_what_was_not_taken(intervals, taken):
    assert points(subtract(intervals, taken)) == points(intervals) - points(taken)


@given(
    st.tuples(st.integers(0, 9), st.integers(0, 9)), st.tuples(st.integers(0, 9), st.integers(0, 9))
)
def test_overlapping_is_sharing_an_instant(one, other):
    left, right = Interval(*sorted(one)), Interval(*sorted(other))
    if left.start < left.end and right.start < right.end:
        assert left.overlaps(right) == bool(points([left]) & points([right]))
        assert left.overlaps(right) == right.overlaps(left)


def test_ranges_of_one_day_are_compared_with_each_other_only():
    assert overlapping_weekday([WeeklyRange(0, 540, 720), WeeklyRange(1, 600, 700)]) is None
    assert overlapping_weekday([WeeklyRange(2, 540, 720), WeeklyRange(2, 719, 800)]) == 2
    assert overlapping_weekday([WeeklyRange(3, 540, 540)]) == 3
    assert overlapping_weekday([WeeklyRange(4, 540, 720), WeeklyRange(4, 720, 800)]) is None
