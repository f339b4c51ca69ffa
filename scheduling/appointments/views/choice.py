"""What an address says of a booking: for whom, with whom, seen before, for what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core import reading
from core.errors import NotFoundError
from core.web import signed_in
from scheduling.agendas.vocabulary import NO, YES
from scheduling.appointments.queries.choices import Booking, Choice, find_booking

CARRIED = ("pour", "avec", "vu", "type")
"""The answers that an address carries; what is about health waits on the server."""


def read_choice(given: Mapping[str, Any]) -> Choice:
    """Read who and with whom; what is nobody's of ours does not exist.

    An address without « pour » means whom the place is for.
    """
    return _read(given, None).choice


def read_booking(given: Mapping[str, Any]) -> Booking:
    """Read who, with whom and for what, with what is known of it."""
    return _read(given, reading.row_id(str(given.get("type") or "")))


def read_wanted(given: Mapping[str, Any], hour: datetime | None) -> Booking:
    """Read who and with whom, and whether somebody else has that hour: of what, only then."""
    return _read(given, reading.row_id(str(given.get("type") or "")), hour)


def _read(given: Mapping[str, Any], type_id: int | None, hour: datetime | None = None) -> Booking:
    place_id, _dash, caregiver_id = str(given.get("avec") or "").partition("-")
    booking = find_booking(
        signed_in(),
        reading.row_id(place_id),
        reading.row_id(caregiver_id),
        patient_id=reading.row_id(given["pour"]) if given.get("pour") else None,
        type_id=type_id,
        hour=hour,
    )
    if booking is None:
        raise NotFoundError
    return booking


def read_seen(choice: Choice, given: Mapping[str, Any]) -> bool | None:
    """Return whether the caregiver has never seen the patient; None: nobody knows yet.

    The answer in the address counts only for whom it was given.
    """
    if choice.is_seen:
        return False
    answer = str(given.get("vu") or "")
    return {seen_value(choice, YES): False, seen_value(choice, NO): True}.get(answer)


def seen_value(choice: Choice, answer: str) -> str:
    """Return what the address carries for an answer about this patient and this caregiver."""
    return f"{answer}-{choice.patient.id}-{choice.caregiver.id}"


def carried(given: Mapping[str, Any], **changed: object) -> dict[str, Any]:
    """Return the answers that the next address keeps."""
    kept = {name: given.get(name) or None for name in CARRIED}
    return {name: value for name, value in (kept | changed).items() if value is not None}
