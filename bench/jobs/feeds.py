"""Calendar feeds: whole, unchanged, changed, and asked by HEAD."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, update

from bench.measuring import Figure, Side, compare, take_turn
from bench.scene import FEEDS, Site
from bench.table import Line
from core import clock
from core.database import db
from core.transaction import transaction
from scheduling.agendas.models import Agenda
from scheduling.appointments.models import Appointment


def read_feeds(site: Site) -> Iterator[Line]:
    """Measure each way at each size."""
    unchanged: dict[int, Figure] = {}
    for size in FEEDS:
        yield _whole(site, size)
        yield _changed(site, size)
        yield _head(site, size)
        line = _unchanged(site, size)
        unchanged[size] = line.ours
        small = unchanged[FEEDS[0]].cpu
        if size == FEEDS[-1] and small and line.ours.cpu:
            growth = line.ours.cpu / small
            line.note = f"{growth:.2f}× the CPU of {FEEDS[0]} (goal ≤ 1.1×)"
        yield line


def _calls(site: Site, size: int) -> tuple[int, int]:
    return {50: 20, 500: 10, 5000: 3}[size], site.many(8)


def _whole(site: Site, size: int) -> Line:
    path = f"/agenda/{site.feeds[size]}.ics"
    program, visitor = site.server.browser(), site.bare.browser()

    def ours() -> None:
        answer = program.get(path)
        assert answer.status == 200, answer.body[:2000]
        assert answer.body.count(b"BEGIN:VEVENT") == size

    def bare() -> None:
        assert len(visitor.get(f"/feed/{size}/{size}").body) == size * 400

    calls, rounds = _calls(site, size)
    figures = compare(
        Side(ours, site.server.cpu), Side(bare, site.bare.cpu), calls=calls, rounds=rounds
    )
    return Line("feed: whole, nothing changed since", site.on, f"{size} events", *figures, most=2)


def _changed(site: Site, size: int) -> Line:
    """One appointment moves on between two readings; the writing itself is not counted."""
    path = f"/agenda/{site.feeds[size]}.ics"
    program = site.server.browser()

    def ours() -> None:
        assert program.get(path).status == 200

    agenda = site.people.agendas[size]
    query = select(Appointment.id).where(Appointment.agenda_id == agenda).limit(1)
    appointment = db.session.scalars(query).one()
    db.session.remove()
    figure = Figure()
    for _ in range(site.many(12)):
        now = clock.now()
        with transaction():
            db.session.execute(
                update(Appointment)
                .where(Appointment.id == appointment)
                .values(sequence=Appointment.sequence + 1, updated_at=now)
            )
            db.session.execute(
                update(Agenda)
                .where(Agenda.id == agenda)
                .values(version=Agenda.version + 1, changed_at=now)
            )
        db.session.remove()
        take_turn(Side(ours, site.server.cpu), figure, 1)
    goal = "≤ 1.33 CPU" if size == 500 else ""
    met = (figure.cpu or 0) <= 1.33 if goal else None
    return Line("feed: after one change", site.on, f"{size} events", figure, goal=goal, met=met)


def _head(site: Site, size: int) -> Line:
    path = f"/agenda/{site.feeds[size]}.ics"
    program, visitor = site.server.browser(), site.bare.browser()
    calls, rounds = _calls(site, size)

    def ours() -> None:
        assert program.get(path, "HEAD").status == 200

    figures = compare(
        Side(ours, site.server.cpu),
        Side(lambda: visitor.get(f"/feed/{size}/{size}", "HEAD"), site.bare.cpu),
        calls=calls,
        rounds=rounds,
    )
    return Line("feed: HEAD", site.on, f"{size} events", *figures)


def _unchanged(site: Site, size: int) -> Line:
    path = f"/agenda/{site.feeds[size]}.ics"
    program, visitor = site.server.browser(), site.bare.browser()
    etag = program.get(path).headers["ETag"] or ""

    def ours() -> None:
        assert program.get(path, If_None_Match=etag).status == 304

    figures = compare(
        Side(ours, site.server.cpu),
        Side(lambda: visitor.get("/hello"), site.bare.cpu),
        calls=25,
        rounds=site.many(10),
    )
    most = 1.5 if site.on == "SQLite" else 2
    return Line(
        "feed: unchanged (304) against hello", site.on, f"{size} events", *figures, most=most
    )
