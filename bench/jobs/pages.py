"""The heaviest pages: sixty appointments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.measuring import Side, compare
from bench.scene import Site
from bench.table import Line


def sixty_appointments(site: Site) -> Iterator[Line]:
    """Measure a caregiver's day and week against a bare template of sixty rows."""
    keeper = site.server.browser(site.token(site.people.busy_caregiver))
    visitor = site.bare.browser()
    pages = {
        "page: a caregiver's day": f"/agenda/jour/{site.busy_day.isoformat()}",
        "page: a caregiver's week": f"/agenda/semaine/{site.busy_week.isoformat()}",
    }
    for job, path in pages.items():
        assert keeper.get(path).body.count(b"/rendez-vous/") >= 60
        figures = compare(
            Side(partial(keeper.get, path), site.server.cpu),
            Side(lambda: visitor.get("/day"), site.bare.cpu),
            calls=10,
            rounds=site.many(12),
        )
        yield Line(job, site.on, "60 appointments", *figures, most=2)
    patient = site.server.browser(site.token(site.people.patients[3]))
    figures = compare(
        Side(lambda: patient.get("/compte"), site.server.cpu),
        Side(lambda: visitor.get("/hello"), site.bare.cpu),
        calls=10,
        rounds=site.many(12),
    )
    yield Line("page: an account, against hello", site.on, "", *figures, note="what a frame costs")
