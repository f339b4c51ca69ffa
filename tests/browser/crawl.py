"""Following every link of the product, page kind by page kind."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from tests.browser.inspection import Inspector
from tests.browser.navigator import Navigator

NOT_PAGES = {
    "static": "files",
    "scheduling.feed": "read by calendar programs",
    "scheduling.download_ics": "a file",
    "scheduling.message_link_ics": "a file",
    "caregiver.download": "a file",
    "caregiver.download_paper": "a file",
    "caregiver.preview": "a picture",
    "caregiver.preview_paper": "a picture",
    "caregiver.portrait": "a picture",
    "bubbles.logo_picture": "a picture",
    "bubbles.invitation_logo": "a picture",
    "messaging.unread": "asked by open pages",
    "messaging.news": "asked by open pages",
    "security.session_left": "asked by open pages",
}
OF_A_KIND = 2
LINKS = """() =>
  [...document.querySelectorAll("a[href^='/']")].map((one) => one.getAttribute("href"))"""


def kind_of(app: Flask, path: str) -> str:
    """Return the endpoint that answers to an address, or nothing."""
    try:
        endpoint, _values = app.url_map.bind("localhost").match(urlsplit(path).path, "GET")
    except (HTTPException, RequestRedirect):
        return ""
    return str(endpoint)


def pages_of(app: Flask) -> set[str]:
    """Return the endpoint of every page that a browser can go to."""
    rules = app.url_map.iter_rules()
    return {rule.endpoint for rule in rules if "GET" in (rule.methods or ())} - NOT_PAGES.keys()


def _links(who: Navigator) -> list[str]:
    """Return where the page leads within the product, each address once, in the page's order."""
    found: list[str] = who.page.evaluate(LINKS)
    return list(dict.fromkeys(address.partition("#")[0] for address in found))


def walk(
    app: Flask,
    who: Navigator,
    inspector: Inspector,
    *starts: str,
    judged: Counter[Hashable] | None = None,
    only_new: bool = False,
    at_most: int = OF_A_KIND,
) -> None:
    """Look at every page that can be reached by links, ``at_most`` so many of each kind.

    Of a kind that somebody before has shown, one is enough.

    Args:
        judged: how often a kind was judged whole already, by whoever walked before; what was is
            read and measured only, and counted here when it is judged.
        only_new: whether to leave out what was judged already, and so what is behind it; the
            starts are opened all the same.
    """
    judged = Counter() if judged is None else judged
    known_before = set(judged)
    waiting, known, seen = deque(starts), set(starts), Counter[Hashable]()
    while waiting:
        path = waiting.popleft()
        endpoint = kind_of(app, path)
        kind = (endpoint, frozenset(name for name, _value in parse_qsl(urlsplit(path).query)))
        most = 1 if kind in known_before else at_most
        if not endpoint or endpoint in NOT_PAGES or seen[kind] >= most:
            continue
        if only_new and kind in known_before and path not in starts:
            continue
        seen[kind] += 1
        status = who.open(path)
        if status != 200:
            inspector.findings.append(f"{who.name}: a link leads to {path}, which answers {status}")
        inspector.paths.append(path)  # where it leads may have another address
        inspector.look(f"{who.name or 'a visitor'} walks", whole=not judged[kind])
        judged[kind] += 1
        fresh = [address for address in _links(who) if address not in known]
        known.update(fresh)
        waiting.extend(fresh)
