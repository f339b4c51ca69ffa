"""Telephone numbers, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.phones import (
    PhoneError,
    PhoneFault,
    is_landline,
    mask_phone,
    read_phone,
    show_phone,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0612345678", "+33612345678"),
        ("06 12 34 56 78", "+33612345678"),
        ("06.12.34.56.78", "+33612345678"),
        ("06-12-34-56-78", "+33612345678"),
        ("06/12/34/56/78", "+33612345678"),
        ("  06 12\u00a034\u202f56 78 ", "+33612345678"),
        ("06‑12‑34‑56‑78", "+33612345678"),
        ("(06) 12 34 56 78", "+33612345678"),
        ("0 612345678", "+33612345678"),
        ("+33 6 67 37 30 01", "+33667373001"),
        ("+33667373001", "+33667373001"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("+33(0)612345678", "+33612345678"),
        ("+33 06 12 34 56 78", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("00 33 6 12 34 56 78", "+33612345678"),
        ("0033 (0)6 12 34 56 78", "+33612345678"),
        ("33612345678", "+33612345678"),
        ("\u202a06 12 34 56 78\u202c", "+33612345678"),
        ("٠٦١٢٣٤٥٦٧٨", "+33612345678"),
        ("06 39 98 12 34", "+33639981234"),
        ("01 99 00 12 34", "+33199001234"),
        ("09 72 12 34 56", "+33972123456"),
        ("0692 12 34 56", "+262692123456"),
        ("0696 12 34 56", "+596696123456"),
        ("+262 692 12 34 56", "+262692123456"),
        ("+32 470 12 34 56", "+32470123456"),
        ("0032 470 12 34 56", "+32470123456"),
        ("+41 79 123 45 67", "+41791234567"),
        ("+44 7400 123456", "+447400123456"),
        ("+44 (0)7400 123456", "+447400123456"),
        ("+1 (202) 555-0143", "+12025550143"),
        ("+39 06 698 12345", "+390669812345"),
    ],
)
def test_every_way_of_writing_a_number_is_understood(typed, kept):
    assert read_phone(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "15",
        "3635",
        "06 12 34 56",
        "06 12 34 56 78 90",
        "06ABCDEFGH",
        "06 12 34 56 78 poste 3",
        "06 12 34 56 78;ext=3",
        "tel:0612345678",
        "+999 1234567",
        "+",
        "0" * 41,
        "06 12 34 56 78\x00",
        "jeanne@example.org",
        "\ud800",
    ],
)
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(PhoneError) as refused:
        read_phone(typed)
    assert refused.value.fault is PhoneFault.SHAPE


@pytest.mark.parametrize(
    "typed", ["0899 12 34 56", "0 890 12 34 56", "0800 12 34 56", "0820123456"]
)
def test_case_s14_numbers_of_services_are_refused(typed):
    with pytest.raises(PhoneError) as refused:
        read_phone(typed)
    assert refused.value.fault is PhoneFault.SPECIAL


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(typed):
    try:
        kept = read_phone(typed)
    except PhoneError:
        return
    assert kept[0] == "+"
    assert kept[1:].isascii()
    assert kept[1:].isdigit()
    assert len(kept) <= 16
    assert read_phone(show_phone(kept)) == kept


@pytest.mark.parametrize(
    ("number", "shown", "masked"),
    [
        ("+33612345678", "06 12 34 56 78", "06 •• •• •• 78"),
        ("+33639981234", "06 39 98 12 34", "06 •• •• •• 34"),
        ("+32470123456", "+32 470 12 34 56", "+32 ••• •• •• 56"),
    ],
)
def test_a_number_is_shown_as_its_owner_writes_it(number, shown, masked):
    assert show_phone(number) == shown.replace(" ", "\u00a0")
    assert mask_phone(number) == masked.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("number", "landline"),
    [
        ("+33612345678", False),
        ("+33639981234", False),
        ("+33712345678", False),
        ("+33199001234", True),
        ("+33561234567", True),
        ("+12025550143", False),
        ("+32470123456", False),
        ("+3227123456", True),
    ],
)
def test_landlines_are_told_from_what_may_read_messages(number, landline):
    assert is_landline(number) is landline
