"""Taking an hour: alone, and fifty at once."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bench.measuring import Figure, Side, compare
from bench.scene import PATIENTS, Site
from bench.servers import Browser
from bench.table import Line
from core import clock
from core.database import db
from patient.models import Enrolment
from scheduling.agendas.models import ConsultationType
from scheduling.agendas.queries.bookable import get_service
from scheduling.appointments.models import Appointment
from scheduling.appointments.operations.changing import cancel_appointment
from scheduling.appointments.queries.free import list_free_slots
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.booking.operations.holding import confirm_appointment, hold_slot
from scheduling.time.slots import Window
from security.models import User

ROUNDS_OF_RACE = 4


def book_and_cancel(site: Site) -> Iterator[Line]:
    """Measure hold, confirm, cancel: as operations, then through the door."""
    yield from _operations(site)
    yield from _through_the_door(site)


def _free(site: Site, first_week: int) -> list[datetime]:
    people = site.people
    service = get_service(people.enrolments[1], people.nurse, people.type)
    begins = clock.now() + timedelta(weeks=first_week)
    found = list_free_slots(service, Window(begins, begins + timedelta(weeks=4)))
    db.session.remove()
    return found


def _operations(site: Site) -> Iterator[Line]:
    people, store = site.people, site.bare_store
    hours = iter(_free(site, 4))
    held: list[int] = []
    bare_hours = iter(_free(site, 4))
    bare_held: list[int] = []

    def book() -> None:
        actor = db.session.get_one(User, people.patients[1])
        enrolment = db.session.get_one(Enrolment, people.enrolments[1])
        kind = db.session.get_one(ConsultationType, people.type)
        nurse = db.session.get_one(User, people.nurse)
        hour = next(hours)
        made = hold_slot(
            actor, enrolment, consultation_type=kind, caregiver=nurse, starts_at=hour,
            key=site.new_key(),
        )  # fmt: skip
        confirm_appointment(actor, made)
        held.append(made.id)
        db.session.remove()

    def cancel() -> None:
        actor = db.session.get_one(User, people.patients[1])
        cancel_appointment(actor, db.session.get_one(Appointment, held.pop()))
        db.session.remove()

    def bare_book() -> None:
        made = store.hold(int(next(bare_hours).timestamp()))
        assert made is not None
        store.mark(made, "confirmed")
        bare_held.append(made)

    def bare_cancel() -> None:
        store.mark(bare_held.pop(), "cancelled")

    rounds = site.many(12)
    booked = compare(Side(book), Side(bare_book), calls=8, rounds=rounds)
    yield Line("book: hold + confirm, operations", site.on, "1", *booked)
    cancelled = compare(Side(cancel), Side(bare_cancel), calls=8, rounds=rounds)
    yield Line("cancel: operation", site.on, "1", *cancelled)
    while held:
        cancel()
    while bare_held:
        bare_cancel()


def _through_the_door(site: Site) -> Iterator[Line]:
    user = site.people.patients[2]
    patient, visitor = site.server.browser(site.token(user)), site.bare.browser()
    hours, bare_hours = iter(_free(site, 8)), iter(_free(site, 8))
    booked: list[str] = []
    bare_booked: list[int] = []
    form = {"csrf_token": site.csrf(user)}

    def book() -> None:
        number = _hold(site, patient, 2, next(hours))
        answer = patient.post(f"/rendez-vous/{number}/confirmation", form)
        assert answer.headers["Location"].endswith("/confirme"), answer
        booked.append(number)

    def cancel() -> None:
        answer = patient.post(f"/rendez-vous/{booked.pop()}/annulation", form)
        assert answer.status == 302, answer

    def bare_book() -> None:
        answer = visitor.post("/hold", {"start": int(next(bare_hours).timestamp())})
        assert answer.status == 200, answer
        [number] = map(int, re.findall(rb"\d+", answer.body))
        visitor.post(f"/confirm/{number}", {})
        bare_booked.append(number)

    def bare_cancel() -> None:
        assert visitor.post(f"/cancel/{bare_booked.pop()}", {}).status == 200

    ours, bare = site.server.cpu, site.bare.cpu
    figures = compare(Side(book, ours), Side(bare_book, bare), calls=8, rounds=site.many(12))
    yield Line("book: hold + confirm, two requests", site.on, "1", *figures, most=1.7)
    figures = compare(Side(cancel, ours), Side(bare_cancel, bare), calls=8, rounds=site.many(12))
    yield Line("cancel: one request", site.on, "1", *figures, most=1.7)
    while booked:
        cancel()
    while bare_booked:
        bare_cancel()


def _hold(site: Site, browser: Browser, who: int, hour: datetime) -> str:
    """Hold an hour; return the row's number, or nothing when it is taken."""
    people = site.people
    form = {
        "avec": f"{people.enrolments[who]}-{people.nurse}",
        "type": people.type,
        "heure": hour.isoformat(),
        "cle": site.new_key(),
        "csrf_token": site.csrf(people.patients[who]),
    }
    answer = browser.post("/rendez-vous/nouveau/heure", form)
    if answer.status == 409:
        return ""
    found = re.search(r"/rendez-vous/(\d+)/confirmation", answer.headers.get("Location", ""))
    assert found, (answer.status, answer.body[-2000:])
    return found.group(1)


def fifty_for_one_hour(site: Site) -> Iterator[Line]:
    """Let fifty patients ask for the same hour at the same moment: one yes, one row."""
    hours = _free(site, 9)
    alone, losers = Figure(), Figure()
    single = site.server.browser(site.token(site.people.patients[1]))
    for hour in hours[:8]:
        began = time.perf_counter()
        assert _hold(site, single, 1, hour)
        alone.walls.append((time.perf_counter() - began) * 1000)
    winners, rows = [], []
    rounds = 1 if site.is_quick else ROUNDS_OF_RACE
    for hour in hours[20 : 20 + rounds]:
        winners.append(_race(site, hour, losers))
        rows.append(_count_rows(hour, site.people.nurse))
    one_each = [1] * rounds
    yield Line(
        "race: the last of 50 is answered",
        site.on,
        f"{PATIENTS} at once",
        losers,
        goal="one yes, one row; p99 ≤ 10× alone",
        met=winners == one_each and rows == one_each and losers.p99 <= 10 * alone.p50,
        note=f"yes {winners}, rows {rows}; alone p50 {alone.p50:.1f}",
    )


def _race(site: Site, hour: datetime, losers: Figure) -> int:
    browsers = [site.server.browser(site.token(one)) for one in site.people.patients]
    gate = threading.Barrier(len(browsers))
    held: list[str] = []

    def run(place: int) -> None:
        browsers[place].get("/messages/non-lus")  # the connection is open before the start
        gate.wait()
        began = time.perf_counter()
        number = _hold(site, browsers[place], place, hour)
        if number:
            held.append(number)
        else:
            losers.walls.append((time.perf_counter() - began) * 1000)

    for user in site.people.patients:
        site.csrf(user)
    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(browsers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for browser in browsers:
        browser.close()
    return len(held)


def _count_rows(hour: datetime, nurse: int) -> int:
    live = (AppointmentStatus.HELD, AppointmentStatus.CONFIRMED)
    query = select(func.count()).where(
        Appointment.caregiver_id == nurse,
        Appointment.starts_at == hour,
        Appointment.status.in_(live),
    )
    found = db.session.scalar(query) or 0
    db.session.remove()
    return found
