"""Free hours as the database knows them: every rule, for patients and for caregivers alike."""

from __future__ import annotations

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.database import db
from core.transaction import transaction
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import Availability, ExceptionalHours
from scheduling.agendas.queries.bookable import (
    bookable_caregivers,
    get_service,
    list_services,
)
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.appointments.errors import NotOfferedError, SlotTakenError
from scheduling.appointments.queries.free import (
    FreeHours,
    list_free_slots,
    list_violations,
    nearest_slots,
)
from scheduling.time.slots import Window
from scheduling.time.vocabulary import Violation
from scheduling.waiting_list.models import WaitingListEntry
from tests import factories as make

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def change():
    """Change rows at once, as some page would."""

    def change(row, **values):
        with transaction():
            for name, value in values.items():
                setattr(row, name, value)
            db.session.add(row)
        return row

    return change


@pytest.fixture
def free(cast, at):
    """``free(date)``: what Jeanne can book with Bob on that day, on the clock of Paris."""

    def free(day=TUESDAY, **mine):
        service = get_service(cast.enrolment.id, cast.bob.id, cast.type.id)
        window = Window(at(f"{day} 00:00"), at(f"{day} 23:59"))
        found = list_free_slots(service, window, **mine)
        return [slot.astimezone(ZoneInfo("Europe/Paris")).strftime("%H:%M") for slot in found]

    return free


@pytest.fixture
def offered(cast, at):
    """Keep an hour of Bob's for somebody of the waiting list."""

    def offered(when, *, minutes=60, answered=None):
        with transaction():
            entry = make._add(
                WaitingListEntry(
                    enrolment_id=cast.enrolment.id,
                    consultation_type_id=cast.type.id,
                    created_at=clock.now(),
                )
            )
            until = clock.now() + timedelta(minutes=minutes)
            return make.waiting_list_offer(
                entry, cast.agenda, at(when), until, answered_at=answered
            )

    return offered


MORNING = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
AFTERNOON = ["14:00", "14:30", "15:00", "15:30", "16:00", "16:30", "17:00", "17:30"]


@pytest.mark.both_databases
def test_buffers_of_both_neighbours_are_kept_on_the_appointment(cast, book, change, free, reload):
    change(cast.type, buffer_before_minutes=10, buffer_after_minutes=20)
    first = reload(book(f"{TUESDAY} 10:00"))
    assert (first.buffer_before_minutes, first.buffer_after_minutes) == (10, 20)
    assert free() == ["09:00", "11:00", "11:30", *AFTERNOON]
    change(cast.type, buffer_before_minutes=0, buffer_after_minutes=0)
    assert free() == ["09:00", "11:00", "11:30", *AFTERNOON]  # what was promised stays


@pytest.mark.both_databases
def test_holding_is_refused_where_a_rule_stands_against_it(cast, at, hold, book, change):
    change(cast.type, buffer_after_minutes=15)
    book(f"{TUESDAY} 10:00")
    for when, error in [
        (f"{TUESDAY} 10:30", SlotTakenError),
        (f"{TUESDAY} 09:30", SlotTakenError),
        (f"{TUESDAY} 10:10", NotOfferedError),
        (f"{TUESDAY} 12:00", NotOfferedError),
    ]:
        with pytest.raises(error):
            hold(when)
    hold(f"{TUESDAY} 11:00")


@pytest.mark.both_databases
def test_an_absence_closes_one_agenda_or_all(cast, at, free):
    with transaction():
        other = make.bubble("Rives", admin=cast.mallory)
        make.membership(cast.bob, other, is_caregiver=True)
        elsewhere = make.agenda(cast.bob, other)
        make.absence(cast.bob, at(f"{TUESDAY} 09:00"), at(f"{TUESDAY} 10:00"))
        make.absence(
            cast.bob,
            at(f"{TUESDAY} 10:00"),
            at(f"{TUESDAY} 11:00"),
            agenda_id=cast.agenda.id,
            kind=AbsenceKind.BLOCKED,
        )
        make.absence(
            cast.bob, at(f"{TUESDAY} 14:00"), at(f"{TUESDAY} 18:00"), agenda_id=elsewhere.id
        )
        make.absence(cast.chloe, at(f"{TUESDAY} 00:00"), at(f"{TUESDAY} 23:00"))
    assert free() == ["11:00", "11:30", *AFTERNOON]


@pytest.mark.both_databases
def test_hours_count_for_their_types_their_period_and_their_single_day(cast, at, free):
    with transaction():
        other = make.consultation_type(cast.bubble, "Bilan", caregivers=[cast.bob])
        kept = make.hours(cast.agenda, 1, time(10), time(11))
        kept.consultation_types = [other]
        evening = make.hours(cast.agenda, 1, time(20), time(23, 59, 59))
        evening.valid_from, evening.valid_until = TUESDAY, TUESDAY
        make._add(
            ExceptionalHours(
                agenda_id=cast.agenda.id,
                day=date(2026, 12, 1),
                starts_at=time(7),
                ends_at=time(8),
            )
        )
    evening_hours = [f"{hour}:{half}" for hour in range(20, 24) for half in ("00", "30")]
    assert free() == [one for one in MORNING if one[:2] != "10"] + AFTERNOON + evening_hours
    assert free(date(2026, 12, 1)) == ["07:00", "07:30"]
    assert free(date(2026, 12, 8)) == [one for one in MORNING if one[:2] != "10"] + AFTERNOON
    service = get_service(cast.enrolment.id, cast.bob.id, other.id)
    window = Window(clock.now(), clock.now() + timedelta(days=1))
    assert "10:00" in [
        f"{slot.hour + 1}:{slot.minute:02}" for slot in list_free_slots(service, window)
    ]


@pytest.mark.both_databases
def test_the_daily_maximum_counts_holds_of_others_and_spares_ones_own(cast, book, free, change):
    change(cast.type, daily_maximum=2)
    book(f"{TUESDAY} 09:00")
    assert free() != []
    book(f"{TUESDAY} 17:00")
    assert free() == []
    assert free(TUESDAY + timedelta(days=1)) != []


@pytest.mark.both_databases
def test_an_hour_offered_to_the_waiting_list_is_taken_for_everybody_else(
    cast, at, free, offered, hold, travel_to
):
    offer = offered(f"{TUESDAY} 10:00")
    assert "10:00" not in free()
    assert "10:00" in free(but=[offer.hold_id])
    with pytest.raises(SlotTakenError):
        hold(f"{TUESDAY} 10:00")
    travel_to("2026-11-23 09:30 Europe/Paris")  # nobody answered within the hour
    assert "10:00" in free()


def test_an_answered_offer_keeps_nothing(free, offered):
    offered(f"{TUESDAY} 10:00", answered=clock.now())
    assert "10:00" in free()


@pytest.mark.both_databases
def test_what_one_holds_oneself_and_what_one_moves_stands_in_nobodys_way(cast, hold, book, free):
    mine = book(f"{TUESDAY} 10:00")
    assert "10:00" not in free()
    assert "10:00" in free(but=[mine.id])
    held = hold(f"{TUESDAY} 11:00")
    assert "11:00" not in free()
    assert "11:00" in free(but=[held.id])


@pytest.mark.covers("D139", "D140")
@pytest.mark.both_databases
def test_new_patients_are_offered_other_types_than_known_ones(cast, change):
    with transaction():
        first = make.consultation_type(
            cast.bubble, "Première rencontre", caregivers=[cast.bob], is_for_known=False
        )
    change(cast.type, is_for_new=False)

    def names(**state):
        return [one.name for one in list_services(cast.enrolment.id, cast.bob.id, **state)]

    assert names() == ["Première rencontre", "Suivi"]
    assert names(is_new=True) == ["Première rencontre"]
    assert names(is_new=False) == ["Suivi"]
    with pytest.raises(NotBookableError):
        get_service(cast.enrolment.id, cast.bob.id, first.id, is_new=False)


def test_what_is_not_online_is_for_the_caregiver_alone(cast, change):
    change(cast.type, is_bookable=False)
    assert list_services(cast.enrolment.id, cast.bob.id) == []
    assert bookable_caregivers([cast.enrolment.id]) == set()
    own = list_services(cast.enrolment.id, cast.bob.id, is_online=False)
    assert [one.is_online for one in own] == [False]


def test_hours_that_are_over_make_nobody_bookable(cast, change):
    assert bookable_caregivers([cast.enrolment.id]) == {(cast.enrolment.id, cast.bob.id)}
    with transaction():
        for one in db.session.query(Availability).filter_by(agenda_id=cast.agenda.id):
            one.valid_until = date(2026, 11, 1)
    assert bookable_caregivers([cast.enrolment.id]) == set()


def test_each_rule_is_named_to_the_caregiver(cast, at, book, change):
    change(cast.type, buffer_after_minutes=30)
    book(f"{TUESDAY} 10:00")
    service = get_service(cast.enrolment.id, cast.bob.id, cast.type.id)

    def broken(when, **more):
        return list_violations(service, at(when), **more)

    assert broken(f"{TUESDAY} 11:00") == []
    assert broken(f"{TUESDAY} 10:30") == [Violation.BUFFER]
    assert broken(f"{TUESDAY} 11:10") == [Violation.OFF_GRID]
    assert broken(f"{TUESDAY} 11:10", is_on_grid=False) == []
    assert broken("2026-11-23 07:00") == [Violation.TOO_SOON, Violation.OUTSIDE_HOURS]
    assert broken("2027-04-06 09:00") == [Violation.TOO_FAR]


# ── The first free hour ───────────────────────────────────────────────────────────────────────


def test_a_first_hour_far_away_is_found_too_and_none_is_said_to_be_none(cast):
    service = get_service(cast.enrolment.id, cast.bob.id, cast.type.id)
    now = clock.now()
    with transaction():
        make.absence(cast.bob, now, now + timedelta(days=40))
    first = FreeHours(service).first()
    assert first is not None
    assert now + timedelta(days=40) <= first <= now + timedelta(days=44)
    with transaction():
        make.absence(cast.bob, now + timedelta(days=40), now + timedelta(days=400))
    assert FreeHours(service).first() is None


def test_the_nearest_hours_are_those_around_the_one_that_is_gone(cast, at, book):
    book(f"{TUESDAY} 10:00")
    service = get_service(cast.enrolment.id, cast.bob.id, cast.type.id)
    assert nearest_slots(service, at(f"{TUESDAY} 10:00")) == [
        at(f"{TUESDAY} 09:00"),
        at(f"{TUESDAY} 09:30"),
        at(f"{TUESDAY} 10:30"),
    ]


def test_a_service_says_what_goes_with_it(cast, change):
    change(cast.type, cancellation_notice_minutes=1440, daily_maximum=4, buffer_before_minutes=5)
    service = get_service(cast.enrolment.id, cast.bob.id, cast.type.id)
    assert service.cancellation_notice == timedelta(days=1)
    assert (service.daily_maximum, service.buffer_before, service.question_count) == (4, 5, 0)
    assert service.opens_on(TUESDAY)
    assert not service.opens_on(date(2026, 11, 28))
