"""What people type is read with kindness, and the same way everywhere."""

from datetime import date
from time import process_time

import pytest

from core import reading

UNSEEN = [
    "\u200b",
    "\u200c",
    "\u200d",
    "\u200e",
    "\u200f",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u061c",
    "\u180e",
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
    "\ufe0f",
    "\U000e0100",
    "\u3164",
    "\u2800",
    "\U000e0041",
]


@pytest.mark.parametrize(
    "typed",
    [
        "9H30",
        "0930",
        "9 h 30",
        "9:30",
        "9.30",
        "09:30",
        "9h30",
        "9,30",
        "9 30",
        "9-30",
        "930",
        "9 heures 30",
        "9h30min",
        "9:30:00",
        " 9 h 30 ",
        "9\u00a0h\u00a030",
        "9\u202fh\u202f30",
        "９：３０",
        "٩:٣٠",
        "۹:۳۰",
        "९:३०",
        "9∶30",
        "9\u200bh\u206030",
        "\u202a9h30\u202c",
        "9:30 am",
    ],
)
def test_half_past_nine_is_read_however_it_is_written(typed):
    assert reading.minute(typed) == 9 * 60 + 30


@pytest.mark.parametrize(
    ("typed", "minute"),
    [
        ("9", 540),
        ("9h", 540),
        ("9 heures", 540),
        ("0h", 0),
        ("23:59", 1439),
        ("24 h", 1440),
        ("24:00", 1440),
        ("1530", 930),
        ("midi", 720),
        ("Midi", 720),
        ("minuit", 0),
        ("2 pm", 840),
        ("12 am", 0),
        ("12:15 p.m.", 735),
    ],
)
def test_other_hours_are_read_on_a_clock_of_24_hours(typed, minute):
    assert reading.minute(typed) == minute


@pytest.mark.parametrize(
    "typed",
    [
        "",
        None,
        "25h",
        "9:60",
        "24:01",
        "9:3",
        "9h5",
        "13 pm",
        "neuf",
        "9:30-10:30",
        "-9",
        "9²",
        "9" * 10_000,
    ],
)
def test_what_may_be_two_hours_is_none(typed):
    assert reading.minute(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "3/12/2026",
        "03/12/2026",
        "3.12.26",
        "3-12-2026",
        "3 12 2026",
        "03122026",
        "2026-12-03",
        "2026/12/3",
        "3 décembre 2026",
        "3 DÉCEMBRE 2026",
        "3 decembre 2026",
        "3 déc. 2026",
        "jeudi 3 décembre 2026",
        "Thursday, December 3, 2026",
        "3 December 2026",
        "3\u00a0décembre\u00a02026",
        "３／１２／２０２６",
        "٣/١٢/٢٠٢٦",
        "۳/۱۲/۲۰۲۶",
        "3\u200b/12/\u206020\ufeff26",
        "3 / 12 / 2026",
        "3\u201012\u20102026",
        "3 de\u0301cembre 2026",
    ],
)
def test_a_date_is_read_in_french_order(typed):
    assert reading.day(typed) == date(2026, 12, 3)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        None,
        "31/02/2026",
        "12/2026",
        "3/13/2026",
        "0/1/2026",
        "3 jui 2026",
        "0001-01-01",
        "1/1/0026",
        "demain",
        "3/12/2026x",
    ],
)
def test_what_is_no_day_is_none(typed):
    assert reading.day(typed) is None


def test_two_figures_of_a_birth_year_count_only_where_they_can_mean_one_year():
    today = date(2026, 11, 30)
    assert reading.day("9/3/51", before=today) == date(1951, 3, 9)
    assert reading.day("9/3/19", before=today) is None
    assert reading.is_short_year("9/3/19")
    assert reading.day("9/3/1919", before=today) == date(1919, 3, 9)
    assert reading.day("1er mai 2027") == date(2027, 5, 1)


@pytest.mark.parametrize("unseen", UNSEEN)
def test_what_cannot_be_seen_changes_nothing(unseen):
    assert reading.minute(f"9{unseen}h{unseen}30") == 570
    assert reading.day(f"{unseen}3/12/{unseen}2026") == date(2026, 12, 3)
    assert reading.address(f"ana{unseen}@x.fr{unseen}") == "ana@x.fr"
    assert reading.digits(f"12{unseen}3 456", 6) == "123456"
    assert reading.number(f"{unseen}42") == 42
    assert reading.cents(f"38,{unseen}50 €") == 3850


@pytest.mark.parametrize(
    "typed", ["123456", "123 456", "１２３４５６", "١٢٣٤٥٦", "۱۲۳-۴۵۶", "12.34.56", "१२३४५६"]
)
def test_a_code_is_read_in_any_figures(typed):
    assert reading.digits(typed, 6) == "123456"


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345a", "①②③④⑤⑥", "123456" * 1000])
def test_what_is_no_code_is_none(typed):
    assert reading.digits(typed, 6) is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("1 200", 1200),
        ("1\u202f200", 1200),
        ("٤٢", 42),
        ("４２", 42),
        ("", None),
        ("-1", None),
        ("1e3", None),
        ("1_0", None),
        ("9" * 5000, None),
    ],
)
def test_a_number_is_read_in_any_figures(typed, number):
    assert reading.number(typed) == number


def test_an_amount_has_cents_or_not():
    read = [
        reading.cents(typed) for typed in ("70", "38,50", "38.5 €", "٣٨٫٥٠", "70 euros", "7 0", "x")
    ]
    assert read == [7000, 3850, 3850, 3850, 7000, None, None]


@pytest.mark.parametrize(
    "typed", ["<ana@x.fr>", "mailto:ana@x.fr", " <mailto:ana@x.fr>; ", "'ana@x.fr',", "ana＠x．fr"]
)
def test_an_address_comes_out_of_what_is_put_around_it(typed):
    assert reading.address(typed) == "ana@x.fr"


def test_a_name_keeps_the_joiners_of_its_spelling_and_nothing_that_turns_the_line():
    assert reading.line("  Ana\u00a0\u2003 Dupont ") == "Ana Dupont"
    assert reading.line("\u202eAna\u202c \u2067Du\u00adpont\u2069\ufeff") == "Ana Dupont"
    assert reading.line("Éloïse") == reading.line("E\u0301loi\u0308se") == "Éloïse"
    assert reading.line("علی\u200cرضا") == "علی\u200cرضا"
    assert reading.line("क्\u200dष") == "क्\u200dष"
    assert reading.line("\u200d\u2800 ") == ""
    assert reading.line("葛\U000e0100城") == "葛\U000e0100城"


@pytest.mark.parametrize(
    "read", [reading.line, reading.plain, reading.address, reading.minute, reading.day]
)
def test_reading_takes_time_in_proportion_to_what_was_typed(read):
    def cost(length):
        begun = process_time()
        read("\u200b 1h:/" * length)
        return process_time() - begun

    small = min(cost(2_000) for _ in range(5)) + 1e-3
    assert (
        min(cost(40_000) for _ in range(3)) < small * 200
    )  # twenty times as much; a square is 400


def test_a_heap_of_accents_is_not_put_in_order():
    heap = "a" + "\u0301\u0316" * 50_000
    begun = process_time()
    assert reading.line(heap) == heap
    reading.plain(heap)
    assert process_time() - begun < 2
