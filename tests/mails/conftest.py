"""The teller of a story of mails."""

from __future__ import annotations

import pytest

from tests.mail_templates import watch
from tests.mails.teller import Teller


@pytest.fixture(params=["fr", "en"])
def teller(request, app, cast, sign_in, outbox, travel_to, monkeypatch, page) -> Teller:
    told = Teller(
        app=app,
        cast=cast,
        sign_in=sign_in,
        outbox=outbox,
        travel=travel_to,
        templates=watch(monkeypatch),
        monkeypatch=monkeypatch,
        read=page,
        locale=request.param,
    )
    told.speak()
    return told
