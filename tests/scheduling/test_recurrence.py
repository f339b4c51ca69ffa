"""The same hours week after week, and the public holidays of France."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.time.public_holidays import Holiday, Place, coming_holidays, easter, public_holidays
from scheduling.time.recurrence import MOST, instant_at, weekly

PARIS = "Europe/Paris"
ZONES = (PARIS, "America/Los_Angeles", "Pacific/Auckland", "Australia/Lord_Howe", "UTC")


def at(text):
    return datetime.fromisoformat(text)


def test_a_weekly_absence_keeps_its_wall_clock_across_both_changes():
    found = weekly(at("2026-10-20 14:00"), at("2026-10-20 18:00"), PARIS, until=date(2026, 11, 3))
    assert [one.isoformat() for one, _end in found] == [
        "2026-10-20T12:00:00+00:00",
        "2026-10-27T13:00:00+00:00",
        "2026-11-03T13:00:00+00:00",
    ]
    spring = weekly(at("2026-03-24 09:00"), at("2026-03-24 12:00"), PARIS, until=date(2026, 3, 31))
    assert [end.hour for _start, end in spring] == [11, 10]


def test_a_whole_day_is_as_long_as_the_day_is():
    day = weekly(at("2026-10-25 00:00"), at("2026-10-26 00:00"), PARIS, until=date(2026, 10, 25))
    assert [end - start for start, end in day] == [timedelta(hours=25)]
    day = weekly(at("2026-03-29 00:00"), at("2026-03-30 00:00"), PARIS, until=date(2026, 3, 29))
    assert [end - start for start, end in day] == [timedelta(hours=23)]


def test_of_an_hour_shown_twice_a_beginning_is_the_first_and_an_end_the_second():
    repeated = at("2026-10-25 02:30")
    assert instant_at(repeated, PARIS).hour == 0
    assert instant_at(repeated, PARIS, is_end=True).hour == 1


def test_an_hour_that_clocks_skip_is_as_long_after_the_change():
    skipped = at("2026-03-29 02:30")
    for is_end in (False, True):
        found = instant_at(skipped, PARIS, is_end=is_end)
        assert found.astimezone(ZoneInfo(PARIS)).strftime("%H:%M") == "03:30"


def test_two_years_of_weeks_at_most():
    found = weekly(at("2026-11-24 09:00"), at("2026-11-24 10:00"), PARIS, until=date(2099, 1, 1))
    assert len(found) == MOST


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    st.integers(1, 7 * 24 * 60),
    st.sampled_from(ZONES),
    st.integers(0, 60),
)
def test_repetitions_never_turn_round_and_never_overlap(first, minutes, zone, weeks):
    first = first.replace(second=0, microsecond=0)
    until = first.date() + timedelta(weeks=weeks)
    found = weekly(first, first + timedelta(minutes=minutes), zone, until=until)
    assert len(found) == weeks + 1
    assert all(start < end or minutes < 120 for start, end in found)
    for (_start, end), (start, _end) in itertools.pairwise(found):
        assert end <= start + timedelta(hours=1)  # a whole week may meet an hour shown twice


# ── Public holidays ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2024, date(2024, 3, 31)),
        (2025, date(2025, 4, 20)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),  # the latest that can be
        (2008, date(2008, 3, 23)),
    ],
)
def test_easter_falls_where_calendars_say(year, day):
    assert easter(year) == day


@given(st.integers(1900, 2199))
def test_easter_is_a_sunday_of_spring(year):
    assert easter(year).weekday() == 6
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


def test_the_eleven_days_of_2027():
    assert [one.day.isoformat()[5:] for one in public_holidays(Place.METROPOLE, 2027)] == [
        "01-01", "03-29", "05-01", "05-06", "05-08", "05-17",
        "07-14", "08-15", "11-01", "11-11", "12-25",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "own"),
    [
        (Place.ALSACE_MOSELLE, {date(2026, 4, 3), date(2026, 12, 26)}),
        (Place.GUADELOUPE, {date(2026, 5, 27)}),
        (Place.GUYANE, {date(2026, 6, 10)}),
        (Place.MARTINIQUE, {date(2026, 5, 22)}),
        (Place.MAYOTTE, {date(2026, 4, 27)}),
        (Place.REUNION, {date(2026, 12, 20)}),
        (Place.SAINT_BARTHELEMY, {date(2026, 10, 9)}),
        (Place.SAINT_MARTIN, {date(2026, 5, 28)}),
    ],
)
def test_some_places_have_their_own_days_besides(place, own):
    common = {one.day for one in public_holidays(Place.METROPOLE, 2026)}
    assert len(common) == 11
    assert {one.day for one in public_holidays(place, 2026)} - common == own


def test_the_coming_days_are_those_of_the_next_twelve_months():
    found = coming_holidays(Place.METROPOLE, date(2026, 11, 23))
    assert len(found) == 11
    assert (found[0].which, found[0].day) == (Holiday.CHRISTMAS, date(2026, 12, 25))
    assert found[-1].day == date(2027, 11, 11)
    assert coming_holidays(Place.METROPOLE, date(2026, 12, 25))[0].which is Holiday.CHRISTMAS


def test_instants_are_said_in_utc():
    assert instant_at(at("2026-07-01 12:00"), PARIS) == datetime(2026, 7, 1, 10, tzinfo=UTC)
