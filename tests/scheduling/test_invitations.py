"""What mail programs get to put an appointment into somebody's own calendar."""

from __future__ import annotations

from datetime import UTC

import pytest
import vobject
from icalendar import Calendar

from core import mail
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment

TUESDAY = "2026-11-24"


def calendars(outbox, person):
    return [Calendar.from_ical(one.calendar) for one in outbox.mails(to=person) if one.calendar]


def event(calendar):
    [found] = calendar.walk("VEVENT")
    return found


@pytest.mark.covers("U27")
def test_who_books_gets_a_request_that_two_readers_understand(cast, book, at, outbox):
    booked = book(f"{TUESDAY} 10:30")
    [calendar] = calendars(outbox, cast.jeanne)
    assert calendar["METHOD"] == "REQUEST"
    assert len(calendar.walk("VTIMEZONE")) == 1
    found = event(calendar)
    assert "METHOD" not in found
    assert str(found["UID"]) == booked.uid
    assert found["SEQUENCE"] == 0
    assert found["STATUS"] == "CONFIRMED"
    assert found["DTSTART"].dt == at(f"{TUESDAY} 10:30")
    assert found["SUMMARY"] == "Rendez-vous avec Bob Garnier"
    assert str(found["ORGANIZER"]) == "mailto:ne-pas-repondre@example.org"
    assert str(found["ATTENDEE"]) == "mailto:jeanne@example.org"
    assert found["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    other = vobject.readOne(outbox.one(to=cast.jeanne).calendar)
    assert other.method.value == "REQUEST"
    assert other.vevent.dtstart.value.astimezone(UTC) == at(f"{TUESDAY} 10:30")


@pytest.mark.covers("U26", "U27")
def test_moving_and_cancelling_speak_of_the_same_event_with_a_growing_number(
    cast, book, at, outbox
):
    booked = book(f"{TUESDAY} 10:30")
    outbox.deliver()
    move_appointment(cast.bob, booked, starts_at=at(f"{TUESDAY} 15:00"))
    outbox.deliver()
    cancel_appointment(cast.bob, booked)
    told = calendars(outbox, cast.jeanne)
    assert [str(one["METHOD"]) for one in told] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [event(one) for one in told]
    assert {str(one["UID"]) for one in events} == {booked.uid}
    assert [one["SEQUENCE"] for one in events] == [0, 1, 2]
    assert events[1]["DTSTART"].dt == at(f"{TUESDAY} 15:00")
    assert events[2]["STATUS"] == "CANCELLED"


def test_the_caregiver_gets_no_invitation_their_link_tells_them(cast, book, outbox):
    book(f"{TUESDAY} 10:30")
    assert calendars(outbox, cast.bob) == []


def test_nothing_in_it_says_why(cast, book, outbox):
    book(f"{TUESDAY} 10:30")
    found = event(Calendar.from_ical(outbox.one(to=cast.jeanne).calendar))
    said = [str(value) for name, value in found.property_items() if name != "ATTENDEE"]
    for word in ("Suivi", "Roques"):
        assert not [one for one in said if word in one]


def test_the_part_says_its_method_as_mail_programs_want_it():
    calendar = "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"
    payload = {"to": "a@example.org", "subject": "s", "text": "t", "html": "<p>t</p>"}
    one = mail.compose(
        payload | {"calendars": [calendar]}, sender="x@example.org", message_id="<1>"
    )
    assert one.get_content_type() == "multipart/alternative"
    part = list(one.iter_parts())[-1]
    assert part.get_content_type() == "text/calendar"
    assert part.get_param("method") == "CANCEL"
    assert part.get_content().strip().endswith("END:VCALENDAR")
    both = mail.compose(
        payload | {"calendars": [calendar] * 2}, sender="x@example.org", message_id="<1>"
    )
    assert [part.get_filename() for part in both.iter_attachments()] == ["1.ics", "2.ics"]
