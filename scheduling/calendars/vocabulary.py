"""The words of calendar links."""

from __future__ import annotations

from enum import StrEnum


class DetailLevel(StrEnum):
    """What the titles of a calendar link tell; never a motive."""

    DISCREET = "discreet"
    INITIALS = "initials"
    FULL_NAME = "full_name"


PROGRAMS = (
    ("google", "Google Agenda"),
    ("outlook", "Outlook"),
    ("microsoft", "Outlook"),
    ("thunderbird", "Thunderbird"),
    ("iphone", "iPhone"),
    ("ios", "iPhone"),
    ("macos", "Calendrier (Mac)"),
    ("mac os", "Calendrier (Mac)"),
    ("dataaccessd", "iPhone"),
    ("calendaragent", "Calendrier (Mac)"),
    ("davx5", "DAVx⁵"),
    ("icsx5", "ICSx⁵"),
)


def program_name(user_agent: str) -> str:
    """Name the program behind what it says of itself; its own first word when it is not known."""
    folded = user_agent.lower()
    for part, name in PROGRAMS:
        if part in folded:
            return name
    return user_agent.split("/", maxsplit=1)[0][:40]
