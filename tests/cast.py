"""The people of the tests, in the order in which one meets them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from bubbles.models import Bubble
from patient.models import Enrolment, Patient
from scheduling.agendas.models import Agenda, ConsultationType
from security.models import User
from tests import factories as make

PASSWORD = "Tilleul-Radio-marche-7"


@dataclass
class Cast:
    """Alice runs the bubble; Bob follows Jeanne; Chloé does not; Mallory has no business here."""

    alice: User
    bob: User
    chloe: User
    jeanne: User
    mallory: User
    bubble: Bubble
    patient: Patient
    enrolment: Enrolment
    agenda: Agenda
    type: ConsultationType


def build_cast() -> Cast:
    """Write everybody into the open transaction."""
    alice = make.user("alice", "Alice Martin")
    bob = make.user("bob", "Bob Garnier")
    chloe = make.user("chloe", "Chloé Lefèvre")
    jeanne = make.user("jeanne", "Jeanne Roques")
    mallory = make.user("mallory", "Mallory Voisin")
    bubble = make.bubble("Les Tilleuls", admin=alice)
    make.caregiver(bob, bubble, profession="Infirmier")
    make.caregiver(chloe, bubble, profession="Psychologue")
    patient = make.patient("Jeanne", "Roques", born=date(1951, 3, 9), account=jeanne)
    enrolment = make.enrolment(patient, bubble, followers=[bob])
    agenda = make.agenda(bob, bubble)
    make.agenda(chloe, bubble)
    for weekday in range(5):
        make.hours(agenda, weekday, time(9), time(12))
        make.hours(agenda, weekday, time(14), time(18))
    consultation = make.consultation_type(bubble, "Suivi", caregivers=[bob])
    return Cast(
        alice, bob, chloe, jeanne, mallory, bubble, patient, enrolment, agenda, consultation
    )
