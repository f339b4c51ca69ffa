"""Fields that read: what was typed comes back as it was, and what is wrong is said in words."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from wtforms.validators import Optional

from core.fields import (
    BirthDateField,
    DayField,
    InstantField,
    KeyField,
    MinutesField,
    NumberField,
    PriceField,
    RowIdField,
    YesNoField,
)
from core.forms import Form
from tests.architecture.tree import TEMPLATES, read


class Paper(Form):
    day = DayField(validators=[Optional()])
    born = BirthDateField(validators=[Optional()])
    count = NumberField(validators=[Optional()])
    length = MinutesField(validators=[Optional()])
    price = PriceField()


class Button(Form):
    row = RowIdField()
    hour = InstantField()
    answer = YesNoField()
    usual = YesNoField(default=True)
    key = KeyField()


def press(app, **data):
    with app.test_request_context("/", method="POST", data=data):
        return Button()


def fill(app, **data):
    with app.test_request_context("/", method="POST", data=data):
        form = Paper()
        form.validate()
        return form, {name: str(errors[0]) for name, errors in form.errors.items()}


def test_all_that_people_type_is_read(app):
    form, errors = fill(
        app,
        day="3 décembre 2026",
        born="９/３/51",
        count="٤",
        length=" 30 ",
        price="38,50",
    )
    assert errors == {}
    assert form.day.data == date(2026, 12, 3)
    assert form.born.data == date(1951, 3, 9)
    assert (form.count.data, form.length.data) == (4, 30)
    assert form.price.cents == 3850


def test_all_that_is_wrong_is_told_at_once_and_what_was_typed_is_kept(app):
    form, errors = fill(app, day="31/02/2026", born="9/3/2999", count="x", length="une heure")
    assert set(errors) == {"day", "born", "count", "length"}
    assert "24/11/2026" in errors["day"]
    assert form.day._value() == "31/02/2026"
    assert form.born._value() == "9/3/2999"
    assert form.count._value() == "x"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("31/2/1951", "n’existe pas"),
        ("9/3/12", "4 chiffres"),
        ("9/3/1012", "trop ancienne"),
        ("9/3/2998", "dans l’avenir"),
        ("hier", "n’existe pas"),
    ],
)
def test_a_birth_date_that_cannot_be_is_told_why(app, typed, words):
    _form, errors = fill(app, born=typed)
    assert words in errors["born"]


def test_a_day_is_shown_in_french_order(app):
    with app.test_request_context("/"):
        assert Paper(data={"day": date(2026, 12, 3)}).day._value() == "03/12/2026"


def forms_of_the_product() -> list[type[Form]]:
    found, waiting = [], [Form]
    while waiting:
        children = waiting.pop().__subclasses__()
        waiting += children
        found += [one for one in children if not one.__module__.startswith("tests.")]
    return found


def test_what_a_page_calls_optional_may_be_left_empty(app):
    """Whatever the field holds: a text, a day, a number, an address."""
    judged = 0
    for page in TEMPLATES:
        package = page.split("/")[1]
        for name, rest in re.findall(r"\(form\.(\w+)(.*?)\}\}", read(page)):
            if "optional=true" in rest:
                fields = fields_of(package, name)
                assert fields, f"{page}: whose field is {name}?"
                wrong = []
                for field in fields:
                    with app.test_request_context("/", method="POST", data={name: ""}):
                        form = type("Alone", (Form,), {name: field})()
                        form.validate()
                        wrong.append(form.errors)
                assert {} in wrong, f"{page}: {name}"  # another form may ask for the same name
                judged += 1
    assert judged >= 10


def fields_of(package: str, name: str) -> list[Any]:
    found = [
        inspect.getattr_static(one, name, None)
        for one in forms_of_the_product()
        if one.__module__.startswith(f"{package}.")
    ]
    return [field for field in found if hasattr(field, "field_class")]


def test_what_the_page_itself_wrote_is_read(app):
    sent = press(app, row="12", hour="2026-11-24T09:00:00+00:00", answer="oui", usual="non")
    assert sent.row.data == 12
    assert sent.hour.data == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert (sent.answer.data, sent.usual.data) == (True, False)


@pytest.mark.parametrize("other", ["", "x", "-1", "9" * 5000, "0001-01-01T00:00:00+14:00", "\x00"])
def test_what_no_page_wrote_is_nothing(app, other):
    sent = press(app, row=other, hour=other, answer=other, usual=other)
    assert sent.row.data == 0
    assert (sent.hour.data, sent.answer.data, sent.usual.data) == (None, None, None)


def test_an_hour_without_a_zone_is_none(app):
    assert press(app, hour="2026-11-24T09:00").hour.data is None


def test_what_is_not_sent_has_its_default_and_no_row(app):
    sent = press(app, row="12")
    assert (sent.answer.data, sent.usual.data) == (None, True)
    assert press(app, key="a").row.data == press(app).row.data == 0


def test_each_page_has_its_own_key_and_gets_it_back(app):
    with app.test_request_context("/"):
        one, other = Button().key.data, Button().key.data
    assert one
    assert one != other
    assert press(app, key=one).key.data == one
