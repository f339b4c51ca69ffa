"""The time zones that a form offers."""

from __future__ import annotations

from zoneinfo import available_timezones

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
