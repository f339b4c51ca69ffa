"""Looking at one page as a judge: axe, width, targets, headings, title, language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from babel.messages.pofile import read_po
from playwright.sync_api import Page

from tests.browser.product import ROOT

AXE = (ROOT / "tests/vendor/axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1280, 320)
JUDGED = (
    (320, "light", TAGS),
    (1280, "light", TAGS),
    (1280, "dark", {"type": "rule", "values": ["color-contrast"]}),
)
"""What a theme can spoil are colours, at whatever width; all the rest is the same page."""
TARGET = 44
TITLE = re.compile(r"^(Erreur\s: )?\S.* — Alvéole$", re.DOTALL)
ENGLISH_WORDS = re.compile(r"\b(?:the|your|you|with|this|please|and|have)\b", re.IGNORECASE)

RUN_AXE = """async (only) => {
  // A colour on its way from one theme to the other is nobody's colour.
  await Promise.all(document.getAnimations().map((one) => one.finished));
  const wanted = { runOnly: only, resultTypes: ["violations"], preload: false };
  const { violations } = await axe.run(document, wanted);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)} (${node.failureSummary})`));
}"""

RESIZED = """async (width) => {
  while (innerWidth !== width) await new Promise(requestAnimationFrame);
}"""

FACTS = """() => ({
  title: document.title,
  language: document.documentElement.lang,
  headings: document.querySelectorAll("h1").length,
})"""

WORDS = """() => {
  const said = [document.title];
  const read = (root) => {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        const around = node.parentElement;
        const silent = "script, style, [lang]:not(html):not([lang^=fr])";
        if (!around?.closest(silent)) said.push(node.data);
        continue;
      }
      if (node.localName === "template") read(node.content);
      for (const { name, value } of node.attributes) {
        if (/^(aria-label|alt|title|placeholder|data-.*)$/.test(name)) said.push(value);
      }
    }
  };
  read(document.body);
  return said.join("\\n");
}"""

SMALL = """(least) => [...document.querySelectorAll(".btn, .icon-btn, .tab, button")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.height && (box.height < least - .5 || box.width < least - .5))
  .map(([one, box]) => `${one.outerHTML.slice(0, 120)} is ${box.width} × ${box.height}`)"""

OVERFLOWING = """(width) => document.documentElement.scrollWidth <= width ? [] :
  [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > width + 1)
    .filter((one) => !one.closest(".pills, .daypick, .sr"))  // these scroll by themselves
    .slice(0, 3).map((one) => one.outerHTML.slice(0, 120))"""


@dataclass
class Inspector:
    """Judges the pages it is shown, and keeps what it found and where it was."""

    page: Page
    findings: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def look(self, what: str, *, whole: bool = True) -> None:
        """Judge the page as it stands now, wide and narrow; ``whole``: by axe, in both themes."""
        self.paths.append(re.sub(r"^https?://[^/]+", "", self.page.url))
        self.page.evaluate(
            "() => document.querySelectorAll('details').forEach((one) => one.open = true)"
        )
        found = [*self._read(), *self._fit(), *(self._run_axe() if whole else ())]
        self.findings += [f"{what} ({self.paths[-1]}): {one}" for one in found]

    def _read(self) -> Iterator[str]:
        facts = self.page.evaluate(FACTS)
        if not TITLE.match(facts["title"]):
            yield f"title « {facts['title']} »"
        if facts["headings"] != 1:
            yield f"{facts['headings']} main headings"
        if facts["language"] != "fr":
            yield f"language {facts['language']}"
        for words in english_in(self.page.evaluate(WORDS)):
            yield f"in English: {words}"

    def _fit(self) -> Iterator[str]:
        self._resize(min(WIDTHS))
        for small in self.page.evaluate(SMALL, TARGET):
            yield f"target: {small}"
        for wide in self.page.evaluate(OVERFLOWING, min(WIDTHS)):
            yield f"wider than {min(WIDTHS)} px: {wide}"

    def _run_axe(self) -> Iterator[str]:
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE)
        for width, scheme, only in JUDGED:
            self._resize(width)
            self.page.emulate_media(color_scheme=scheme)
            for violation in self.page.evaluate(RUN_AXE, only):
                yield f"{scheme}, {width} px: {violation}"
        self.page.emulate_media(color_scheme="light")

    def _resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.evaluate(RESIZED, width)


class Ruler(Inspector):
    """Only measures, in a browser that is narrow already: works without scripts."""

    def look(self, what: str, *, whole: bool = True) -> None:
        """Say what is wider than the window."""
        wide = self.page.evaluate(OVERFLOWING, min(WIDTHS))
        self.findings += [f"{what} ({self.page.url}): {one}" for one in wide]


def english_in(text: str) -> Iterator[str]:
    """Find sentences of the source that were not translated, and lines that sound English."""
    text = re.sub(r"[^\S\n]+", " ", text)
    whole = " ".join(text.split())
    yield from (sentence for sentence in english_sentences() if sentence in whole)
    yield from (line for line in text.splitlines() if len(ENGLISH_WORDS.findall(line)) > 1)


@cache
def english_sentences() -> tuple[str, ...]:
    """Return the parts of three words or more of the source texts that French never says."""
    with (ROOT / "translations/fr/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = [message for message in read_po(file) if message.id]
    french = " ".join(" ".join(_texts(message.string)) for message in catalogue)
    parts = {
        part.strip(" .,;:?!()“”")
        for message in catalogue
        for text in _texts(message.id)
        for part in re.split(r"%\(\w+\)[sd]|\{\w+\}|\n", text)
    }
    return tuple(sorted(one for one in parts if len(one.split()) >= 3 and one not in french))


def _texts(said: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)
