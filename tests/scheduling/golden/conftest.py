"""What the records of mails need: the template from which each was written."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from tests.mail_templates import watch
from tests.scheduling.golden.record import Recorder
from tests.scheduling.golden.stage import Stage


@pytest.fixture
def templates(monkeypatch):
    return watch(monkeypatch)


@pytest.fixture
def record(cast, sign_in, visitor, outbox, travel_to, templates):
    """``record(accounts, before, act)`` gives the lines of one case."""

    def record(accounts, before, act) -> list[str]:
        stage = Stage(
            cast=cast,
            sign_in=sign_in,
            visitor=visitor,
            outbox=outbox,
            travel=travel_to,
            zone=ZoneInfo("Europe/Paris"),
            accounts=accounts,
        )
        before(stage)
        recorder = Recorder(stage, templates)
        recorder.begin()
        act(stage)
        return recorder.lines()

    return record
