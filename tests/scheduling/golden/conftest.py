"""What the records of mails need: the template from which each was written."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import jinja2
import pytest

from tests.scheduling.golden.record import Recorder
from tests.scheduling.golden.stage import Stage


class Templates:
    """Remembers what each template of a mail wrote."""

    def __init__(self) -> None:
        self.written: dict[str, str] = {}

    def name_of(self, html: str) -> str:
        """Return the last part of the name of the template that wrote this."""
        return self.written.get(html, "unknown template").rpartition("/")[2].removesuffix(".html")


@pytest.fixture
def templates(monkeypatch) -> Templates:
    seen, render = Templates(), jinja2.Template.render

    def note(template, *args, **values):
        text = render(template, *args, **values)
        if template.name and template.name.startswith("emails/"):
            seen.written[text] = template.name
        return text

    monkeypatch.setattr(jinja2.Template, "render", note)
    return seen


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
