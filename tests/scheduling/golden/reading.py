"""What a page says: its list items, its notices; no markup, no addresses."""

from __future__ import annotations

import re
from html.parser import HTMLParser

EMPTY_TAGS = frozenset({"br", "hr", "img", "input", "link", "meta", "path", "use", "wbr"})
SILENT = frozenset({"script", "style", "svg"})


def plain(text: str) -> str:
    """Return one line with plain spaces and without marks of direction."""
    text = re.sub("[\u2066-\u2069\u200e\u200f]", "", text.replace("\u00a0", " "))
    text = re.sub(r"\s+([,.])", r"\1", " ".join(text.replace("\u202f", " ").split()))
    return text.strip()


class PageText(HTMLParser):
    """Reads the items of lists and the notices inside a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.items: list[str] = []
        self.notices: list[str] = []
        self._open: list[tuple[str, list[str] | None, list[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag in EMPTY_TAGS:
            return
        values = dict(attrs)
        is_item = tag == "li" and any(name == "main" for name, *_ in self._open)
        is_notice = "banner" in (values.get("class") or "").split()
        is_heading = (values.get("id") or "").endswith("-notice")
        target = self.items if is_item else self.notices if is_notice or is_heading else None
        self._open.append((tag, target, []))

    def handle_endtag(self, tag):
        if tag in EMPTY_TAGS:
            return
        while self._open:
            name, target, parts = self._open.pop()
            text = plain(" ".join(parts))
            if target is not None:
                target.append(text)
            if self._open:
                self._open[-1][2].append(text)
            if name == tag:
                return

    def handle_data(self, data):
        if self._open and not any(name in SILENT for name, *_ in self._open):
            self._open[-1][2].append(data)
