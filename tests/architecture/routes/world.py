"""Two bubbles that know nothing of each other, and the words in which the tables are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import Any

from bubbles.models import Bubble, Membership
from core import clock
from core.database import db
from patient.models import CareAssignment, Enrolment
from scheduling.agendas.models import Agenda, ConsultationType
from security.models import User
from tests import factories as make
from tests.cast import Cast

EVERYBODY = "visitor stranger patient follower colleague admin leaver"
SIGNED_IN = "stranger patient follower colleague admin leaver"
STAFF = "follower colleague admin"
CAREGIVERS = "follower colleague"
PROFESSIONALS = "follower colleague leaver"
"""Who has a professional face, even after leaving the last bubble."""
NOBODY = ""
ROLES = EVERYBODY.split()


@dataclass(frozen=True)
class Line:
    """A line that needs more than who: another thing at a place of the address, a form, a query."""

    who: str
    at: dict[str, str] = field(default_factory=dict)
    """Which of the package's things stands at a place of the address, when not that of its name."""
    query: dict[str, str] = field(default_factory=dict)
    """Which of the package's things the query names."""
    form: dict[str, str] = field(default_factory=dict)
    """Which of the package's things are sent."""
    elsewhere: str = ""
    """Where those are sent, besides the way in and home, whose page it is not."""
    is_alone: bool = False
    """What one of them does takes the thing away from the next: each gets a stage of their own."""


@dataclass(frozen=True)
class World:
    """One bubble, its people and their things."""

    bubble: Bubble
    admin: User
    follower: User
    colleague: User
    patient: User
    enrolment: Enrolment
    agenda: Agenda
    type: ConsultationType
    invited: User
    """Somebody without a bubble, to whom an invitation can be addressed."""

    @property
    def things(self) -> dict[str, Any]:
        """Return what fills the addresses of every package; a package's own come on top."""
        return {
            "bubble_id": self.bubble.id,
            "enrolment_id": self.enrolment.id,
            "agenda_id": self.agenda.id,
            "type_id": self.type.id,
            "user_id": self.follower.id,
            "caregiver_id": self.follower.id,
            "token": "x" * 43,
        }


def own_world(cast: Cast) -> World:
    """Return the world of the cast."""
    return World(
        bubble=cast.bubble,
        admin=cast.alice,
        follower=cast.bob,
        colleague=cast.chloe,
        patient=cast.jeanne,
        enrolment=cast.enrolment,
        agenda=cast.agenda,
        type=cast.type,
        invited=cast.mallory,
    )


def foreign_world() -> World:
    """Write another bubble, of other people, into the open transaction."""
    admin = make.user("erik", "Erik Blanc")
    follower = make.user("fanny", "Fanny Colin")
    colleague = make.user("gilles", "Gilles Noir")
    account = make.user("hugo", "Hugo Brun")
    bubble = make.bubble("Rives du Touch", admin=admin)
    make.caregiver(follower, bubble)
    make.caregiver(colleague, bubble)
    person = make.patient("Hugo", "Brun", account=account)
    enrolment = make.enrolment(person, bubble, followers=[follower])
    agenda = make.agenda(follower, bubble)
    for weekday in range(5):
        make.hours(agenda, weekday, time(9), time(18))
    return World(
        bubble=bubble,
        admin=admin,
        follower=follower,
        colleague=colleague,
        patient=account,
        enrolment=enrolment,
        agenda=agenda,
        type=make.consultation_type(bubble, caregivers=[follower]),
        invited=make.user("irene", "Irène Vert"),
    )


def leaver_of(world: World) -> User:
    """Write somebody who left: what points to the patient is there still, the membership is not."""
    gone = make.user("dora", "Dora Petit")
    make.caregiver(gone, world.bubble)
    make.agenda(gone, world.bubble)
    make._add(CareAssignment(enrolment_id=world.enrolment.id, user_id=gone.id, since=clock.now()))
    db.session.query(Membership).filter_by(user_id=gone.id).delete()
    return gone
