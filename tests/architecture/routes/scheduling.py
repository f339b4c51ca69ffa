"""Agendas, consultation types, appointments, calendar links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from core import clock, tokens
from scheduling.models import FeedLink
from scheduling.vocabulary import AppointmentStatus, DetailLevel
from tests import factories as make
from tests.architecture.routes.world import EVERYBODY, PROFESSIONALS, SIGNED_IN, STAFF, Line, World


def things(world: World) -> dict[str, Any]:
    """Write an appointment, an hour that the patient keeps, a calendar link."""
    now = clock.now()
    noon = datetime(2026, 11, 24, 9, tzinfo=UTC)
    token = f"{world.agenda.id:z<43}"
    link = make._add(
        FeedLink(
            agenda_id=world.agenda.id,
            name="Téléphone",
            token_hash=tokens.hash_token(token),
            token=token,
            detail_level=DetailLevel.DISCREET,
            created_at=now,
        )
    )
    appointment = make.appointment(
        world.agenda, world.enrolment, world.type, noon,
        booked_by_id=world.patient.id, confirmed_at=now,
    )  # fmt: skip
    hold = make.appointment(
        world.agenda, world.enrolment, world.type, noon + timedelta(hours=1),
        status=AppointmentStatus.HELD, held_until=now + timedelta(minutes=15),
        booked_by_id=world.patient.id,
    )  # fmt: skip
    return {
        "appointment_id": appointment.id,
        "hold": hold.id,
        "link_id": link.id,
        "token": token,
        "day": "2026-11-23",
        "with": f"{world.enrolment.id}-{world.follower.id}",
    }


ROUTES = {
    "GET scheduling.agenda": SIGNED_IN,
    "GET scheduling.agendas": PROFESSIONALS,
    "GET scheduling.appointments": SIGNED_IN,
    "GET scheduling.cancel": "patient follower",
    "POST scheduling.cancel": "patient follower",
    "GET scheduling.choose_caregiver": SIGNED_IN,
    "GET scheduling.choose_time": Line("patient", query={"avec": "with", "type": "type_id"}),
    "POST scheduling.choose_time": Line("patient", form={"avec": "with", "type": "type_id"}),
    "GET scheduling.choose_type": Line("patient", query={"avec": "with"}),
    "GET scheduling.confirm": Line("patient", at={"appointment_id": "hold"}),
    "POST scheduling.confirm": Line("patient", at={"appointment_id": "hold"}),
    "GET scheduling.confirmed": "patient follower",
    "GET scheduling.day": PROFESSIONALS,
    "GET scheduling.edit": "admin",
    "POST scheduling.edit": "admin",
    "POST scheduling.extend": Line("patient", at={"appointment_id": "hold"}),
    "GET scheduling.feed": EVERYBODY,
    "POST scheduling.give_up": Line("patient", at={"appointment_id": "hold"}),
    "GET scheduling.hours": "follower",
    "POST scheduling.hours": "follower",
    "GET scheduling.link": "follower",
    "GET scheduling.new_link": "follower",
    "POST scheduling.new_link": "follower",
    "GET scheduling.new_type": "admin",
    "POST scheduling.new_type": "admin",
    "GET scheduling.remove": "admin",
    "POST scheduling.remove": "admin",
    "GET scheduling.revoke": "follower",
    "POST scheduling.revoke": "follower",
    "GET scheduling.show": "patient follower",
    "GET scheduling.types": STAFF,
    "GET scheduling.week": PROFESSIONALS,
}
