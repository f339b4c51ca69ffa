"""Following every link of the product, page kind by page kind."""

from __future__ import annotations

from collections import Counter, deque
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from tests.browser.inspection import Inspector
from tests.browser.navigator import Navigator

NOT_PAGES = {
    "static": "files",
    "scheduling.feed": "read by calendar programs",
    "caregiver.download": "a file",
    "messaging.unread": "asked by open pages",
    "messaging.news": "asked by open pages",
}
OF_A_KIND = 2


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


def walk(app: Flask, who: Navigator, inspector: Inspector, *starts: str) -> None:
    """Look at every page that can be reached by links, two of each kind at most."""
    waiting, known, seen = deque(starts), set(starts), Counter[object]()
    while waiting:
        path = waiting.popleft()
        endpoint = kind_of(app, path)
        kind = (endpoint, frozenset(name for name, _value in parse_qsl(urlsplit(path).query)))
        if not endpoint or endpoint in NOT_PAGES or seen[kind] >= OF_A_KIND:
            continue
        seen[kind] += 1
        status = who.open(path)
        if status != 200:
            inspector.findings.append(f"{who.name}: a link leads to {path}, which answers {status}")
        inspector.paths.append(path)  # where it leads may have another address
        inspector.look(f"{who.name or 'a visitor'} walks")
        for link in who.page.locator("a[href^='/']").all():
            address = (link.get_attribute("href") or "").partition("#")[0]
            if address and address not in known:
                known.add(address)
                waiting.append(address)
