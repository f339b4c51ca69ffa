"""The people cared for: who acts for them, who follows them, what is noted about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bubbles.models import Bubble
from core import clock
from core.audit import AuditEntry
from demo.operations.rows import add
from patient.models import (
    CareAssignment,
    Enrolment,
    Guardianship,
    Patient,
    TeamNote,
    TeamNoteReader,
)
from patient.vocabulary import OPENING, GuardianKind, NoteAudience, Sex
from security.models import User

NAMES = """Adèle Arnaud, Albert Barthe, Annick Blanc, Arlette Bousquet, Bernard Cazaux,
Camille Cazenave, Chantal Combes, Daniel Cros, Denise Dupuy, Élise Escande, Émile Faure,
Fatima Ferrer, Françoise Fournier, Georges Garrigue, Gilberte Guiraud, Henri Jalabert,
Hélène Joly, Irène Lacombe, Jacques Lafon, Jeanne Laurens, Karim Mansouri, Léa Marty,
Louis Mas, Lucette Olivier, Marcel Pons, Monique Pujol, Nicole Rigal, Odile Roques,
Raymonde Salvan, Simone Œillet"""


@dataclass(frozen=True)
class Circle:
    """The places that the rest of the demonstration is about."""

    madeleine: Enrolment
    jean: Enrolment
    lucie: Enrolment
    roger: Enrolment
    others: list[Enrolment]
    """The thirty whom Inès follows."""
    evening: list[Enrolment]
    """Who comes to the other bubble."""


def gather(
    tilleuls: Bubble, acacias: Bubble, nadege: User, ines: User, accounts: dict[str, User]
) -> Circle:
    """Write everybody who is cared for, and their places."""
    madeleine = _madeleine(accounts["madeleine"])
    jean = _person("Jean", "Ferrand", date(1948, 7, 2), sex=Sex.MALE, **_home(madeleine))
    add(
        Guardianship(
            user_id=accounts["madeleine"].id, patient_id=jean.id, kind=GuardianKind.RELATIVE
        )
    )
    lucie = _person("Lucie", "Peyron", date(1962, 11, 2))
    add(Guardianship(user_id=accounts["lucie"].id, patient_id=lucie.id, kind=GuardianKind.SELF))
    roger = _person("Roger", "Delmas", date(1944, 6, 21), phone="+33536490017")
    _enrol(_person("Paul", "Estève", date(1957, 1, 30)), tilleuls, [])
    some = [
        _person(given, family, date(1932 + 2 * index, 1 + index % 12, 1 + index % 28))
        for index, (given, family) in enumerate(_names())
    ]
    circle = Circle(
        madeleine=_enrol(madeleine, tilleuls, [nadege, ines], days=210),
        jean=_enrol(jean, tilleuls, [nadege], days=200),
        lucie=_enrol(lucie, tilleuls, [ines], days=120),
        roger=_enrol(roger, tilleuls, [nadege], days=180),
        others=[_enrol(patient, tilleuls, [ines]) for patient in some],
        evening=[_enrol(patient, acacias, [ines]) for patient in some[:3]],
    )
    _note_down(circle.madeleine, nadege, ines)
    _open_sheets(circle.madeleine, nadege, ines)
    return circle


def _names() -> list[tuple[str, str]]:
    pairs = (name.split() for name in NAMES.split(","))
    return [(given, family) for given, family in pairs]


def _madeleine(account: User) -> Patient:
    patient = _person(
        "Madeleine",
        "Ferrand",
        date(1951, 3, 9),
        sex=Sex.FEMALE,
        birth_name="Delpech",
        birth_place="Albi",
        street="8 impasse des Lilas",
        postcode="31240",
        town="Saint-Jean",
        phone="+33536490042",
    )
    add(Guardianship(user_id=account.id, patient_id=patient.id, kind=GuardianKind.SELF))
    return patient


def _home(patient: Patient) -> dict[str, Any]:
    """Return where somebody lives: a household has one address."""
    return {
        "street": patient.street,
        "postcode": patient.postcode,
        "town": patient.town,
        "phone": patient.phone,
    }


def _person(given: str, family: str, born: date, **known: Any) -> Patient:
    return add(
        Patient(
            given_name=given,
            family_name=family,
            birth_date=born,
            created_at=clock.now(),
            **known,
        )
    )


def _enrol(patient: Patient, bubble: Bubble, followers: list[User], *, days: int = 60) -> Enrolment:
    since = clock.now() - timedelta(days=days)
    enrolment = add(Enrolment(bubble_id=bubble.id, patient_id=patient.id, started_at=since))
    for follower in followers:
        add(CareAssignment(enrolment_id=enrolment.id, user_id=follower.id, since=since))
    return enrolment


def _note_down(enrolment: Enrolment, nadege: User, ines: User) -> None:
    """For the whole team, for one colleague, and one that the patient reads too."""
    now = clock.now()
    for author, ago, readers, is_shown, body in (
        (
            nadege,
            timedelta(days=5),
            [],
            False,
            "La sonnette ne marche plus : frapper fort, puis attendre un peu.",
        ),
        (
            ines,
            timedelta(days=3),
            [nadege],
            False,
            "Madeleine s’inquiète pour Jean. Peux-tu lui en parler lors d’un passage ?",
        ),
        (
            nadege,
            timedelta(hours=20),
            [],
            True,
            "Prochain passage jeudi. Penser à préparer l’ordonnance.",
        ),
    ):
        add(
            TeamNote(
                enrolment_id=enrolment.id,
                author_id=author.id,
                body=body,
                audience=NoteAudience.CHOSEN if readers else NoteAudience.TEAM,
                is_shown_to_patient=is_shown,
                written_at=now - ago,
                readers=[TeamNoteReader(user_id=reader.id) for reader in readers],
            )
        )


def _open_sheets(enrolment: Enrolment, nadege: User, ines: User) -> None:
    """Write that caregivers opened the sheet on earlier days, as the journal keeps it."""
    for reader, hours in ((ines, 150), (nadege, 121), (nadege, 73), (ines, 50), (nadege, 26)):
        add(
            AuditEntry(
                at=clock.now() - timedelta(hours=hours),
                actor_kind="user",
                actor_id=reader.id,
                about_kind="patient",
                about_id=enrolment.patient_id,
                permission=OPENING,
                subject_kind="enrolment",
                subject_id=enrolment.id,
                outcome="done",
            )
        )
