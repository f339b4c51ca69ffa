"""Promised hours on every clock that the product offers, as five calendar programs read them.

Each program is given the file under a name of zone that nobody knows, so that it must believe the
clock in the file and not a database of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from core.zones import zone_choices
from scheduling.calendars.ical import EventFacts, render_calendar, render_event, render_zone
from tests.scheduling.readers.icaljs import starts_by_icaljs, starts_in_chromium
from tests.scheduling.readers.in_python import by_icalendar, by_vobject, zone_by_ics
from tests.scheduling.readers.libical import by_libical, objections_of_libical

pytestmark = pytest.mark.xdist_group("every-zone")
"""One process finds all changes of all clocks, and writes their calendars, for all of them."""

YEARS = range(2020, 2038)
A_MINUTE, A_DAY, HALF_AN_HOUR = timedelta(minutes=1), timedelta(days=1), timedelta(minutes=30)
UNKNOWN = "Nowhere"
ODD = {
    "Africa/Cairo": "the last Thursday of October, at midnight",
    "Africa/Casablanca": "Ramadan, by the moon",
    "America/Asuncion": "kept its summer for good in 2024",
    "America/Nuuk": "changes the evening before",
    "Asia/Beirut": "at midnight",
    "Asia/Gaza": "decreed until 2086",
    "Australia/Lord_Howe": "half an hour",
    "Europe/Dublin": "winter is the exception",
    "Pacific/Chatham": "a quarter to three",
    "Atlantic/Reykjavik": "UTC all year",
    "Indian/Reunion": "never changes",
    "America/Miquelon": "overseas, with American dates",
}


@cache
def instants(zone: str) -> tuple[datetime, ...]:
    """Return the last minute before each change and the first after it, and both solstices."""
    place, found = ZoneInfo(zone), []
    early = datetime(YEARS[0], 1, 1, tzinfo=UTC)
    while early.year in YEARS:
        late = early + A_DAY
        if late.astimezone(place).utcoffset() != early.astimezone(place).utcoffset():
            found += _sides(place, early, late)
        early = late
    for year in YEARS:
        found += [datetime(year, month, 21, 12, tzinfo=UTC) for month in (1, 7)]
    return tuple(found)


def _sides(place: ZoneInfo, early: datetime, late: datetime) -> Iterator[datetime]:
    before = early.astimezone(place).utcoffset()
    while late - early > A_MINUTE:
        middle = early + (late - early) // (2 * A_MINUTE) * A_MINUTE
        early, late = (
            (middle, late) if middle.astimezone(place).utcoffset() == before else (early, middle)
        )
    yield from (early, late)


def calendar(zone: str) -> str:
    """Write an event of half an hour at each of these instants."""
    events = [
        render_event(
            EventFacts(
                uid=f"{number}@example.org",
                sequence=0,
                starts_at=instant,
                ends_at=instant + HALF_AN_HOUR,
                updated_at=instant,
                is_cancelled=False,
                zone=zone,
                summary="Rendez-vous",
                location="",
                url=f"https://example.org/agenda/rendez-vous/{number}",
            )
        )
        for number, instant in enumerate(instants(zone))
    ]
    return render_calendar("Rendez-vous", zone, events).decode().replace(zone, UNKNOWN)


@cache
def offered() -> tuple[str, ...]:
    return tuple(str(choice.value) for choice in zone_choices())


@cache
def distinct() -> dict[str, str]:
    """Map one zone of each clock to its calendar; those with the same clock are written alike."""
    found: dict[str, str] = {}
    for zone in (*ODD, *offered()):
        found.setdefault(render_zone(zone).decode().replace(zone, UNKNOWN), zone)
    return {zone: calendar(zone) for zone in found.values()}


@pytest.fixture(autouse=True)
def _language(app):
    with app.test_request_context():
        yield


def misread(read) -> list[str]:
    return [
        f"{zone}: {meant} read as {told}"
        for zone, text in distinct().items()
        for meant, told in zip(instants(zone), read(text), strict=True)
        if meant != told
    ]


@pytest.mark.parametrize("read", [by_icalendar, by_vobject, by_libical])
@pytest.mark.covers("U24")
def test_a_program_reads_every_promised_hour_of_every_zone_until_2037(read):
    assert misread(read) == []


@pytest.mark.covers("U24")
def test_ical_js_reads_every_promised_hour_of_every_zone_until_2037():
    told = starts_by_icaljs(list(distinct().values()))
    read = dict(zip(distinct().values(), told, strict=True))
    assert misread(read.__getitem__) == []


@pytest.mark.covers("U24")
def test_ics_makes_the_right_clock_of_every_zone_until_2037():
    wrong = []
    for zone in distinct():
        text = render_calendar("n", zone, []).decode().replace(zone, UNKNOWN)
        clock, place = zone_by_ics(text), ZoneInfo(zone)
        for instant in instants(zone):
            local = instant.astimezone(place)
            wall, offset = local.replace(tzinfo=None, fold=0), local.utcoffset()
            is_shown_twice = offset != local.replace(fold=1 - local.fold).utcoffset()
            if not is_shown_twice and clock.utcoffset(wall) != offset:
                wrong.append(f"{zone}: {wall} is {clock.utcoffset(wall)}")
    assert wrong == []


def test_libical_has_nothing_to_object_to_in_any_zone():
    objections = {zone: objections_of_libical(text) for zone, text in distinct().items()}
    assert {zone: said for zone, said in objections.items() if said} == {}


def test_a_reader_that_is_given_another_clock_is_caught():
    """What must fail does: one hour more, in one year only."""
    wrong = distinct()["Africa/Cairo"].replace("RDATE:20370424T000000", "RDATE:20370425T000000")
    assert wrong != distinct()["Africa/Cairo"]
    for read in (by_icalendar, by_vobject, by_libical, lambda text: starts_by_icaljs([text])[0]):
        assert list(read(wrong)) != list(instants("Africa/Cairo"))


@pytest.mark.parametrize("zone", [*ODD, "Europe/Paris"])
def test_a_zone_is_written_as_strict_readers_want_it(zone):
    text = render_zone(zone).decode()
    assert "COMMENT" not in text
    assert "UNTIL" not in text, "nothing expires"
    assert all("," not in line for line in text.splitlines() if line.startswith("RDATE"))
    for part in re.findall(r"BEGIN:(?:STANDARD|DAYLIGHT).*?END:", text, re.DOTALL):
        dates = re.findall(r"RDATE:(\w+)", part)
        assert not ("RRULE" in part and dates)
        assert not dates or re.findall(r"DTSTART:(\w+)", part) == dates[:1]


def test_onsets_are_told_on_the_clock_that_is_left():
    assert render_zone("Europe/Paris").decode().replace("\r\n", "\n") == (
        "BEGIN:VTIMEZONE\nTZID:Europe/Paris\n"
        "BEGIN:DAYLIGHT\nDTSTART:20180325T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
        "TZNAME:CEST\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\n"
        "BEGIN:STANDARD\nDTSTART:20181028T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"
        "TZNAME:CET\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n"
        "END:VTIMEZONE\n"
    )


@pytest.mark.parametrize("zone", ["Indian/Reunion", "America/Cayenne", "Atlantic/Reykjavik"])
def test_a_zone_that_never_changes_has_one_standard_time(zone):
    text = render_zone(zone).decode()
    assert (text.count("BEGIN:STANDARD"), text.count("BEGIN:DAYLIGHT")) == (1, 0)
    assert "RRULE" not in text
    assert "RDATE" not in text


@pytest.mark.parametrize(
    ("zone", "rules"),
    [
        ("Australia/Lord_Howe", ["1SU;BYMONTH=10", "1SU;BYMONTH=4"]),
        ("America/Nuuk", ["SA;BYMONTHDAY=24,25,26,27,28,29,30;BYMONTH=3", "-1SU;BYMONTH=10"]),
        ("Europe/Dublin", ["-1SU;BYMONTH=10", "-1SU;BYMONTH=3"]),
        ("Pacific/Chatham", ["-1SU;BYMONTH=9", "1SU;BYMONTH=4"]),
    ],
)
def test_the_rule_now_in_force_is_told_as_a_rule(zone, rules):
    told = re.findall(r"RRULE:FREQ=YEARLY;BYDAY=(.*)\r", render_zone(zone).decode())
    assert told == rules


def test_summer_is_daylight_even_where_the_law_says_otherwise():
    summer = re.search(
        r"BEGIN:DAYLIGHT.*?END:DAYLIGHT", render_zone("Europe/Dublin").decode(), re.DOTALL
    )
    assert summer is not None
    assert "TZOFFSETTO:+0100" in summer[0]


def test_ical_js_reads_in_a_browser_what_it_reads_elsewhere():
    """Where there is no Node, Chromium stands in: the merge gate has one of them only."""
    zones = ["Europe/Paris", "America/Nuuk", "Africa/Cairo"]
    told = starts_in_chromium([calendar(zone) for zone in zones])
    assert told == [list(instants(zone)) for zone in zones]
