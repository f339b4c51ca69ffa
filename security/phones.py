"""Telephone numbers: how they are typed, kept (E.164) and shown."""

from __future__ import annotations

import re
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from core import reading

HOME = "FR"
OVERSEAS = ("GP", "GF", "MQ", "RE", "YT", "PM", "WF", "NC", "PF", "BL", "MF")
"""Where « 0692 … » is dialled as it is in France, and kept under another prefix."""
LONGEST = 40
LONGEST_TYPED = 200
"""With what cannot be seen; nothing beyond it is looked at."""
SIGNS = re.compile(r"[0-9 +().,/-]+")
"""Digits, and what people, machines and address books put between them."""
BETWEEN = re.compile(r"[^0-9+().]+")
FRENCH_MOBILE = re.compile(r"\+33[67]")
SPECIAL = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PAGER,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
}
NBSP = "\u00a0"


class PhoneFault(StrEnum):
    """Why something typed is no telephone of a person."""

    SHAPE = "shape"
    SPECIAL = "special"
    """Premium, free or shared numbers: they belong to services, and some cost whoever calls."""


class PhoneError(ValueError):
    """What was typed cannot be used."""

    def __init__(self, fault: PhoneFault) -> None:
        """Remember why."""
        super().__init__(fault.value)
        self.fault = fault


def read_phone(typed: str) -> str:
    """Return the number in E.164, however it was written.

    Spaces, dots, dashes, « 00 33 », « +33 (0)6 » and foreign numbers are all understood. A range
    that was opened yesterday counts too: only the length is judged.

    Raises:
        PhoneError: this is no telephone number, or no person's.
    """
    typed = reading.plain(typed[:LONGEST_TYPED])
    if len(typed) > LONGEST or not SIGNS.fullmatch(typed):
        raise PhoneError(PhoneFault.SHAPE)
    number = _parse(BETWEEN.sub(" ", typed))
    if phonenumbers.number_type(number) in SPECIAL:
        raise PhoneError(PhoneFault.SPECIAL)
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _parse(typed: str) -> PhoneNumber:
    number = _parse_as(typed, HOME)
    if number is not None and phonenumbers.is_valid_number(number):
        return number
    for region in OVERSEAS:
        other = _parse_as(typed, region)
        if other is not None and phonenumbers.is_valid_number_for_region(other, region):
            return other
    if number is None or not phonenumbers.is_possible_number(number):
        raise PhoneError(PhoneFault.SHAPE)
    return number


def _parse_as(typed: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(typed, region)
    except NumberParseException:
        return None


def show_phone(number: str) -> str:
    """Write a number as its owner would: « 06 12 34 56 78 », « +32 470 12 34 56 »."""
    parsed = phonenumbers.parse(number, None)
    style = PhoneNumberFormat.INTERNATIONAL
    if number.startswith("+33"):
        style = PhoneNumberFormat.NATIONAL
    return str(phonenumbers.format_number(parsed, style)).replace(" ", NBSP)


def mask_phone(number: str) -> str:
    """Return what its owner recognises: « 06 •• •• •• 78 »."""
    shown = show_phone(number)
    shown_at = [index for index, sign in enumerate(shown) if sign.isdigit()]
    hidden = set(shown_at[2:-2])
    return "".join("•" if index in hidden else sign for index, sign in enumerate(shown))


def is_landline(number: str) -> bool:
    """Say whether text messages cannot be read there; some countries do not tell."""
    if FRENCH_MOBILE.match(number):
        return False
    kind = phonenumbers.number_type(phonenumbers.parse(number, None))
    return bool(kind == PhoneNumberType.FIXED_LINE)
