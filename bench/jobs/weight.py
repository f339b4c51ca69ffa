"""What a browser fetches before the first page is whole."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from bench.clients import Answer, Person
from bench.measuring import Figure
from bench.scene import Site
from bench.table import OURS, Goal, Line

FIRST = "/connexion"
BROWSER = Person()
NEEDED = {
    "text/html": re.compile(
        r"""<(?:script|img)\b[^>]*?\bsrc="([^"]+)"|<link\b(?=[^>]*\brel="(?:stylesheet|icon|preload|modulepreload|manifest)")[^>]*?\bhref="([^"]+)"|<use\b[^>]*?\bhref="([^"#]+)"""
    ),
    "text/css": re.compile(r"""@import\s+(?:url\()?["']?([^"')\s;]+)"""),
    "text/javascript": re.compile(
        r"""^\s*(?:import|export)\b[^;]*?["'](\.{1,2}/[^"']+|/[^"']+)["']""", re.MULTILINE
    ),
}


def first_page(site: Site) -> Iterator[Line]:
    """Fetch the sign-in page as a visitor's first page, and everything that it asks for.

    Scripts and sheets that are imported are followed; a font counts where the page asks for it
    before the sheet does. Bytes are those of the bodies, compressed if the server does.
    """
    weights: dict[str, int] = {}
    waiting = deque([FIRST])
    while waiting:
        path = waiting.popleft()
        if path in weights:
            continue
        answer = _fetch(site, path)
        weights[path] = len(answer.body)
        waiting.extend(_needs(site, path, answer))
    count, weight = len(weights), sum(weights.values()) / 1000
    line = Line("first page", site.on, {OURS: Figure()}, note=f"{FIRST} and all that it needs")
    line.goals = [
        Goal("≤ 100 kB", f"{weight:.0f} kB", weight <= 100),
        Goal("≤ 12 requests", str(count), count <= 12),
    ]
    yield line


def _fetch(site: Site, path: str, encodings: str = "gzip, br") -> Answer:
    request = BROWSER.get(path, Accept_Encoding=encodings)
    return site.product.server.ask(request).expect(200)


def _needs(site: Site, path: str, answer: Answer) -> Iterator[str]:
    kind = answer.headers["content-type"].partition(";")[0]
    pattern = NEEDED.get("text/javascript" if kind.endswith("javascript") else kind)
    if pattern is None:
        return
    if answer.headers.get("content-encoding"):
        answer = _fetch(site, path, "identity")
    for names in pattern.findall(answer.body.decode()):
        name = names if isinstance(names, str) else next(filter(None, names))
        address = urlsplit(urljoin(path, name))
        if not address.netloc and address.scheme != "data":
            yield address.path + (f"?{address.query}" if address.query else "")
