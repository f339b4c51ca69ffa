"""Our codes against programs of other people: Debian's oathtool makes them, zbarimg reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from security import totp
from tests.browser.outside import Authenticator

START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("later", [0, 29, 30, 3_600, 86_400 * 365, 86_400 * 4_000])
def test_another_program_makes_the_codes_that_we_accept(later):
    secret = totp.new_secret()
    now = START + timedelta(seconds=later)
    code = Authenticator(secret).code(f"{now:%Y-%m-%d %H:%M:%S} UTC")
    assert totp.matching_step(secret, code, now) == totp.step_of(now)


def test_its_codes_of_another_time_are_not_accepted():
    secret = totp.new_secret()
    early = Authenticator(secret).code(f"{START - timedelta(seconds=90):%Y-%m-%d %H:%M:%S} UTC")
    assert totp.matching_step(secret, early, START) is None
    assert totp.drifted_step(secret, early, START) == totp.step_of(START) - 3
