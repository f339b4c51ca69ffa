"""What people typed, as calendar programs read it back: names, titles, places."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta

import ics
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from scheduling.calendars.emails import Attendee, invitation
from scheduling.calendars.ical import (
    EventFacts,
    Method,
    Party,
    render_calendar,
    render_event,
    render_invitation,
)
from scheduling.calendars.words import isolated, one_line
from tests.scheduling.readers.icaljs import read_by_icaljs
from tests.scheduling.readers.libical import objections_of_libical, titles_by_libical

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PIECES = (
    "Jeanne", "Le Goff", "d’Adèle", "O'Brien", ",", ";", ":", "\\", "\\n", "\\N", '"', "^n",
    "^^", "=",
    "\n", "\r\n", "\r", "\t", "\0", "\x1b", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c",
    "\u202e", "\u2066", "\u2069", "\ufeff", "\u200d", "\u200b", "\u00a0", "ظبي", "עברית", "é",
    "e\u0301", "👩🏽‍⚕️", "日本語", "ß", "ﬁ", "🇫🇷",
    "END:VEVENT", "BEGIN:VALARM", "X-A:1", "%0A", "a" * 80, " ",
)  # fmt: skip
ATTENDEE = 'ATTENDEE;CN="Jeanne Roques";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;RSVP=FALSE'
ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,"})
LINE_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def hostile_names(count: int) -> list[str]:
    chance = random.Random(2026)
    made = ["".join(chance.choices(PIECES, k=chance.randint(1, 8))) for _ in range(count)]
    return [*PIECES, *made]


def facts(number: int, name: str) -> EventFacts:
    return EventFacts(
        uid=f"{number}@example.org",
        sequence=0,
        starts_at=AT,
        ends_at=AT + timedelta(minutes=30),
        updated_at=AT,
        is_cancelled=False,
        zone="Europe/Paris",
        summary=f"Rendez-vous avec {isolated(name)}",
        location=name,
        url=f"https://example.org/rendez-vous/{number}",
    )


def test_five_readers_read_every_title_and_place_as_it_was_meant():
    names = hostile_names(150)
    events = [facts(number, name) for number, name in enumerate(names)]
    text = render_calendar(names[4], "Europe/Paris", map(render_event, events)).decode()
    meant = [(one_line(one.summary), one_line(one.location)) for one in events]
    assert objections_of_libical(text) == []
    assert titles_by_libical(text) == meant
    [read] = read_by_icaljs([text])
    assert [(one["title"], one["place"]) for one in read] == meant
    parsed = Calendar.from_ical(text).walk("VEVENT")
    assert [(str(one["SUMMARY"]), str(one.get("LOCATION", ""))) for one in parsed] == meant
    listed = vobject.readOne(text).vevent_list
    places = [one.location.value if hasattr(one, "location") else "" for one in listed]
    assert list(zip([one.summary.value for one in listed], places, strict=True)) == meant


def test_a_strict_reader_reads_them_too():
    # It takes a backslash that somebody typed before an « n » for a new line, however escaped.
    names = [re.sub(r"\\([nN])", r"\\ \1", name) for name in hostile_names(20)]
    events = [facts(number, name) for number, name in enumerate(names)]
    text = render_calendar("Tilleuls", "Europe/Paris", map(render_event, events)).decode()
    read = {one.uid: one.name for one in ics.Calendar(text).events}
    assert read == {one.uid: one_line(one.summary) for one in events}


@given(st.text(st.sampled_from([*"\\\n;,:\"'^é日👩‍ \u202e\u2028\x85ab"]), max_size=120) | st.text())
@settings(max_examples=150, deadline=None)
def test_whatever_is_typed_a_line_stays_a_line(typed):
    text = render_invitation(
        Method.REQUEST,
        facts(1, typed),
        organizer=Party(typed, "team@example.org"),
        attendee=Party(typed, "jeanne@example.org"),
    )
    lines = text.decode().split("\r\n")
    assert lines[-1] == ""
    assert all(len(line.encode()) <= 75 for line in lines)
    assert not any(character in line for line in lines for character in LINE_BREAKS)
    unfolded = text.decode().replace("\r\n ", "").split("\r\n")
    names = [line.partition(":")[0].partition(";")[0] for line in unfolded]
    assert names.count("BEGIN") == names.count("END") == 5
    [attendee] = [line for line in unfolded if line.startswith("ATTENDEE")]
    assert attendee.endswith(":mailto:jeanne@example.org")
    assert attendee.count('"') in {0, 2}
    event = Calendar.from_ical(text).walk("VEVENT")[0]
    assert str(event["SUMMARY"]) == one_line(f"Rendez-vous avec {isolated(typed)}")
    assert one_line(typed) == one_line(one_line(typed))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
@settings(max_examples=100, deadline=None)
def test_folding_never_cuts_a_character_and_unfolds_to_what_it_was(typed):
    written = render_event(facts(1, typed))
    for piece in written.split(b"\r\n"):
        piece.decode()
    escaped = one_line(typed).translate(ESCAPES)
    unfolded = written.replace(b"\r\n ", b"").decode().split("\r\n")
    assert [line for line in unfolded if line.startswith("LOCATION:")] == (
        [f"LOCATION:{escaped}"] if escaped else []
    )


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Jeanne\nRoques", "Jeanne Roques"),
        ("  Jeanne\t\tRoques\x00 ", "Jeanne Roques"),
        ("Jeanne\u202eseuqoR", "JeanneseuqoR"),
        ("Zoe\u0308", "Zoë"),
        ("Jeanne \u2069Roques", "Jeanne Roques"),
        ("\u2066Jeanne\u2069", "Jeanne"),
        ("a\u2028b\x85c", "a b c"),
        ("نور\u200cا", "نور\u200cا"),
    ],
)
def test_a_name_is_one_line_of_visible_text(typed, written):
    assert one_line(typed) == written


def test_a_name_in_arabic_turns_nothing_but_itself():
    assert isolated("نور") == "\u2068نور\u2069"
    assert isolated("Bob Garnier") == "Bob Garnier"
    kept = render_event(facts(1, "نور")).decode().replace("\r\n ", "")
    assert "SUMMARY:Rendez-vous avec \u2068نور\u2069\r\n" in kept


def test_a_quotation_mark_in_a_name_ends_nothing():
    text = render_invitation(
        Method.REQUEST,
        facts(1, "Bob"),
        organizer=Party('Maison "Les Tilleuls"; Sud', "team@example.org"),
        attendee=Party('J"RSVP=TRUE^n', "o'brien+a@example.org"),
    ).decode()
    unfolded = text.replace("\r\n ", "")
    assert 'ORGANIZER;CN="Maison Les Tilleuls ; Sud":mailto:team@example.org' in unfolded
    assert ';CN="J RSVP=TRUE n"' in unfolded
    assert unfolded.count("RSVP=FALSE:mailto:o%27brien+a@example.org") == 1


@pytest.mark.covers("U27")
def test_what_is_mailed_and_what_is_downloaded_are_the_same_but_for_the_method(
    cast, book, outbox, sign_in
):
    booked = book("2026-11-24 10:30")
    mailed = outbox.one(to=cast.jeanne).calendar
    taken = sign_in(cast.jeanne).get(f"/rendez-vous/{booked.id}/rendez-vous.ics")
    assert taken.get_data(as_text=True) == mailed.replace("METHOD:REQUEST\r\n", "")
    unfolded = mailed.replace("\r\n ", "").replace(booked.uid, "UID-OF-THE-APPOINTMENT")
    stamp = booked.updated_at.strftime("%Y%m%dT%H%M%SZ")
    assert unfolded.replace(stamp, "STAMP").split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Alveole//Agenda//FR",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Paris",
        "BEGIN:DAYLIGHT",
        "DTSTART:20180325T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "TZNAME:CEST",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20181028T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "TZNAME:CET",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "END:STANDARD",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        "UID:UID-OF-THE-APPOINTMENT",
        "SEQUENCE:0",
        "DTSTAMP:STAMP",
        "LAST-MODIFIED:STAMP",
        "DTSTART;TZID=Europe/Paris:20261124T103000",
        "DTEND;TZID=Europe/Paris:20261124T110000",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "CLASS:PRIVATE",
        "SUMMARY:Rendez-vous avec Bob Garnier",
        "LOCATION:Maison des Tilleuls\\, 14 rue des Tilleuls\\, 31240 Saint-Jean",
        f"URL:http://127.0.0.1:8000/rendez-vous/{booked.id}",
        "ORGANIZER;CN=Alvéole:mailto:ne-pas-repondre@example.org",
        f"{ATTENDEE}:mailto:jeanne@example.org",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize("method", [Method.REQUEST, Method.CANCEL, None])
def test_libical_has_nothing_to_object_to_in_a_mail_or_a_file(cast, book, method):
    booked = book("2026-11-24 10:30")
    jeanne = Attendee(cast.jeanne.display_name, cast.jeanne.email, cast.jeanne.locale)
    assert objections_of_libical(invitation(booked, jeanne, method)) == []


def test_no_calendar_carries_a_secret(cast, book, outbox, sign_in):
    booked = book("2026-11-24 10:30")
    for text in (
        outbox.one(to=cast.jeanne).calendar,
        sign_in(cast.jeanne)
        .get(f"/rendez-vous/{booked.id}/rendez-vous.ics")
        .get_data(as_text=True),
    ):
        assert "/r/" not in text.replace("\r\n ", "")
