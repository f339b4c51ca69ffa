"""Every rule of an agenda at once, against somebody who counts minutes; in every time zone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.time.openings import DAY, DayRange, WeeklyRange
from scheduling.time.slots import (
    Closed,
    Diary,
    Rules,
    Taken,
    Window,
    bookable,
    broken_rules,
    step_of,
)

PARIS = "Europe/Paris"
ZONES = (
    PARIS,
    "America/Los_Angeles",
    "Pacific/Auckland",
    "Australia/Lord_Howe",
    "Indian/Reunion",
    "UTC",
)
AROUND_CHANGES = (
    date(2026, 3, 8),  # Los Angeles
    date(2026, 3, 29),  # Paris
    date(2026, 4, 5),  # Auckland, Lord Howe
    date(2026, 9, 27),  # Auckland
    date(2026, 10, 4),  # Lord Howe, by half an hour
    date(2026, 10, 25),  # Paris
    date(2026, 11, 1),  # Los Angeles
    date(2026, 11, 24),  # nowhere
)
MINUTE = timedelta(minutes=1)
ONE_DAY = timedelta(days=1)
ELSEWHERE = "ALVEOLE_TESTS_ELSEWHERE"
MANY = 15 if os.environ.get(ELSEWHERE) else 150


KEPT = st.sampled_from([(None,), (None,), (None, False), (None, True), (None, True, False)])
AGENDAS = st.sampled_from([None, 1, 1, 2])


@st.composite
def situations(draw):
    zone, first = draw(st.sampled_from(ZONES)), draw(st.sampled_from(AROUND_CHANGES))
    start = datetime.combine(first, time(), UTC)
    moments = st.integers(-200, DAY + 200)

    def ranges():
        edges = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=4)))
        return [(begin * 15, end * 15) for begin, end in zip(edges[::2], edges[1::2], strict=False)]

    weekly = []
    for weekday in {(first + timedelta(days=number)).weekday() for number in range(-1, 3)}:
        for kept in draw(KEPT):
            bounds = draw(
                st.sampled_from([(None, None), (first, None), (None, first), (first, first)])
            )
            weekly += [
                WeeklyRange(weekday, start, end, bounds[0], bounds[1], kept)
                for start, end in ranges()
            ]
    days = [
        DayRange(day, *one)
        for day in draw(st.sets(st.sampled_from([first, first + ONE_DAY]), max_size=1))
        for one in ranges()
    ]
    taken = [
        Taken(start + MINUTE * at, start + MINUTE * (at + length), before, after, kind)
        for at, length, before, after, kind in draw(
            st.lists(
                st.tuples(
                    moments,
                    st.integers(1, 120),
                    st.sampled_from([0, 7, 15]),
                    st.sampled_from([0, 10, 60]),
                    st.sampled_from([1, 2]),
                ),
                max_size=6,
            )
        )
    ]
    closed = [
        Closed(start + MINUTE * at, start + MINUTE * (at + length), agenda)
        for at, length, agenda in draw(
            st.lists(
                st.tuples(moments, st.integers(1, 400), AGENDAS),
                max_size=2,
            )
        )
    ]
    asked = Rules(
        zone=zone,
        hours=tuple(weekly),
        duration=draw(st.sampled_from([5, 20, 30, 45, 90])),
        days=tuple(days),
        before=draw(st.sampled_from([0, 5, 20])),
        after=draw(st.sampled_from([0, 10, 30])),
        daily_maximum=draw(st.sampled_from([None, None, None, 1, 2])),
        type_id=1,
        agenda_id=1,
    )
    begin = start + MINUTE * draw(st.integers(0, 300))
    window = Window(begin, begin + MINUTE * draw(st.integers(0, DAY)))
    return asked, window, Diary(taken, closed)


def is_open(asked, moment):
    """Read the clock of the place, as a person would."""
    local = moment.astimezone(ZoneInfo(asked.zone))
    day, minute = local.date(), local.hour * 60 + local.minute
    single = [one for one in asked.days if one.day == day]
    if single:
        return any(one.start <= minute < one.end for one in single)
    now = [
        one
        for one in asked.hours
        if one.weekday == day.weekday()
        and (one.first is None or one.first <= day)
        and (one.last is None or day <= one.last)
        and one.start <= minute < one.end
    ]
    if any(one.is_kept for one in now):
        return True
    return bool(now) and all(one.is_kept is None for one in now)


def naively(asked, window, diary):
    """The same by brute force: minute by minute what is open, then what fits, by every rule."""
    moment = window.earliest - 2 * ONE_DAY
    last = window.latest + ONE_DAY
    opened, begins, starts = {}, None, {}
    while moment < last:
        opened[moment] = is_open(asked, moment)
        begins = (begins or moment) if opened[moment] else None
        starts[moment] = begins
        moment += MINUTE
    place = ZoneInfo(asked.zone)
    counted = Counter(
        one.starts_at.astimezone(place).date()
        for one in diary.taken
        if one.type_id == asked.type_id
    )
    found = []
    moment = window.earliest
    while moment <= window.latest:
        end = moment + MINUTE * asked.duration
        on_grid = opened[moment] and not (moment - starts[moment]) // MINUTE % step_of(
            asked.duration
        )
        if on_grid and all(opened[moment + MINUTE * one] for one in range(asked.duration)):
            own = (moment - MINUTE * asked.before, end + MINUTE * asked.after)
            free = all(
                own[1] <= one.starts_at - MINUTE * one.before
                or one.ends_at + MINUTE * one.after <= own[0]
                for one in diary.taken
            )
            here = all(
                end <= one.starts_at or one.ends_at <= moment or one.agenda_id not in {None, 1}
                for one in diary.closed
            )
            day = moment.astimezone(place).date()
            left = asked.daily_maximum is None or counted[day] < asked.daily_maximum
            if free and here and left:
                found.append(moment)
        moment += MINUTE
    return found


@settings(max_examples=MANY, deadline=None)
@given(situations())
@pytest.mark.covers("U10")
def test_bookable_hours_are_those_that_a_person_counting_minutes_would_find(situation):
    """Inside the hours, over nothing, none missing, the last one kept, in every zone."""
    asked, window, diary = situation
    found = bookable(asked, window, diary)
    assert found == naively(asked, window, diary)
    assert bookable(asked, window, diary, most=1) == found[:1]


@settings(max_examples=MANY // 2, deadline=None)
@given(situations())
def test_an_hour_is_a_slot_exactly_where_no_rule_stands_against_it(situation):
    asked, window, diary = situation
    found = set(bookable(asked, window, diary))
    moment = window.earliest
    while moment <= window.latest:
        assert (moment in found) == (not broken_rules(asked, window, diary, moment))
        moment += 7 * MINUTE
    for slot in found:
        assert broken_rules(asked, window, diary, slot) == []


# ── On machines elsewhere ─────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
@pytest.mark.covers("U19")
def test_these_tests_hold_on_a_machine_elsewhere(zone):
    """Everything pure, in a process whose clock is another one from its first breath."""
    if os.environ.get(ELSEWHERE):
        pytest.skip("this is that process")
    folder = Path(__file__).parent
    files = [
        folder / f"test_{name}.py"
        for name in ("slots", "slot_rules", "slot_properties", "recurrence")
    ]
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
        + [str(path) for path in files],
        env={**os.environ, "TZ": zone, ELSEWHERE: zone},
        cwd=folder.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-3000:]
    assert " passed" in told.stdout
