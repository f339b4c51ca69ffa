"""Calendar links answer « unchanged » from the version of an agenda."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import update

from core import clock
from core.database import db
from scheduling.agendas.models import Agenda


def touch_agendas(agenda_ids: Iterable[int]) -> None:
    """Let calendar links know that there is something new."""
    db.session.execute(
        update(Agenda)
        .where(Agenda.id.in_(list(agenda_ids)))
        .values(version=Agenda.version + 1, changed_at=clock.now())
        .execution_options(synchronize_session=False)  # nobody goes on with these rows
    )
