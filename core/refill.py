"""Putting typed text back into a page: pure, from HTML to HTML.

Only what a person fills in is touched: never a hidden field, a password, a file or a button.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from html import escape
from html.parser import HTMLParser
from itertools import accumulate
from typing import Protocol

_UNTOUCHED = {"hidden", "password", "file", "submit", "button", "reset", "image"}
KEPT = "_envoi"
"""Ends the name of a field that stands for a file which is on the server already."""
_CHOSEN = {"checkbox", "radio"}
Attributes = list[tuple[str, str | None]]
Find = Callable[[str], list[tuple[str, str]] | None]
Change = tuple[int, int, str]
"""From where, to where, and what stands there instead."""


class Files(Protocol):
    """Shows the files that were kept for a field of this name."""

    def __call__(self, name: str, references: list[str], *, several: bool) -> str:
        """Return HTML; nothing where none is left."""
        ...


def refill(html: str, find: Find, *, here: str, note: str, files: Files | None = None) -> str:
    """Fill the forms for whose action ``find`` has something; ``note`` goes before each of them.

    ``here`` is the address of the page: a form without an action is sent there. ``files`` shows
    what was kept for a field of files, where an element says ``data-kept`` with its name.
    """
    reader = _Reader(html, find, here, note)
    reader.files = files
    reader.feed(html)
    reader.close()
    for start, end, text in sorted(reader.changes, reverse=True):
        html = html[:start] + text + html[end:]
    return html


class _Reader(HTMLParser):
    def __init__(self, html: str, find: Find, here: str, note: str) -> None:
        super().__init__()
        self.changes: list[Change] = []
        self.files: Files | None = None
        self._lines = [0, *accumulate(len(line) for line in html.splitlines(keepends=True))]
        self._find, self._here, self._note = find, here, note
        self._left: dict[str, list[str]] | None = None
        self._select: list[str] = []
        self._text: tuple[int, str] | None = None

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        known = dict(attrs)
        if tag == "form":
            self._open_form(known)
        elif known.get("data-kept"):
            self._show_files(known["data-kept"] or "", several="data-several" in known)
        elif self._left is None or (tag != "option" and not known.get("name")):
            return
        elif tag == "input":
            self._fill_input(attrs, known)
        elif tag == "textarea":
            value = self._take(known["name"] or "")
            end = self._at() + len(self.get_starttag_text() or "")
            self._text = None if value is None else (end, value)
        elif tag == "select":
            self._select = list(self._left.get(known["name"] or "", ()))
        elif tag == "option" and self._select:
            self._mark(tag, attrs, "selected", chosen=(known.get("value") or "") in self._select)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._left = None
        elif tag == "select":
            self._select = []
        elif tag == "textarea" and self._text is not None:
            start, value = self._text
            # A browser drops one line break right after the opening tag.
            self.changes.append((start, self._at(), "\n" + escape(value, quote=False)))
            self._text = None

    def _open_form(self, known: Mapping[str, str | None]) -> None:
        if (known.get("method") or "").lower() != "post":
            return
        fields = self._find(known.get("action") or self._here)
        if fields is None:
            return
        self._left = defaultdict(list)
        for name, value in fields:
            self._left[name].append(value)
        self.changes.append((self._at(), self._at(), self._note))

    def _show_files(self, name: str, *, several: bool) -> None:
        references = self._left.get(f"{name}{KEPT}") if self._left is not None else None
        if references and self.files is not None:
            end = self._at() + len(self.get_starttag_text() or "")
            self.changes.append((end, end, self.files(name, references, several=several)))

    def _fill_input(self, attrs: Attributes, known: Mapping[str, str | None]) -> None:
        kind, name = (known.get("type") or "text").lower(), known["name"] or ""
        if kind in _UNTOUCHED:
            return
        if kind in _CHOSEN:
            values = self._left.get(name, ()) if self._left is not None else ()
            self._mark("input", attrs, "checked", chosen=(known.get("value") or "on") in values)
            return
        value = self._take(name)
        if value is not None:
            kept = [(key, content) for key, content in attrs if key != "value"]
            self._replace("input", [*kept, ("value", value)])

    def _take(self, name: str) -> str | None:
        """Several fields may have one name: each takes the next value."""
        values = self._left.get(name) if self._left is not None else None
        return values.pop(0) if values else None

    def _mark(self, tag: str, attrs: Attributes, word: str, *, chosen: bool) -> None:
        kept = [(key, value) for key, value in attrs if key != word]
        self._replace(tag, [*kept, (word, None)] if chosen else kept)

    def _replace(self, tag: str, attrs: Attributes) -> None:
        written = "".join(
            f" {key}" if value is None else f' {key}="{escape(value)}"' for key, value in attrs
        )
        start = self._at()
        self.changes.append(
            (start, start + len(self.get_starttag_text() or ""), f"<{tag}{written}>")
        )
