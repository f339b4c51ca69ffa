"""Eight connections that never rest: nobody waits much longer than the others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bench.clients import Person, Request
from bench.hammer import hammer
from bench.jobs.feeds import poll
from bench.measuring import EIGHT, Figure
from bench.scene import Site
from bench.servers import Server
from bench.table import BARE, OURS, Line

NOBODY = Person()
EACH = 40


def busy_connections(site: Site) -> Iterator[Line]:
    """Measure the sign-in page, a feed that did not change, and a static file."""
    server = site.product.server
    first = server.ask(NOBODY.get("/connexion")).expect(200).body.decode()
    static = re.search(r'href="(/static/[^"]+\.css[^"]*)"', first)
    assert static, first[:2000]
    for job, request, status in (
        ("/connexion", NOBODY.get("/connexion"), 200),
        ("feed unchanged", poll(site.product, 50), 304),
        ("a static file", NOBODY.get(static.group(1)), 200),
    ):
        figures = {OURS: Figure(), BARE: Figure()}
        for _ in range(site.many(12)):
            _turn(server, request, status, figures[OURS])
            _turn(site.references, NOBODY.get("/hello"), 200, figures[BARE])
        line = Line(f"8 busy connections: {job}", site.on, figures)
        yield line.aim_even(3, figures[OURS].eight)


def _turn(server: Server, request: Request, status: int, figure: Figure) -> None:
    before = server.cpu()
    figure.eight += hammer(server.port, request, status, size=EIGHT, each=EACH)
    figure.cpus.append((server.cpu() - before) * 1000 / (EIGHT * EACH))
