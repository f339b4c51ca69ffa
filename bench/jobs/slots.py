"""Four weeks of free hours of one caregiver; the first free hour of twenty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bench.measuring import Side, compare, repeat
from bench.scene import Site
from bench.table import Line
from core import clock
from core.database import db
from scheduling.agendas.queries.bookable import BookableService, get_service
from scheduling.appointments.queries.free import list_free_slots, next_free_slots
from scheduling.appointments.queries.taken import list_diaries
from scheduling.time.slots import Window, bookable

PRACTITIONERS = 20


def four_weeks(site: Site) -> Iterator[Line]:
    """Measure the sweep, the queries with it, and the page."""
    yield from _sweep(site)
    yield _without_page(site)
    yield _first_of_many(site)
    yield _page(site)


def _sweep(site: Site) -> Iterator[Line]:
    people = site.people
    service = get_service(people.enrolments[1], people.nurse, people.type)
    now = clock.now()
    for weeks in (4, 12):
        window = Window(now, now + timedelta(weeks=weeks))
        diary = list_diaries([people.nurse], window.earliest, window.latest)[people.nurse]

        sweep = partial(bookable, service.rules, window, diary)
        figure = repeat(Side(sweep), calls=50, rounds=site.many(12))
        yield Line("slots: the sweep alone", "memory", f"{weeks} weeks", figure)


def _without_page(site: Site) -> Line:
    people = site.people

    def ours() -> list[datetime]:
        service = get_service(people.enrolments[1], people.nurse, people.type)
        now = clock.now()
        found = list_free_slots(service, Window(now, now + timedelta(weeks=4)))
        db.session.remove()
        return found

    def bare() -> list[str]:
        now = int(clock.now().timestamp())
        return site.bare_store.slots(now + 3600, now + 28 * 86400)

    assert len(bare()) == len(ours())
    figures = compare(Side(ours), Side(bare), calls=20, rounds=site.many(12))
    return Line("slots: rules, query, sweep", site.on, "4 weeks", *figures)


def _first_of_many(site: Site) -> Line:
    """Twenty of the busiest caregiver stand for a page of twenty: none is spared a sweep."""
    people = site.people
    service = get_service(people.enrolments[1], people.nurse, people.type)
    services: list[BookableService] = [
        replace(service, enrolment_id=number) for number in range(PRACTITIONERS)
    ]

    def twenty() -> None:
        assert len(next_free_slots(services)) == PRACTITIONERS
        db.session.remove()

    def one() -> None:
        assert len(next_free_slots(services[:1])) == 1
        db.session.remove()

    figures = compare(Side(twenty), Side(one), calls=10, rounds=site.many(12))
    return Line(
        "slots: the first of twenty", site.on, "twenty", *figures, note="twenty against one"
    )


def _page(site: Site) -> Line:
    people = site.people
    patient = site.server.browser(site.token(people.patients[1]))
    visitor = site.bare.browser()
    path = (
        f"/rendez-vous/nouveau/heure?avec={people.enrolments[1]}-{people.nurse}"
        f"&type={people.type}&jours=20"
    )

    def ours() -> None:
        assert patient.get(path).status == 200

    def bare() -> None:
        assert visitor.get("/slots?days=28").status == 200

    figures = compare(
        Side(ours, site.server.cpu), Side(bare, site.bare.cpu), calls=20, rounds=site.many(10)
    )
    return Line(
        "slots: the page", site.on, "4 weeks", *figures, most=1.6, note="page against bare JSON"
    )
