"""Dates as people write them."""

from datetime import date

import pytest
from flask_babel import force_locale

from core import wording


@pytest.mark.parametrize(
    ("on", "french", "english"),
    [
        (date(2026, 10, 1), "1er octobre", "1 October"),
        (date(2026, 11, 11), "11 novembre", "11 November"),
        (date(2027, 1, 1), "1er janvier 2027", "1 January 2027"),
    ],
)
def test_the_first_of_a_month_has_its_letters_in_french(app, on, french, english):
    with app.test_request_context():
        with force_locale("fr"):
            assert wording.short_day(on) == french
        with force_locale("en"):
            assert wording.short_day(on) == english
