"""Ending every place of a bubble that closes: at once for who looks, little by little for the rest.

A bubble may have thousands of patients, each with hours that are booked and somebody to be told.
The places end in two statements, with the closing itself. What follows from each is done there
too when they are few; else the worker does it, some at a time, so that nobody else waits long for
the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from bubbles.models import Bubble
from bubbles.operations.closing import tell_departures
from core import outbox
from core.authorization import System, consequence, operation
from core.database import db
from core.events import publish
from core.mail import say
from patient import emails
from patient.events import EnrolmentEnded
from patient.models import CareAssignment, Enrolment
from patient.policy import PatientPermission
from patient.queries import places as queries

if TYPE_CHECKING:
    from collections.abc import Iterable

KIND = "places_ended"
AT_ONCE = 10
"""Places whose consequences one transaction carries."""


@consequence
def end_enrolments(*, bubble_id: int) -> None:
    """End every patient's place in a bubble that closes, and all that hangs on them."""
    closed_at = db.session.get_one(Bubble, bubble_id).closed_at
    live = select(Enrolment.id).where(
        Enrolment.bubble_id == bubble_id, Enrolment.ended_at.is_(None)
    )
    ids = db.session.scalars(live.order_by(Enrolment.id)).all()
    here = select(Enrolment.id).where(Enrolment.bubble_id == bubble_id)
    db.session.execute(
        delete(CareAssignment)
        .where(CareAssignment.enrolment_id.in_(here))
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Enrolment)
        .where(Enrolment.bubble_id == bubble_id, Enrolment.ended_at.is_(None))
        .values(ended_at=closed_at)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()  # before what was read is forgotten
    db.session.expire_all()
    if len(ids) <= AT_ONCE:
        _tell(ids)
        tell_departures(bubble_id)
    else:
        _go_on(bubble_id, after=0)


def tell_of_endings(_message_id: int, payload: dict[str, Any]) -> None:
    """Answer the outbox: some of the places, then the message that brings back for the others."""
    bubble = db.session.get(Bubble, payload["bubble"])
    if bubble is not None:
        go_on_closing(System("a bubble is closed"), bubble, after=payload["after"])


@operation(PatientPermission.GO_ON_CLOSING)
def go_on_closing(_system: System, bubble: Bubble, *, after: int) -> None:
    """Do what follows from the end of the next places; after the last, the staff is gone too.

    The same ones again change nothing: what was cancelled is, who was told is not told twice.
    """
    query = (
        select(Enrolment.id)
        .where(
            Enrolment.bubble_id == bubble.id,
            Enrolment.ended_at == bubble.closed_at,
            Enrolment.id > after,
        )
        .order_by(Enrolment.id)
        .limit(AT_ONCE)
    )
    ids = db.session.scalars(query).all()
    _tell(ids)
    if ids:
        _go_on(bubble.id, after=ids[-1])
    else:
        tell_departures(bubble.id)


def _tell(enrolment_ids: Iterable[int]) -> None:
    for enrolment_id in enrolment_ids:
        publish(EnrolmentEnded(enrolment_id=enrolment_id))
        patient_id = db.session.get_one(Enrolment, enrolment_id).patient_id
        ids = [guardianship.user_id for guardianship in queries.list_guardians(patient_id)]
        say(
            emails.place_has_ended().to(user_id, key=f"closed-{enrolment_id}-{user_id}")
            for user_id in ids
        )


def _go_on(bubble_id: int, *, after: int) -> None:
    outbox.enqueue(
        KIND, {"bubble": bubble_id, "after": after}, dedupe_key=f"{KIND}-{bubble_id}-{after}"
    )
