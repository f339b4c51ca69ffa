"""Calendar feeds: unchanged, whole, after one change; and another server's, with ``--peers``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.clients import Person, Request, Script
from bench.jobs.booking import Bookings
from bench.measuring import Figure, Side, compare, take_turn
from bench.peers import radicale
from bench.scene import FEEDS, Product, Site
from bench.table import BARE, BEFORE, OURS, Goal, Line

NOBODY = Person()


def read_feeds(site: Site) -> Iterator[Line]:
    """Measure each way that a calendar program reads."""
    yield from _unchanged(site)
    for size in FEEDS:
        yield _whole(site, size)
    yield _after_a_change(site, 500)
    if site.with_peers:
        yield _against_radicale(site, 500)


def feed_path(product: Product, size: int) -> str:
    """Return the secret address of the calendar of so many events."""
    return f"/agenda/{product.facts['feeds'][str(size)]['token']}.ics"


def reading(request: Request, status: int, events: int = 0) -> Callable[[int], Script]:
    """Return scripts that send a request and look at what comes."""

    def scripts(_place: int) -> Script:
        answer = yield request
        assert answer.expect(status).body.count(b"BEGIN:VEVENT") >= events

    return scripts


def poll(product: Product, size: int) -> Request:
    """Return the request of a program that has the calendar already."""
    path = feed_path(product, size)
    etag = product.server.ask(NOBODY.get(path)).expect(200).headers["etag"]
    return NOBODY.get(path, If_None_Match=etag)


def polling(product: Product, size: int) -> Callable[[int], Script]:
    """Return scripts that poll."""
    return reading(poll(product, size), 304)


def _unchanged(site: Site) -> Iterator[Line]:
    small = 0.0
    for size in (FEEDS[0], FEEDS[-1]):
        statements = site.count_again(polling(site.product, size)) if size == FEEDS[0] else None
        etag = f'"{size}-1"'
        sides = site.sides(
            lambda product, size=size: polling(product, size),  # type: ignore[misc]
            reading(NOBODY.get("/hello"), 200),
        )
        sides["bare, one query"] = Side(
            site.references, reading(NOBODY.get(f"/feed/{size}/{size}", If_None_Match=etag), 304)
        )
        figures = compare(sides, calls=20, rounds=site.many(12), eight=site.eight(20))
        line = Line(f"feed of {size} unchanged (304)", site.on, figures, statements)
        small = small or line.sides[OURS].cpu
        if size != FEEDS[0]:
            growth = line.sides[OURS].cpu / small
            line.goals.append(Goal("≤ 1.1× that of 50", f"{growth:.2f}×", growth <= 1.1))
            yield line
        else:
            yield line.aim(BARE, 1.8).aim_statements(1)


def _whole(site: Site, size: int) -> Line:
    def asked(product: Product) -> Callable[[int], Script]:
        return reading(NOBODY.get(feed_path(product, size)), 200, size)

    sides = site.sides(asked, reading(NOBODY.get(f"/feed/{size}/{size}"), 200))
    statements = site.count_again(asked(site.product))
    calls = {50: 12, 500: 6, 5000: 3}[size]
    figures = compare(sides, calls=calls, rounds=site.many(8), eight=site.eight(calls // 3))
    line = Line(f"feed of {size}, whole", site.on, figures, statements)
    return line.aim(BARE, 2) if size == 5000 else line


def _after_a_change(site: Site, size: int) -> Line:
    """One appointment is booked or cancelled between two readings; only reading is counted."""
    figures: dict[str, Figure] = {}
    sides, changes = {}, {}
    for name, product in site.products().items():
        caregiver = product.facts["feeds"][str(size)]["caregiver"]
        changes[name] = Bookings(product, caregiver)
        scripts = reading(NOBODY.get(feed_path(product, size)), 200, size)
        sides[name] = Side(product.server, scripts)
        product.server.play(scripts(0))
    sides[BARE] = Side(site.references, reading(NOBODY.get(f"/feed/{size}/{size}"), 200))
    for number in range(2 * site.many(10)):
        for name, side in sides.items():
            if name in changes:
                change = changes[name].cancel if number % 2 else changes[name].book
                side.server.play(change(0))
            take_turn(side, figures.setdefault(name, Figure()), 1)
    ours, read = changes[OURS], sides[OURS].scripts
    site.counting.play(read(0))
    site.counting.play(ours.book(0))
    statements = site.count(read(0))
    site.counting.play(ours.cancel(0))
    line = Line(f"feed of {size} after one change", site.on, figures, statements)
    return line.aim(BEFORE, 0.25)


def _against_radicale(site: Site, size: int) -> Line:
    """A program that polls, against a program that polls a CalDAV server of the same events."""
    calendar = site.product.server.ask(NOBODY.get(feed_path(site.product, size))).expect(200).body
    with radicale(calendar) as (server, request):
        status = server.ask(request).status
        sides = {
            OURS: Side(site.product.server, polling(site.product, size)),
            "Radicale": Side(server, reading(request, status)),
        }
        figures = compare(sides, calls=4, rounds=site.many(8))
    line = Line(f"feed of {size} polled, against Radicale", site.on, figures)
    rate = 1 / line.ratio("Radicale")
    line.goals.append(Goal("≥ 100× its rate", f"{rate:.0f}×", rate >= 100))
    line.note = f"Radicale answers {status}"
    return line
