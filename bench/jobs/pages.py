"""Pages: free hours, a caregiver's day and week, an account, long lists of patients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from bench.clients import Person, Script
from bench.jobs.booking import Bookings
from bench.measuring import Side, compare
from bench.scene import Asked, Product, Site
from bench.table import BARE, BEFORE, OURS, Line

EACH = 6


def page(person: Person, path: str, least: int = 0, of: bytes = b"") -> Callable[[int], Script]:
    """Return scripts that ask for a page, in which something stands at least so often."""

    def scripts(_place: int) -> Script:
        answer = yield person.get(path)
        assert answer.expect(200).body.count(of) >= least, (path, of)

    return scripts


def _line(site: Site, job: str, asked: Asked, path: str) -> Line:
    """Measure a page against the one of the references at this path."""
    statements = site.count_again(asked(site.product))
    sides = site.sides(asked, page(Person(), path), page(site.signed(0), f"/signed{path}"))
    figures = compare(sides, calls=6, rounds=site.many(12), eight=site.eight(EACH))
    return Line(job, site.on, figures, statements)


def free_hours(site: Site) -> Iterator[Line]:
    """Measure four weeks of free hours against a bare page of as many buttons."""
    paths = {
        id(product): Bookings(product).page(1, days=20) for product in site.products().values()
    }

    def asked(product: Product) -> Callable[[int], Script]:
        return page(product.person("patient1"), paths[id(product)], 1, b'name="heure"')

    facts = site.product.facts
    answer = site.product.server.ask(site.product.person("patient1").get(paths[id(site.product)]))
    buttons = answer.expect(200).body.count(b'name="heure"')
    line = _line(site, "free hours, 4 weeks", asked, f"/hours/{buttons}?from={facts['monday']}")
    line.note = f"{buttons} buttons"
    yield line.aim(BARE, 4).aim_statements(5)


def sixty_appointments(site: Site) -> Iterator[Line]:
    """Measure a caregiver's day and week against a bare page of sixty rows."""
    day = date.fromisoformat(site.product.facts["monday"])
    week = day + timedelta(days=7)
    for job, path in (
        ("a caregiver's day of 60", f"/agenda/jour/{day}"),
        ("a caregiver's week of 60", f"/agenda/semaine/{week}"),
    ):
        line = _line(site, job, _of("keeper", path, 60, b"/rendez-vous/"), "/day")
        yield line.aim(BARE, 5).aim_statements(7)


def packed(site: Site) -> Iterator[Line]:
    """Measure what packing a page costs: everywhere else pages are asked for as they are."""
    keeper, path = site.product.person("keeper"), f"/agenda/jour/{site.product.facts['monday']}"

    def scripts(_place: int) -> Script:
        answer = yield keeper.get(path, Accept_Encoding="gzip")
        assert answer.expect(200).headers["content-encoding"] == "gzip"

    sides = {
        OURS: Side(site.product.server, scripts),
        "as it is": Side(site.product.server, page(keeper, path)),
    }
    figures = compare(sides, calls=6, rounds=site.many(12))
    yield Line("the same day, packed", site.on, figures)


def account(site: Site) -> Iterator[Line]:
    """Measure the account page, which is little more than the frame of every page."""
    line = _line(site, "account page", _of("patient3", "/compte"), "/account")
    yield line.aim(BEFORE, 0.34).aim_statements(8)


def _of(name: str, path: str, least: int = 0, of: bytes = b"") -> Asked:
    return lambda product: page(product.person(name), path, least, of)


def long_lists(site: Site) -> Iterator[Line]:
    """Measure « mes patients » and a bubble's patients: 5,000 against 50."""
    few, many = min(site.product.facts["lists"], key=int), max(site.product.facts["lists"], key=int)
    bubbles = site.product.facts["lists"]
    for job, who, path in (
        ("patients: mine", "keeper", "/patients"),
        ("patients: mine, searched", "keeper", "/patients?q=eloi%20nom4"),
        ("patients: mine, by appointment", "keeper", "/patients?tri=rdv"),
        ("patients: mine, last page", "keeper", "/patients?page=99999"),
        ("patients: of a bubble", "admin", "/bulles/{bubble}/patients"),
        ("patients: without a caregiver", "admin", "/bulles/{bubble}/patients?suivi=personne"),
    ):
        asked = {
            size: page(site.product.person(f"{who}{size}"), path.format(bubble=bubbles[size]))
            for size in (few, many)
        }
        sides = {
            name: Side(site.product.server, asked[size])
            for name, size in ((OURS, many), (f"of {few}", few))
        }
        figures = compare(sides, calls=4, rounds=site.many(4))
        statements = site.count_again(asked[many])
        line = Line(f"{job}, {many}", site.on, figures, statements)
        yield line.aim(f"of {few}", 3)
