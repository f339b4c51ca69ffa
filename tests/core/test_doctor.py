"""« flask doctor »: the host learns of a wrong clock before people do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest


@pytest.mark.both_databases
@pytest.mark.parametrize(("off", "status"), [(0, 0), (-4, 0), (30, 1), (-90, 1)])
def test_a_clock_that_is_off_is_noticed(app, travel_to, off, status):
    travel_to(datetime.now(UTC) + timedelta(seconds=off))
    found = app.test_cli_runner().invoke(args=["doctor", "clock"])
    assert found.exit_code == status, found.output
    assert ("Set both by NTP" in found.output) == bool(status)
    if abs(off) > 10:
        assert f"by {off:+d} s" in found.output or f"by {off + 1:+d} s" in found.output
