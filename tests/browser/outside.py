"""What people own besides a browser: a calendar program, an authenticator, a camera."""

from __future__ import annotations

import shutil
import subprocess
import urllib.request
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from icalendar import Calendar

from tests.browser.product import CEILING_SECONDS
from tests.servers.processes import unavailable


@dataclass(frozen=True)
class Authenticator:
    """A program of other people that makes codes from a setup key."""

    key: str

    def code(self, when: str = "now") -> str:
        """Return the code of a moment, in the words of the program: « now + 30 seconds »."""
        command = [_program("oathtool"), "--totp", "--base32", f"--now={when}", self.key]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def scan(picture: Path) -> str:
    """Return the secret that a camera reads on a photograph of the screen."""
    command = [_program("zbarimg"), "--quiet", "--raw", str(picture)]
    read = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    address = urlsplit(read)
    assert (address.scheme, address.netloc) == ("otpauth", "totp"), read
    return parse_qs(address.query)["secret"][0]


def fetch_feed(address: str) -> dict[date, str]:
    """Read a calendar as a program without cookies does: the state of each appointment by hour."""
    with urllib.request.urlopen(address, timeout=CEILING_SECONDS) as answer:
        assert answer.headers["Content-Type"].startswith("text/calendar")
        calendar = Calendar.from_ical(answer.read())
    return {event.start: str(event["STATUS"]) for event in calendar.events}


def _program(name: str) -> str:
    return shutil.which(name) or unavailable(name)
