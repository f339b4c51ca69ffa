"""One person who shows pages to an inspector."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.inspection import Inspector
from tests.browser.navigator import Navigator


class Tour:
    """One person who shows pages to an inspector."""

    def __init__(self, who: Navigator, inspector: Inspector) -> None:
        """Begin."""
        self.who = who
        self.inspector = inspector
        self.look = inspector.look

    def beside(self, somebody: Navigator) -> Tour:
        """Let somebody else show pages to the same judge."""
        here = self.inspector
        return Tour(somebody, Inspector(somebody.page, here.findings, here.paths))

    def shows(self, path: str, what: str, status: int = 200) -> None:
        """Go somewhere and look."""
        assert self.who.open(path) == status, f"{path} does not answer {status}"
        self.look(what)

    def follows(self, words: str | re.Pattern[str], what: str) -> None:
        """Go where a link leads, and look."""
        with self.who.page.expect_navigation():
            self.who.follow(words)
        self.look(what)

    def presses(self, words: str, what: str) -> None:
        """Look at what a button leads to."""
        with self.who.page.expect_navigation():
            self.who.press(words)
        self.look(what)

    def refuses(self, path: str, button: str, what: str, *, without: str = "") -> None:
        """Send a form as it is, or with one field emptied, and look at what it says."""
        self.who.open(path)
        if without:
            self.who.fill(without, "")
        self.who.press(button)
        expect(self.who.page).to_have_title(re.compile("^Erreur"))
        self.look(what)
