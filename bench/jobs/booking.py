"""Taking an hour: alone, several at once, and fifty for the same one."""

from __future__ import annotations

import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Generic, TypeVar
from uuid import uuid4

from bench.clients import Answer, BrokenJobError, Person, Request, Rush, Script
from bench.measuring import Figure, compare
from bench.scene import Product, Site
from bench.servers import Server
from bench.table import BARE, OURS, Line

BOOKERS = 50
CALLS, TURNS, EACH = 4, 12, 2


class Bookings:
    """Hours of one caregiver, taken and given back through the pages."""

    def __init__(self, product: Product, caregiver: int | None = None) -> None:
        """Read which hours are free; the nurse's, unless another caregiver is named."""
        self.product = product
        self.caregiver = caregiver or product.facts["nurse"]
        page = product.server.ask(product.person("patient1").get(self.page(1, days=20)))
        values = re.findall(rb'name="heure" value="([^"]+)"', page.expect(200).body)
        self.hours = deque(sorted({value.decode() for value in values}))
        self.booked: defaultdict[int, deque[tuple[str, str]]] = defaultdict(deque)
        self._keys = (f"bench-{uuid4().hex}-{number}" for number in count())

    def page(self, patient: int, *, days: int) -> str:
        """Return the address of the page of free hours."""
        avec = f"{self.product.facts['enrolments'][patient]}-{self.caregiver}"
        return (
            f"/rendez-vous/nouveau/heure?avec={avec}&type={self.product.facts['type']}&jours={days}"
        )

    def hold(
        self, patient: int, hour: str, *, reads_on: bool = False
    ) -> Generator[Request, Answer, str]:
        """Hold an hour; return the appointment's number, or nothing when it was taken.

        ``reads_on``: who is refused opens the page of the hours that are left.
        """
        facts = self.product.facts
        form = {
            "avec": f"{facts['enrolments'][patient]}-{self.caregiver}",
            "type": facts["type"],
            "heure": hour,
            "cle": next(self._keys),
        }
        person = self.product.person(f"patient{patient}")
        answer = yield person.post("/rendez-vous/nouveau/heure", form)
        if answer.status == 409:  # an older checkout answers with that page
            return ""
        if answer.status == 303:
            if reads_on:
                hours = yield person.get(answer.headers["location"])
                assert b'name="heure"' in hours.expect(200).body
            return ""
        place = answer.expect(302).headers["location"]
        number = re.search(r"/rendez-vous/(\d+)/confirmation", place)
        assert number, place
        return number.group(1)

    def book(self, place: int) -> Script:
        """Hold and confirm the next free hour."""
        hour = self.hours.popleft()
        number = yield from self.hold(1 + place, hour)
        assert number, hour
        person = self.product.person(f"patient{1 + place}")
        answer = yield person.post(f"/rendez-vous/{number}/confirmation")
        assert answer.expect(302).headers["location"].endswith("/confirme"), answer
        self.booked[place].append((number, hour))

    def cancel(self, place: int) -> Script:
        """Cancel what was booked first."""
        number, hour = self.booked[place].popleft()
        person = self.product.person(f"patient{1 + place}")
        answer = yield person.post(f"/rendez-vous/{number}/annulation")
        answer.expect(302)
        self.hours.append(hour)


class ReferenceBookings:
    """The same of a reference: at the root, or behind the sign-in at ``/signed``."""

    def __init__(self, site: Site, root: str = "", first: int = 2_000_000_000) -> None:
        """``first``: the earliest hour that is taken, in seconds since 1970."""
        self.site, self.root = site, root
        self.hours = count(first, 1800)
        self.booked: defaultdict[int, deque[int]] = defaultdict(deque)

    def person(self, place: int) -> Person:
        """Return who books."""
        return self.site.signed(place) if self.root else Person()

    def hold(self, place: int, hour: int) -> Generator[Request, Answer, int]:
        """Hold an hour; return its row, or nothing when it was taken."""
        answer = yield self.person(place).post(f"{self.root}/hold", {"start": hour})
        if answer.status == 409:
            return 0
        [number] = map(int, re.findall(rb"\d+", answer.expect(200).body))
        return number

    def book(self, place: int) -> Script:
        """Hold and confirm the next hour."""
        number = yield from self.hold(place, next(self.hours))
        assert number
        answer = yield self.person(place).post(f"{self.root}/confirm/{number}")
        answer.expect(200)
        self.booked[place].append(number)

    def cancel(self, place: int) -> Script:
        """Cancel what was booked first."""
        number = self.booked[place].popleft()
        answer = yield self.person(place).post(f"{self.root}/cancel/{number}")
        answer.expect(200)


def book_and_cancel(site: Site) -> Iterator[Line]:
    """Measure hold + confirm as two requests, then the cancelling of what was booked."""
    bookings = {id(product): Bookings(product) for product in site.products().values()}
    bare = ReferenceBookings(site)
    signed = ReferenceBookings(site, "/signed", 2_100_000_000)
    ours = bookings[id(site.product)]
    site.counting.play(ours.book(0))
    booking = site.count(ours.book(0))
    site.counting.play(ours.cancel(0))
    cancelling = site.count(ours.cancel(0))

    rounds = site.many(TURNS)
    sides = site.sides(lambda product: bookings[id(product)].book, bare.book, signed.book)
    figures = compare(sides, calls=CALLS, rounds=rounds, eight=site.eight(EACH))
    line = Line("hold + confirm, two requests", site.on, figures, booking)
    yield line.aim(BARE, 6).aim_statements(17)
    sides = site.sides(lambda product: bookings[id(product)].cancel, bare.cancel, signed.cancel)
    figures = compare(sides, calls=CALLS, rounds=rounds, eight=site.eight(EACH))
    line = Line("cancel, one request", site.on, figures, cancelling)
    yield line.aim(BARE, 6).aim_statements(9)


def fifty_for_one_hour(site: Site) -> Iterator[Line]:
    """Let fifty patients ask for the same hour at the same moment: one yes."""
    ours, bare = Bookings(site.product), ReferenceBookings(site, first=2_050_000_000)
    nobody = Person()
    people = [site.product.person(f"patient{number}") for number in range(BOOKERS)]
    races = {
        OURS: _Race(
            site.product.server,
            lambda place: people[place].get("/messages/non-lus"),
            ours.hours.popleft,
            ours.hold,
        ),
        BARE: _Race(
            site.references, lambda _: nobody.get("/hello"), lambda: next(bare.hours), bare.hold
        ),
    }
    reading = replace(races[OURS], hold=partial(ours.hold, reads_on=True), alone=[], last=[])
    for _ in range(site.many(6)):
        for race in (*races.values(), reading):
            race.run()
    for name, race in races.items():
        sides = {name: Figure(race.last), "alone": Figure(race.alone)}
        line = Line("50 bookers on one hour: the last answer", site.on, sides, by_wall=True)
        yield line.aim("alone", 15) if name == OURS else line
    sides = {OURS: Figure(reading.last), "alone": Figure(reading.alone)}
    yield Line("… and the hours left, read by each", site.on, sides, by_wall=True)


Held = TypeVar("Held", str, int)


@dataclass
class _Race(Generic[Held]):
    """One hour that fifty want, after a few that nobody else wanted."""

    server: Server
    greet: Callable[[int], Request]
    """What opens the connection before the start."""
    next_hour: Callable[[], Held]
    hold: Callable[[int, Held], Generator[Request, Answer, Held]]
    alone: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)

    def run(self) -> None:
        won: list[Held] = []
        self.server.hang_up()
        self.server.play(self._greeting(1))
        for _ in range(4):
            script = self._ask(1, self.next_hour(), won)
            began = time.perf_counter()
            self.server.play(script)
            self.alone.append((time.perf_counter() - began) * 1000)
        assert len(won) == 4
        won.clear()
        hour = self.next_hour()
        with closing(Rush(self.server.port, BOOKERS)) as crowd:
            crowd.run(self._greeting, 1)
            walls = crowd.run(lambda place: self._ask(place, hour, won), 1)
        self.last.append(max(walls))
        if len(won) != 1:
            raise BrokenJobError(f"{len(won)} people hold the same hour")

    def _ask(self, place: int, hour: Held, won: list[Held]) -> Script:
        held = yield from self.hold(place, hour)
        if held:
            won.append(held)

    def _greeting(self, place: int) -> Script:
        answer = yield self.greet(place)
        answer.expect(200)
