"""The time zones that a form offers, and the database that says when their clocks change."""

from __future__ import annotations

import zoneinfo
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types

FRENCH_ZONES = (
    "Europe/Paris",
    "America/Cayenne",
    "America/Guadeloupe",
    "America/Martinique",
    "America/Miquelon",
    "Indian/Mayotte",
    "Indian/Reunion",
    "Pacific/Noumea",
    "Pacific/Tahiti",
    "Pacific/Wallis",
)
CONTINENTS = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


_FIRST_LINE = "# version "


def use_newest_database() -> None:
    """Take the zones from the newest database: the system's, or the one installed with us.

    Python prefers the system's, however old: a country that changed its mind since would have
    every appointment of next summer an hour off.
    """
    if any(_release(folder) >= _own_release() for folder in zoneinfo.TZPATH):
        return
    zoneinfo.reset_tzpath(to=())
    ZoneInfo.clear_cache()


def _own_release() -> tuple[int, str]:
    year, _dot, number = version("tzdata").partition(".")
    return int(year), chr(ord("a") + int(number) - 1)


def _release(folder: str) -> tuple[int, str]:
    """Return « 2026f » as its year and letter; the oldest of all when the folder does not say."""
    try:
        with Path(folder, "tzdata.zi").open(encoding="utf-8") as lines:
            name = lines.readline().removeprefix(_FIRST_LINE).strip()
    except OSError:
        return 0, ""
    return (int(name[:4]), name[4:5]) if name[:4].isdecimal() else (0, "")


def zone_choices() -> list[SelectChoice]:
    """List the zones of the world by continent, those of France first."""
    choices = [SelectChoice(zone, _city(zone), optgroup=str(_l("France"))) for zone in FRENCH_ZONES]
    for zone in sorted(available_timezones()):
        continent, slash, _rest = zone.partition("/")
        if slash and continent in CONTINENTS and zone not in FRENCH_ZONES:
            choices.append(SelectChoice(zone, _city(zone), optgroup=continent))
    return choices


def _city(zone: str) -> str:
    return zone.partition("/")[2].replace("_", " ").replace("/", ", ")
