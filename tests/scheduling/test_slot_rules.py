"""The rules of an agenda, one after the other; clocks that change; hours for a while."""

from __future__ import annotations

import os
import time as system_time
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.time.openings import (
    DAY,
    DayRange,
    WeeklyRange,
    cut_out,
    minute_of,
    open_stretches,
    wall_clock,
)
from scheduling.time.slots import Closed, Diary, Rules, Taken, Window, bookable, broken_rules
from scheduling.time.vocabulary import Violation

PARIS = "Europe/Paris"
MINUTE = timedelta(minutes=1)
ONE_DAY = timedelta(days=1)
TUESDAY = date(2026, 11, 24)


def paris(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PARIS)).astimezone(UTC)


def rules(*ranges, **others):
    hours = tuple(
        WeeklyRange(weekday, start * 60, end * 60)
        for weekday in range(7)
        for start, end in ranges or [(9, 12)]
    )
    return Rules(**{"zone": PARIS, "hours": hours, "duration": 30, **others})


def whole(day, zone=PARIS):
    start = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    end = datetime.combine(day + ONE_DAY, time(), ZoneInfo(zone)).astimezone(UTC)
    return Window(start, end - MINUTE)


def hours_of(found, zone=PARIS):
    return [slot.astimezone(ZoneInfo(zone)).strftime("%H:%M") for slot in found]


def on(day, asked, diary=None):
    return hours_of(bookable(asked, whole(day), diary or Diary()))


# ── One rule after the other ──────────────────────────────────────────────────────────────────


def test_both_buffers_are_kept_apart():
    """A meeting from 10 to 10:30 with 10 minutes after; ours wants 10 minutes before and after."""
    other = Taken(paris("2026-11-24 10:00"), paris("2026-11-24 10:30"), before=0, after=10)
    asked = rules(before=10, after=10)
    assert on(TUESDAY, asked, Diary([other])) == ["09:00", "11:00", "11:30"]
    assert on(TUESDAY, rules(), Diary([other._replace(after=0)])) == [
        "09:00", "09:30", "10:30", "11:00", "11:30",
    ]  # fmt: skip


def test_buffers_may_lie_outside_the_hours():
    assert on(TUESDAY, rules((9, 10), before=60, after=60)) == ["09:00", "09:30"]


def test_a_single_day_takes_the_place_of_its_weekday():
    asked = rules(days=(DayRange(TUESDAY, 14 * 60, 15 * 60),))
    assert on(TUESDAY, asked) == ["14:00", "14:30"]
    assert on(TUESDAY + ONE_DAY, asked) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


def test_hours_count_from_their_first_day_to_their_last():
    one = WeeklyRange(1, 540, 600, date(2026, 11, 24), date(2026, 12, 1))
    asked = Rules(PARIS, (one,), 30)
    counted = [day for day in range(-7, 22, 7) if on(TUESDAY + timedelta(days=day), asked)]
    assert counted == [0, 7]


def test_hours_kept_for_others_are_closed_and_those_kept_for_it_are_opened():
    plain = WeeklyRange(1, 9 * 60, 12 * 60)
    others = WeeklyRange(1, 10 * 60, 11 * 60, is_kept=False)
    mine = WeeklyRange(1, 14 * 60, 15 * 60, is_kept=True)
    asked = Rules(PARIS, (plain, others, mine), 30)
    assert on(TUESDAY, asked) == ["09:00", "09:30", "11:00", "11:30", "14:00", "14:30"]


def test_hours_that_two_consultations_share_stay_open_to_both():
    shared = (
        WeeklyRange(1, 600, 660, is_kept=False),
        WeeklyRange(1, 600, 660, is_kept=True),
    )
    assert on(TUESDAY, Rules(PARIS, shared, 30)) == ["10:00", "10:30"]


def test_an_absence_closes_its_own_agenda_or_all_and_moves_no_other_slot():
    away = Closed(paris("2026-11-24 09:40"), paris("2026-11-24 10:10"), agenda_id=None)
    asked = rules(agenda_id=7)
    assert on(TUESDAY, asked, Diary([], [away])) == ["09:00", "10:30", "11:00", "11:30"]
    assert on(TUESDAY, asked, Diary([], [away._replace(agenda_id=7)]))[0:2] == ["09:00", "10:30"]
    assert len(on(TUESDAY, asked, Diary([], [away._replace(agenda_id=8)]))) == 6


def test_the_daily_maximum_counts_this_consultation_on_the_day_of_the_place():
    late = paris("2026-11-24 00:10")  # still the 23rd in UTC
    mine = Taken(late, late + timedelta(minutes=30), type_id=5)
    asked = rules(daily_maximum=1, type_id=5)
    assert on(TUESDAY, asked, Diary([mine])) == []
    assert on(TUESDAY - ONE_DAY, asked, Diary([mine])) != []
    assert on(TUESDAY, asked, Diary([mine._replace(type_id=6)])) != []
    assert on(TUESDAY, replace(asked, daily_maximum=2), Diary([mine])) != []


def test_a_range_can_end_at_midnight():
    asked = Rules(PARIS, (WeeklyRange(1, 23 * 60, DAY),), 30)
    assert on(TUESDAY, asked) == ["23:00", "23:30"]
    assert minute_of(wall_clock(DAY)) == DAY
    assert wall_clock(540) == time(9)


def test_the_first_free_slot_is_found_without_the_others():
    day = whole(TUESDAY)
    assert hours_of(bookable(rules(), day, Diary(), most=1)) == ["09:00"]
    full = Taken(paris("2026-11-24 08:00"), paris("2026-11-24 08:30"), type_id=5)
    asked = rules(daily_maximum=1, type_id=5)
    two_days = Window(day.earliest, day.latest + ONE_DAY)
    first = bookable(asked, two_days, Diary([full]), most=1)
    assert first == [paris("2026-11-25 09:00")]


@pytest.mark.parametrize(
    ("when", "broken"),
    [
        ("2026-11-24 09:00", []),
        ("2026-11-24 09:10", [Violation.OFF_GRID]),
        ("2026-11-24 08:45", [Violation.OUTSIDE_HOURS]),
        ("2026-11-24 11:45", [Violation.OUTSIDE_HOURS]),
        ("2026-11-24 10:00", [Violation.OVERLAP]),
        ("2026-11-24 10:30", [Violation.BUFFER]),
        ("2026-11-25 09:00", [Violation.ABSENCE]),
        ("2026-11-26 09:00", [Violation.MAXIMUM]),
        ("2026-11-27 09:30", [Violation.TOO_FAR]),
        ("2026-11-23 09:00", [Violation.TOO_SOON]),
    ],
)
def test_each_rule_that_stands_against_an_hour_is_named(when, broken):
    diary = Diary(
        [
            Taken(paris("2026-11-24 10:00"), paris("2026-11-24 10:30"), after=20),
            Taken(paris("2026-11-26 17:00"), paris("2026-11-26 17:30"), type_id=5),
        ],
        [Closed(paris("2026-11-25 00:00"), paris("2026-11-26 00:00"))],
    )
    asked = rules(daily_maximum=1, type_id=5)
    window = Window(paris("2026-11-23 10:00"), paris("2026-11-27 09:00"))
    assert broken_rules(asked, window, diary, paris(when)) == broken
    staff = [one for one in broken if one is not Violation.OFF_GRID]
    assert broken_rules(asked, window, diary, paris(when), is_on_grid=False) == staff


def test_an_hour_between_two_minutes_is_no_slot():
    window = whole(TUESDAY)
    odd = paris("2026-11-24 09:00") + timedelta(seconds=20)
    assert broken_rules(rules(), window, Diary(), odd) == [Violation.OFF_GRID]


# ── Clocks that change ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (PARIS, date(2026, 3, 29), 23),
        (PARIS, date(2026, 3, 28), 24),
        (PARIS, date(2026, 3, 30), 24),
        (PARIS, date(2026, 10, 25), 25),
        (PARIS, date(2026, 10, 24), 24),
        (PARIS, date(2026, 10, 26), 24),
        ("America/Los_Angeles", date(2026, 3, 8), 23),
        ("America/Los_Angeles", date(2026, 11, 1), 25),
        ("Pacific/Auckland", date(2026, 4, 5), 25),
        ("Pacific/Auckland", date(2026, 9, 27), 23),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ],
)
def test_a_day_that_is_open_from_midnight_to_midnight_is_as_long_as_it_is(zone, day, hours):
    asked = Rules(zone, tuple(WeeklyRange(weekday, 0, DAY) for weekday in [day.weekday()]), 30)
    found = bookable(asked, whole(day, zone), Diary())
    assert len(found) == hours * 2
    assert {slot.astimezone(ZoneInfo(zone)).date() for slot in found} == {day}


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_rules_read_no_clock_of_the_machine(zone, monkeypatch):
    asked, window = rules((1, 5), daily_maximum=3, type_id=1), whole(date(2026, 10, 25))
    mine = Taken(window.earliest, window.earliest + 5 * MINUTE, type_id=1)
    expected = bookable(asked, window, Diary([mine]))
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", zone)
    system_time.tzset()
    try:
        open_stretches.cache_clear()
        assert bookable(asked, window, Diary([mine])) == expected
    finally:
        if before is None:
            monkeypatch.delenv("TZ")
        else:
            monkeypatch.setenv("TZ", before)
        system_time.tzset()


# ── Periods of the week ───────────────────────────────────────────────────────────────────────

DATES = st.one_of(st.none(), st.dates(date(2026, 11, 1), date(2026, 12, 31)))
PERIODS = st.tuples(DATES, DATES).filter(
    lambda ends: ends[0] is None or ends[1] is None or ends[0] <= ends[1]
)


@given(st.lists(PERIODS, max_size=4), PERIODS)
def test_a_new_period_leaves_nothing_inside_it_and_everything_outside(known, period):
    ranges = [
        WeeklyRange(0, 60 * number, 60 * number + 30, *ends) for number, ends in enumerate(known)
    ]
    left = cut_out(ranges, *period)

    def counts(one, day):
        return (one.first is None or one.first <= day) and (one.last is None or day <= one.last)

    for number in range(75):
        day = date(2026, 10, 25) + timedelta(days=number)
        inside = (period[0] is None or period[0] <= day) and (period[1] is None or day <= period[1])
        before = sorted(one.start for one in ranges if counts(one, day))
        after = sorted(one.start for one in left if counts(one, day))
        assert after == ([] if inside else before)
