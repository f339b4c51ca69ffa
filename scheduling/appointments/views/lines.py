"""What one appointment of an agenda says, put together once for the day and the week."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from flask import url_for

from core import wording
from scheduling.agendas.vocabulary import all_mode_words
from scheduling.appointments.queries.appointments import AppointmentRow


class AppointmentLine(NamedTuple):
    """One appointment in the words of a page."""

    row: AppointmentRow
    url: str
    at: str
    """When it begins, as programs read it."""
    hour: str
    """When it begins, on the clock of the place."""
    name: str
    mode: str
    state: str
    """Whether the patient came, or it is past: « fulfilled », « noshow », « past », or « »."""


Say = Callable[[Iterable[AppointmentRow]], list[AppointmentLine]]


def teller(name_of: Callable[[AppointmentRow], str], now: datetime) -> Say:
    """Return what puts appointments into words, what all of them share said once."""
    page = url_for("scheduling.kept", appointment_id=0).removesuffix("0")
    modes = all_mode_words()

    def say(rows: Iterable[AppointmentRow]) -> list[AppointmentLine]:
        return [
            AppointmentLine(
                row,
                f"{page}{row.id}",
                row.starts_at.isoformat(),
                wording.clock_time(row.starts_at, row.zone),
                name_of(row),
                modes[row.mode],
                row.attendance or ("past" if row.ends_at <= now else ""),
            )
            for row in rows
        ]

    return say
