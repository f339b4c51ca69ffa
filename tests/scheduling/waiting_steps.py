"""What the worker does, and what it did: for tests of the waiting list."""

from __future__ import annotations

from sqlalchemy import select

from core import clock
from core.database import db
from scheduling.agendas.queries.bookable import get_service
from scheduling.appointments.queries.free import list_free_slots
from scheduling.waiting_list.models import WaitingListOffer
from scheduling.waiting_list.operations.offers import ask_everybody

TUESDAY, FRIDAY = "2026-11-24", "2026-11-27"


def look() -> None:
    ask_everybody(0, {})


def offers() -> list[WaitingListOffer]:
    db.session.expire_all()
    return list(db.session.scalars(select(WaitingListOffer).order_by(WaitingListOffer.id)))


def free_at(cast, instant) -> bool:
    service = get_service(cast.enrolment.id, cast.bob.id, cast.type.id)
    return instant in list_free_slots(service, service.window(clock.now()))
