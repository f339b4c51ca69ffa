"""The mailbox page of the demonstration, read in a tab of its own as a person does."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.product import CEILING_SECONDS


@dataclass(frozen=True)
class Letter:
    """One mail as it stands on the page."""

    subject: str
    text: str

    @property
    def code(self) -> str:
        """The six digits, without their space."""
        found = re.search(r"\b(\d{3})\s?(\d{3})\b", self.text)
        assert found, f"no code in: {self.text}"
        return found.group(1) + found.group(2)

    def link(self, part: str) -> str:
        """The path of the first link that contains ``part``."""
        for url in re.findall(r"https?://\S+", self.text):
            if part in url:
                return re.sub(r"^https?://[^/]+", "", url.rstrip(".,)"))
        raise AssertionError(f"no link with {part!r} in: {self.text}")


@dataclass
class Mailbox:
    """Each letter is read once: asking again waits for the next one."""

    page: Page
    read: set[str]

    def next(self, email: str, subject: str) -> Letter:
        """Return the oldest letter not yet read whose subject contains ``subject``."""
        deadline = time.monotonic() + CEILING_SECONDS
        while True:
            self.page.goto(f"/boite-aux-lettres?a={email}")
            for row in reversed(self.page.locator("main a.row").all()):
                address = row.get_attribute("href") or ""
                if address not in self.read and subject in row.inner_text():
                    return self._open(address)
            assert time.monotonic() < deadline, f"no mail « {subject} » for {email}"

    def _open(self, address: str) -> Letter:
        self.read.add(address)
        self.page.goto(address)
        subject = self.page.get_by_role("heading", level=1).inner_text()
        return Letter(subject, self.page.locator("main .mailtext").inner_text())
