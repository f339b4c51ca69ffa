"""What calendar programs read, with two readers that are not ours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import recurring_ical_events
import vobject
from icalendar import Calendar

from bubbles.operations.members import remove_member
from bubbles.queries import get_membership
from core.database import db
from core.transaction import transaction
from scheduling.appointments.operations.changing import cancel_appointment
from scheduling.calendars import ical
from scheduling.calendars.models import FeedLink
from scheduling.calendars.operations import create_link, revoke_link
from scheduling.calendars.vocabulary import DetailLevel
from tests import factories as make
from tests.scheduling.readers.libical import objections_of_libical

TUESDAY = "2026-11-24"


@pytest.fixture
def link(cast):
    return create_link(cast.bob, cast.agenda, name="Téléphone", detail_level=DetailLevel.DISCREET)


def read(client, link, **headers):
    return client.get(f"/agenda/{link.token}.ics", headers=headers)


def events(answer):
    calendar = Calendar.from_ical(answer.data)
    return list(calendar.walk("VEVENT"))


@pytest.mark.covers("M31", "U24")
def test_an_appointment_reads_back_in_two_programs(visitor, link, book, at):
    booked = book(f"{TUESDAY} 10:30")
    answer = read(visitor, link)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.data)
    found = recurring_ical_events.of(calendar).at(date(2026, 11, 24))
    assert len(found) == 1
    event = found[0]
    assert event["DTSTART"].dt == at(f"{TUESDAY} 10:30")
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=30)
    assert event["DTSTART"].params["TZID"] == "Europe/Paris"
    assert str(event["UID"]) == booked.uid
    assert event["SEQUENCE"] == 0
    assert event["STATUS"] == "CONFIRMED"
    assert event["SUMMARY"] == "Rendez-vous"
    assert event["LOCATION"] == "Maison des Tilleuls, 14 rue des Tilleuls, 31240 Saint-Jean"
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt
    other = vobject.readOne(answer.get_data(as_text=True))
    assert other.vevent.dtstart.value.astimezone(UTC) == at(f"{TUESDAY} 10:30")
    assert other.vevent.summary.value == "Rendez-vous"


@pytest.mark.covers("U20")
def test_the_head_says_what_programs_ask_for(visitor, link):
    calendar = Calendar.from_ical(read(visitor, link).data)
    assert calendar["VERSION"] == "2.0"
    assert "PRODID" in calendar
    assert "METHOD" not in calendar
    assert calendar["REFRESH-INTERVAL"].to_ical() == b"PT30M"
    assert calendar["X-PUBLISHED-TTL"] == "PT30M"
    assert calendar["NAME"] == calendar["X-WR-CALNAME"] == "Rendez-vous Les Tilleuls"
    assert calendar["X-WR-TIMEZONE"] == "Europe/Paris"
    assert len(calendar.walk("VTIMEZONE")) == 1


@pytest.mark.parametrize(
    ("level", "title"),
    [
        (DetailLevel.DISCREET, "Rendez-vous"),
        (DetailLevel.INITIALS, "J. R."),
        (DetailLevel.FULL_NAME, "Jeanne Roques"),
    ],
)
def test_titles_tell_what_was_chosen_and_never_a_motive(cast, visitor, book, level, title):
    book(f"{TUESDAY} 10:30")
    link = create_link(cast.bob, cast.agenda, name="x", detail_level=level)
    answer = read(visitor, link)
    assert [str(one["SUMMARY"]) for one in events(answer)] == [title]
    assert b"Suivi" not in answer.data
    if level is not DetailLevel.FULL_NAME:
        assert b"Roques" not in answer.data


def test_nothing_that_is_only_held_is_told(visitor, link, hold):
    hold(f"{TUESDAY} 10:30")
    assert events(read(visitor, link)) == []


@pytest.mark.covers("U26")
def test_a_cancelled_appointment_is_said_to_be_so_for_thirty_days(
    cast, visitor, link, book, travel_to
):
    booked = book("2026-12-10 10:30")
    cancel_appointment(cast.jeanne, booked)
    (event,) = events(read(visitor, link))
    assert (event["STATUS"], event["SEQUENCE"], str(event["UID"])) == ("CANCELLED", 1, booked.uid)
    travel_to(timedelta(days=31))
    assert events(read(visitor, link)) == []


def test_the_window_is_a_month_back_and_a_year_ahead(cast, visitor, link, at):
    with transaction():
        for day in ("2026-10-20", "2026-10-26", "2027-11-20", "2027-11-25"):
            make.appointment(cast.agenda, cast.enrolment, cast.type, at(f"{day} 10:00"))
    days = [one["DTSTART"].dt.date().isoformat() for one in events(read(visitor, link))]
    assert days == ["2026-10-26", "2027-11-20"]


@pytest.mark.both_databases
def test_an_unchanged_feed_answers_304_with_one_query(visitor, link, book, count_queries, database):
    book(f"{TUESDAY} 10:30")
    first = read(visitor, link)
    path = f"/agenda/{link.token}.ics"
    with count_queries() as count:
        again = visitor.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    sent = {name for name, _value in again.headers}
    assert sent == {"ETag", "Cache-Control", "X-Request-Id"}  # what is kept stands
    assert again.data == b""
    assert count.total == 1, count.statements
    assert again.headers["ETag"] == first.headers["ETag"]
    dated = read(visitor, link, **{"If-Modified-Since": first.headers["Last-Modified"]})
    assert dated.status_code == 304


def test_a_changed_feed_has_another_name(cast, visitor, link, book, travel_to):
    seen = {read(visitor, link).headers["ETag"]}
    booked = book(f"{TUESDAY} 10:30")
    seen.add(read(visitor, link).headers["ETag"])
    cancel_appointment(cast.bob, booked)
    seen.add(read(visitor, link).headers["ETag"])
    with transaction():
        cast.bubble.street = "15 rue des Tilleuls"
    seen.add(read(visitor, link).headers["ETag"])
    travel_to(timedelta(days=1))
    seen.add(read(visitor, link).headers["ETag"])
    assert len(seen) == 5


def test_a_hold_changes_nothing_in_the_feed(visitor, link, hold):
    before = read(visitor, link).headers["ETag"]
    hold(f"{TUESDAY} 10:30")
    assert read(visitor, link).headers["ETag"] == before


@pytest.mark.covers("U21")
def test_programs_get_no_cookie_and_no_page(visitor, link):
    for answer in (read(visitor, link), visitor.get("/agenda/none.ics")):
        assert "Set-Cookie" not in answer.headers
        assert answer.mimetype in {"text/calendar", "text/plain"}
    answer = read(visitor, link)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    head = visitor.head(f"/agenda/{link.token}.ics")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == answer.headers["ETag"]
    assert visitor.post(f"/agenda/{link.token}.ics").status_code == 405


def test_guessing_addresses_is_slowed_down_and_a_right_one_never(visitor, link):
    for _ in range(20):
        assert visitor.get("/agenda/guess.ics").status_code == 404
    refused = visitor.get("/agenda/guess.ics")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert read(visitor, link).status_code == 200


def test_a_revoked_link_is_gone_at_once(cast, visitor, link):
    revoke_link(cast.bob, link)
    answer = read(visitor, link)
    assert answer.status_code == 410
    assert answer.mimetype == "text/plain"


@pytest.mark.covers("U23")
def test_who_leaves_leaves_an_empty_calendar_for_thirty_days_then_none(
    cast, visitor, link, book, travel_to
):
    book(f"{TUESDAY} 10:30")
    before = read(visitor, link)
    remove_member(cast.alice, get_membership(cast.bob.id, cast.bubble.id))
    emptied = read(visitor, link, **{"If-None-Match": before.headers["ETag"]})
    assert emptied.status_code == 200
    assert events(emptied) == []
    travel_to(timedelta(days=29, hours=23))
    assert read(visitor, link).status_code == 200
    travel_to(timedelta(hours=1))
    assert read(visitor, link).status_code == 410


def test_whom_one_no_longer_follows_has_no_name_in_the_calendar(cast, visitor, book):
    from patient.operations.places import set_followers

    link = create_link(cast.bob, cast.agenda, name="x", detail_level=DetailLevel.FULL_NAME)
    book(f"{TUESDAY} 10:30")
    set_followers(cast.alice, cast.enrolment, user_ids=[])
    (event,) = events(read(visitor, link))
    assert (event["STATUS"], event["SUMMARY"]) == ("CANCELLED", "Rendez-vous")


def test_a_reading_is_noted_once_a_minute(visitor, link, travel_to, count_queries):
    read(visitor, link, **{"User-Agent": "Thunderbird/140"})
    db.session.rollback()
    noted = db.session.get(FeedLink, link.id)
    first = noted.last_fetched_at
    assert first is not None
    assert noted.last_program == "Thunderbird/140"
    travel_to(timedelta(seconds=59))
    with count_queries() as count:
        read(visitor, link)
    assert not any(statement.startswith("UPDATE") for statement in count.statements)
    travel_to(timedelta(seconds=1))
    read(visitor, link)
    db.session.expire_all()
    db.session.rollback()
    assert db.session.get(FeedLink, link.id).last_fetched_at == first + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "DTSTART:20271031T003000Z"),
        (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "DTSTART:20271031T013000Z"),
        (datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "DTSTART;TZID=Europe/Paris:20270328T033000"),
    ],
)
def test_nights_when_clocks_change_name_one_instant_only(
    cast, visitor, link, travel_to, instant, text
):
    travel_to(instant - timedelta(days=5))
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, instant)
    answer = read(visitor, link)
    assert text in answer.get_data(as_text=True).split("END:VTIMEZONE")[1]
    (event,) = events(answer)
    assert event["DTSTART"].dt.astimezone(UTC) == instant


def test_the_places_of_other_kinds_are_words(cast, visitor, link, book):
    with transaction():
        cast.type.mode = "video"
        cast.bubble.name = "Tilleuls, « Sud »; a\\b"
    book(f"{TUESDAY} 10:30")
    answer = read(visitor, link)
    (event,) = events(answer)
    assert event["LOCATION"] == "En vidéo"
    written = r"Rendez-vous Tilleuls\, « Sud »\; a\\b"  # this reader leaves them as they are
    calendar = Calendar.from_ical(answer.data)
    assert str(calendar["NAME"]) == str(calendar["X-WR-CALNAME"]) == written
    assert all(len(line.encode()) <= 75 for line in answer.get_data(as_text=True).split("\r\n"))


def test_each_event_leads_back_to_its_page_which_asks_who_one_is(visitor, link, book):
    booked = book(f"{TUESDAY} 10:30")
    (event,) = events(read(visitor, link))
    path = f"/agenda/rendez-vous/{booked.id}"
    assert str(event["URL"]) == f"http://127.0.0.1:8000{path}"
    assert link.token not in read(visitor, link).get_data(as_text=True)
    asked = visitor.get(path)
    assert (asked.status_code, "connexion" in asked.headers["Location"]) == (302, True)


def test_a_calendar_written_in_a_new_way_has_another_name(visitor, link, book, monkeypatch):
    book(f"{TUESDAY} 10:30")
    before = read(visitor, link).headers["ETag"]
    ical.edition.cache_clear()
    monkeypatch.setattr(ical, "EDITION", b"another")
    assert read(visitor, link, **{"If-None-Match": before}).status_code == 200
    ical.edition.cache_clear()


def test_libical_has_nothing_to_object_to(cast, visitor, link, book):
    cancel_appointment(cast.jeanne, book("2026-12-10 10:30"))
    book(f"{TUESDAY} 10:30")
    assert objections_of_libical(read(visitor, link).get_data(as_text=True)) == []
