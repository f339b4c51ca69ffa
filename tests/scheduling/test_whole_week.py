"""A busy week is replayed through the pages and the feed: every copy of the agenda agrees.

The night when clocks go back is inside it. What should be where is kept by the test itself, in
wall clocks and offsets of its own; nothing of the product is asked what an hour means.
"""

from __future__ import annotations

import html
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

import pytest
import vobject
from icalendar import Calendar
from sqlalchemy import func, select

from core import clock
from core.database import db
from core.transaction import transaction
from scheduling.agendas.models import Absence, Agenda
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.calendars.operations import create_link
from scheduling.calendars.vocabulary import DetailLevel
from scheduling.replanning.models import HourProposal
from tests import factories as make

FIRST, DAYS, A_DAY = datetime(2026, 10, 21), 7, 30
SUMMER, WINTER = timedelta(hours=2), timedelta(hours=1)
BACK = datetime(2026, 10, 25, 3)
MONTHS = {10: "oct.", 11: "nov."}


@dataclass
class Known:
    """One appointment as it should be: what the paper diary would say."""

    id: int
    caregiver: int
    patient: int
    name: str
    local: datetime
    is_winter: bool
    minutes: int
    stands: bool = True

    @property
    def instant(self) -> datetime:
        return (self.local - (WINTER if self.is_winter else SUMMER)).replace(tzinfo=UTC)

    @property
    def words(self) -> str:
        """The hour as a French reader sees it: « 9 h 30 », with its season where it is double."""
        minutes = f" {self.local:%M}" if self.local.minute else ""
        season = ""
        if self.local.date() == BACK.date() and self.local.hour == 2:
            season = " (heure d’hiver)" if self.is_winter else " (heure d’été)"
        return f"{self.local.hour} h{minutes}{season}"


@dataclass
class Practice:
    """Who works there, who comes, and what is promised."""

    caregivers: list = field(default_factory=list)
    agendas: dict = field(default_factory=dict)
    places: list = field(default_factory=list)
    diary: dict[int, Known] = field(default_factory=dict)

    def standing(self, caregiver_id: int) -> list[Known]:
        found = [one for one in self.diary.values() if one.caregiver == caregiver_id and one.stands]
        return sorted(found, key=lambda one: one.instant)


@pytest.fixture
def practice(cast, travel_to):
    travel_to("2026-10-12 08:00 Europe/Paris")
    made = Practice(caregivers=[cast.bob, cast.chloe])
    with transaction():
        for name in ("Dora Petit", "Erik Blanc"):
            user = make.user("", name)
            make.caregiver(user, cast.bubble)
            made.caregivers.append(user)
            make.agenda(user, cast.bubble)
        cast.type.caregivers = made.caregivers
        for user in made.caregivers:
            agenda = db.session.query(Agenda).filter_by(user_id=user.id).one()
            made.agendas[user.id] = agenda
            for weekday in range(7):
                if agenda.id != cast.agenda.id:
                    make.hours(agenda, weekday, time(0), time(23, 59, 59))
        for number in range(6):
            account = make.user()
            person = make.patient("Patiente", f"N{number}", account=account)
            place = make.enrolment(person, cast.bubble, followers=made.caregivers)
            made.places.append((account, place, f"Patiente N{number}"))
    return made


@pytest.mark.both_databases
@pytest.mark.covers("M3", "M31")
def test_every_copy_of_a_busy_week_agrees_to_the_minute(
    cast, practice, sign_in, visitor, travel_to, database
):
    dice = random.Random(25102026)
    doors = {user.id: sign_in(user) for user in practice.caregivers}
    patients = {place.id: sign_in(account) for account, place, _name in practice.places}
    links = {
        user.id: create_link(
            user, practice.agendas[user.id], name="PC", detail_level=DetailLevel.FULL_NAME
        ).token
        for user in practice.caregivers
    }
    fill_the_week(cast, practice, doors)
    assert len(practice.diary) == DAYS * A_DAY
    compare(practice, doors, patients, visitor, links)

    shake(practice, doors, patients, dice)
    compare(practice, doors, patients, visitor, links)

    travel_to(timedelta(minutes=1))
    go_away(practice, doors, patients)
    compare(practice, doors, patients, visitor, links)

    stored = db.session.query(Appointment).filter_by(status=AppointmentStatus.BOOKED)
    assert stored.count() == sum(one.stands for one in practice.diary.values())


# ── What happens in the week ──────────────────────────────────────────────────────────────────


def fill_the_week(cast, practice, doors) -> None:
    """Thirty appointments a day, made by their caregivers on the page; some at night."""
    for day in range(DAYS):
        on = FIRST + timedelta(days=day)
        for number in range(A_DAY):
            caregiver = practice.caregivers[number % 4]
            local = on + timedelta(hours=8, minutes=30 * (number // 4) + 60 * (number // 20))
            book(cast, practice, doors, caregiver, number, local, is_winter=local >= BACK)
            if on.date() == BACK.date() and number >= 23:
                break
        if on.date() == BACK.date():  # the night round: 2:00 and 2:30 are there twice
            night = [(1, 0, False), (1, 30, False), (2, 0, False), (2, 30, False)]
            night += [(2, 30, True), (3, 0, True)]
            for hour, minute, is_winter in night:
                local = on + timedelta(hours=hour, minutes=minute)
                caregiver = practice.caregivers[3]
                book(cast, practice, doors, caregiver, hour, local, is_winter=is_winter)


def book(cast, practice, doors, caregiver, number, local, *, is_winter) -> None:
    _account, place, name = practice.places[number % len(practice.places)]
    known = Known(0, caregiver.id, place.id, name, local, is_winter, 30)
    form = {
        "type": cast.type.id,
        "h0": known.instant.isoformat(),
        "cle": f"{caregiver.id}-{known.instant.isoformat()}",
        "passer_outre": "oui",
        "pourquoi": "Semaine chargée",
    }
    answer = doors[caregiver.id].post(f"/agenda/nouveau/{place.id}/ecrire", data=form)
    assert answer.status_code == 302, known
    known.id = int(answer.location.rsplit("/", 1)[1])
    practice.diary[known.id] = known


def shake(practice, doors, patients, dice) -> None:
    """Moves, also across the change of clocks and onto hours that are taken; cancellations."""
    chosen = dice.sample(sorted(practice.diary), 36)
    refused = 0
    for appointment_id in chosen[:22]:
        known = practice.diary[appointment_id]
        local = known.local + timedelta(
            days=dice.choice([-1, 1, 2, 4]), minutes=dice.choice([-30, 0, 15, 45])
        )
        answer = doors[known.caregiver].post(
            f"/agenda/rendez-vous/{known.id}/deplacer",
            data={
                "jour": f"{local:%Y-%m-%d}",
                "a": f"{local:%H:%M}",
                "passer_outre": "y",
                "pourquoi": "À sa demande",
            },
        )
        wanted = Known(0, known.caregiver, 0, "", local, local >= BACK, known.minutes)
        if clashes(practice, wanted, known.id):
            assert answer.status_code == 409, wanted
            refused += 1
        else:
            assert answer.status_code == 302, wanted
            known.local, known.is_winter = local, local >= BACK
    assert refused
    assert refused < 22
    for appointment_id in chosen[22:29]:
        known = practice.diary[appointment_id]
        path = f"/agenda/rendez-vous/{known.id}/annuler"
        assert doors[known.caregiver].post(path, data={"reason": "Formation"}).status_code == 302
        known.stands = False
    for appointment_id in chosen[29:]:
        known = practice.diary[appointment_id]
        path = f"/rendez-vous/{known.id}/annulation"
        assert patients[known.patient].post(path).status_code == 302
        known.stands = False


def clashes(practice, wanted, but) -> bool:
    length = timedelta(minutes=wanted.minutes)
    return any(
        one.instant < wanted.instant + length and wanted.instant < one.instant + length
        for one in practice.standing(wanted.caregiver)
        if one.id != but
    )


def go_away(practice, doors, patients) -> None:
    """Chloé is away on Friday the 23rd: each appointment that it hits is settled on the page."""
    chloe = practice.caregivers[1]
    day = FIRST + timedelta(days=2)
    with transaction():
        absence = Absence(
            user_id=chloe.id,
            kind=AbsenceKind.ABSENCE,
            starts_at=(day - SUMMER).replace(tzinfo=UTC),
            ends_at=(day + timedelta(days=1) - SUMMER).replace(tzinfo=UTC),
            created_at=clock.now(),
        )
        db.session.add(absence)
    path = f"/agenda/absences/{absence.id}/replanifier"
    hits = [one for one in practice.standing(chloe.id) if one.local.date() == day.date()]
    assert len(hits) >= 4
    door = doors[chloe.id]
    for number, known in enumerate(hits):
        one = f"{path}/{known.id}"
        shown = door.get(one).get_data(as_text=True)
        if number % 3 == 0:
            choice = re.findall(r'name="collegue" value="(\d+)\|([^"]+)"', shown)[0]
            answer = door.post(one, data={"choix": "collegue", "collegue": "|".join(choice)})
            known.stands = False
            newest = db.session.query(Appointment).order_by(Appointment.id.desc()).first()
            taken = Known(newest.id, int(choice[0]), known.patient, known.name, day, False, 30)
            place(taken, datetime.fromisoformat(choice[1]))
            db.session.rollback()
            practice.diary[taken.id] = taken
        elif number % 3 == 1:
            hour = re.findall(r'name="heure" value="([^"]+)"', shown)[0]
            answer = door.post(one, data={"choix": "proposer", "heure": hour})
            proposal = newest_proposal()
            page = f"/rendez-vous/propositions/{proposal}"
            assert patients[known.patient].post(page, data={"reponse": "oui"}).status_code == 302
            place(known, datetime.fromisoformat(hour))
        else:
            answer = door.post(one, data={"choix": "garder"})
        assert answer.status_code == 302
    assert f"{len(hits)} sur {len(hits)} réglés" in door.get(path).get_data(as_text=True)


def newest_proposal() -> int:
    number = db.session.scalars(select(func.max(HourProposal.id))).one()
    db.session.rollback()
    return number


def place(known, instant) -> None:
    """Put it at an instant: the wall clock is worked out here."""
    known.is_winter = instant >= (BACK - SUMMER).replace(tzinfo=UTC)
    offset = WINTER if known.is_winter else SUMMER
    known.local = (instant + offset).replace(tzinfo=None)


# ── What every copy says ──────────────────────────────────────────────────────────────────────


def compare(practice, doors, patients, visitor, links) -> None:
    for user in practice.caregivers:
        should = Counter((one.id, one.instant) for one in practice.standing(user.id))
        door = doors[user.id]
        assert Counter(by_day(door)) == should
        assert Counter(by_week(door)) == should
        assert Counter(by_list(door)) == should
        in_feed = by_feed(visitor, links[user.id])
        assert in_feed == Counter(
            (one.name, one.instant, one.minutes) for one in practice.standing(user.id)
        )
    for place_id, door in patients.items():
        mine = [one for one in practice.diary.values() if one.patient == place_id and one.stands]
        shown = {one.id: f"{one.local.day} {MONTHS[one.local.month]} {one.words}" for one in mine}
        assert by_patient(door) == shown


def timed(text: str) -> list[tuple[int, datetime]]:
    """Read each « when » followed by the link of its appointment."""
    found = []
    parts = re.split(r'<time[^>]* datetime="([^"]+)"', text)
    for when, rest in zip(parts[1::2], parts[2::2], strict=True):
        link = re.search(r'href="/agenda/rendez-vous/(\d+)"', rest)
        if link:
            found.append((int(link.group(1)), datetime.fromisoformat(when).astimezone(UTC)))
    return found


def listed(text: str) -> list[tuple[int, datetime]]:
    """Read each link of an appointment with the « when » inside it."""
    rows = re.findall(
        r'href="/agenda/rendez-vous/(\d+)"[^>]*>(?:(?!</a>).)*?<time datetime="([^"]+)"',
        text,
        re.DOTALL,
    )
    return [(int(id_), datetime.fromisoformat(when).astimezone(UTC)) for id_, when in rows]


def whole_days():
    return [FIRST + timedelta(days=number) for number in range(-2, DAYS + 6)]


def by_day(door):
    for on in whole_days():
        answer = door.get(f"/agenda/jour/{on:%Y-%m-%d}")
        yield from timed(answer.get_data(as_text=True))


def by_week(door):
    for monday in ("2026-10-19", "2026-10-26"):
        text = door.get(f"/agenda/semaine/{monday}").get_data(as_text=True)
        drawn, _sep, outside = text.partition('id="outside"')
        yield from timed(drawn)
        yield from listed(outside)


def by_list(door):
    number = 1
    while True:
        path = f"/agenda/liste?du=2026-10-19&au=2026-11-02&page={number}"
        text = door.get(path).get_data(as_text=True)
        yield from listed(text)
        if 'rel="next"' not in text:
            return
        number += 1


def by_feed(visitor, token):
    """Read with two programs that are not ours, and let both have their say."""
    answer = visitor.get(f"/agenda/{token}.ics")
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    one = Counter(
        (str(event["SUMMARY"]), event["DTSTART"].dt.astimezone(UTC), _minutes(event))
        for event in events
        if str(event.get("STATUS")) != "CANCELLED"
    )
    other = Counter(
        (event.summary.value, event.dtstart.value.astimezone(UTC))
        for event in vobject.readOne(answer.get_data(as_text=True)).vevent_list
        if event.status.value != "CANCELLED"
    )
    assert other == Counter((name, start) for name, start, _minutes in one)
    return one


def _minutes(event) -> int:
    length = event["DTEND"].dt.astimezone(UTC) - event["DTSTART"].dt.astimezone(UTC)
    return int(length.total_seconds()) // 60


def by_patient(door) -> dict[int, str]:
    text = door.get("/rendez-vous").get_data(as_text=True)
    found = {}
    rows = re.findall(
        r'<a class="row row--rdv" href="/rendez-vous/(\d+)">(.*?)</a>', text, re.DOTALL
    )
    for id_, inside in rows:
        words = html.unescape(re.sub(r"<[^>]+>", " ", inside)).replace("\u00a0", " ")
        match = re.search(r"(\d+)\s+(\w+\.)\s+(\d+ h[^,]*),", " ".join(words.split()))
        assert match, words
        found[int(id_)] = f"{match.group(1)} {match.group(2)} {' '.join(match.group(3).split())}"
    return found


def test_the_comparison_sees_a_missing_appointment_and_one_hour_off(practice):
    """The judge itself is judged: a copy that is wrong is found out."""
    one = Known(1, 1, 1, "A", datetime(2026, 10, 25, 2, 30), True, 30)
    other = Known(1, 1, 1, "A", datetime(2026, 10, 25, 2, 30), False, 30)
    assert one.instant - other.instant == timedelta(hours=1)
    assert one.words != other.words
    row = f'<time datetime="{one.instant.isoformat()}">2:30</time><a href="/agenda/rendez-vous/1">'
    assert timed(row) == [(1, one.instant)]
    assert timed(row) != [(1, other.instant)]
    assert Counter(timed(row)) != Counter(timed(row) * 2)
