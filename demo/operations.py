"""The invented people of a trial: one bubble at work, another beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bubbles.models import Bubble, Invitation, Membership
from bubbles.vocabulary import InvitedAs
from caregiver.models import Caregiver
from core import clock, tokens, wording
from core.authorization import Actor, Instance, operation
from core.database import Base, db
from demo.policy import DemoPermission
from messaging.models import Conversation, Message, ReadMark
from messaging.vocabulary import ConversationKind
from patient.models import CareAssignment, Enrolment, Guardianship, Patient
from patient.vocabulary import GuardianKind
from scheduling.models import Agenda, Appointment, Availability, ConsultationType
from scheduling.vocabulary import AppointmentStatus, ConsultationMode
from security.models import User

M = TypeVar("M", bound=Base)
ZONE = "Europe/Paris"
PASSWORD = "Tilleul-Radio-7-marche"  # noqa: S105  (printed at every start of a demonstration)


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    email: str
    name: str
    role: str


SOFIA = Person("sofia.marques@example.org", "Sofia Marques", "administratrice de la bulle")
NADEGE = Person("nadege.lemaitre@example.org", "Nadège Lemaître", "accompagnante, infirmière")
INES = Person("ines.aubry@example.org", "Inès Aubry", "accompagnante, psychologue")
MADELEINE = Person("madeleine.ferrand@example.org", "Madeleine Ferrand", "patiente")
LUCIE = Person("lucie.peyron@example.org", "Lucie Peyron", "patiente")
PEOPLE = (SOFIA, NADEGE, INES, MADELEINE, LUCIE)


@operation(DemoPermission.SEED)
def erase_everything(_actor: Actor, _instance: Instance) -> None:
    """Empty every table. Exists in demo mode only."""
    for table in reversed(Base.metadata.sorted_tables):
        db.session.execute(table.delete())


@operation(DemoPermission.SEED)
def found_demo(_actor: Actor, _instance: Instance, *, password_hash: str) -> None:
    """Write the demonstration: people, hours, today's and this week's appointments, messages.

    ``password_hash`` is that of ``PASSWORD``, the same for everybody.
    """
    users = {person: _user(person, password_hash) for person in PEOPLE}
    sofia, nadege, ines = users[SOFIA], users[NADEGE], users[INES]
    tilleuls = _bubble(
        "Les Tilleuls", "Soins à domicile, Saint-Jean et L’Union", "14 rue des Tilleuls", sofia
    )
    _caregiver(nadege, tilleuls, "Infirmière")
    _caregiver(ines, tilleuls, "Psychologue")
    visits, sessions = _agenda(nadege, tilleuls), _agenda(ines, tilleuls)
    for weekday in range(7):
        _hours(visits, weekday, (8, 12), (13, 19))
    for weekday in range(5):
        _hours(sessions, weekday, (9, 12), (14, 18))
    visit = _type(tilleuls, "Passage à domicile", 30, ConsultationMode.HOME, [nadege])
    follow_up = _type(tilleuls, "Suivi", 45, ConsultationMode.ON_SITE, [ines])

    madeleine = _patient("Madeleine", "Ferrand", date(1951, 3, 9), users[MADELEINE])
    lucie = _patient("Lucie", "Peyron", date(1962, 11, 2), users[LUCIE])
    roger = _patient("Roger", "Delmas", date(1944, 6, 21), None)
    around_madeleine = _enrol(madeleine, tilleuls, [nadege, ines])
    around_lucie = _enrol(lucie, tilleuls, [ines])
    around_roger = _enrol(roger, tilleuls, [nadege])

    for days, start, enrolment in (
        (0, time(8, 30), around_roger),
        (0, time(10, 30), around_madeleine),
        (0, time(17, 30), around_roger),
        (1, time(9, 0), around_roger),
        (3, time(10, 30), around_madeleine),
    ):
        _appointment(visits, enrolment, visit, days, start)
    for days, start, enrolment in (
        (1, time(10, 0), around_lucie),
        (2, time(15, 0), around_madeleine),
        (4, time(11, 0), around_lucie),
    ):
        _appointment(sessions, enrolment, follow_up, days, start)

    _invitation(tilleuls, sofia, "yanis.benali@example.org", days_ago=2, opened=True)
    _invitation(tilleuls, sofia, "hugo.lacaze@example.org", days_ago=20, opened=False)

    _talk(
        Conversation(kind=ConversationKind.AROUND, enrolment_id=around_madeleine.id),
        [
            (nadege, "Bonjour à tous. Je passe demain vers 10 h 30."),
            (ines, "Merci Nadège. Je vois Madeleine dans la semaine, je lui en parle."),
            (nadege, "Pansement refait ce matin, tout va bien."),
        ],
    )
    _talk(
        Conversation(
            kind=ConversationKind.DIRECT, enrolment_id=around_lucie.id, caregiver_id=ines.id
        ),
        [(users[LUCIE], "Merci pour hier, j’ai mieux dormi.")],
    )


def _user(person: Person, password_hash: str) -> User:
    now = clock.now()
    return _add(
        User(
            email=person.email,
            password_hash=password_hash,
            display_name=person.name,
            locale="fr",
            time_zone=ZONE,
            is_enabled=True,
            created_at=now,
            email_proved_at=now,
            password_changed_at=now,
        )
    )


def _bubble(name: str, description: str, street: str, admin: User) -> Bubble:
    bubble = _add(
        Bubble(
            name=name,
            description=description,
            contact_email="tilleuls@example.org",
            contact_phone="+33536495678",
            place_name="Maison de santé",
            street=street,
            postcode="31240",
            town="Saint-Jean",
            time_zone=ZONE,
            created_at=clock.now(),
            created_by_id=admin.id,
        )
    )
    _add(Membership(bubble_id=bubble.id, user_id=admin.id, is_admin=True, joined_at=clock.now()))
    return bubble


def _caregiver(user: User, bubble: Bubble, profession: str) -> None:
    now = clock.now()
    _add(Membership(bubble_id=bubble.id, user_id=user.id, is_caregiver=True, joined_at=now))
    _add(Caregiver(user_id=user.id, profession=profession, created_at=now))


def _invitation(bubble: Bubble, admin: User, email: str, *, days_ago: int, opened: bool) -> None:
    """Write a caregiver's invitation whose link nobody has: it can be sent again, or revoked."""
    sent_at = clock.now() - timedelta(days=days_ago)
    _add(
        Invitation(
            bubble_id=bubble.id,
            email=email,
            invited_as=InvitedAs.CAREGIVER,
            token_hash=tokens.hash_token(tokens.new_token()),
            invited_by_id=admin.id,
            created_at=sent_at,
            sent_at=sent_at,
            expires_at=sent_at + timedelta(days=14),
            opened_at=sent_at + timedelta(hours=3) if opened else None,
        )
    )


def _agenda(user: User, bubble: Bubble) -> Agenda:
    return _add(Agenda(user_id=user.id, bubble_id=bubble.id, version=0))


def _hours(agenda: Agenda, weekday: int, *ranges: tuple[int, int]) -> None:
    for start, end in ranges:
        _add(
            Availability(
                agenda_id=agenda.id, weekday=weekday, starts_at=time(start), ends_at=time(end)
            )
        )


def _type(
    bubble: Bubble, name: str, minutes: int, mode: ConsultationMode, caregivers: list[User]
) -> ConsultationType:
    return _add(
        ConsultationType(
            bubble_id=bubble.id,
            name=name,
            duration_minutes=minutes,
            mode=mode,
            is_bookable=True,
            caregivers=caregivers,
        )
    )


def _patient(given: str, family: str, born: date, account: User | None) -> Patient:
    patient = _add(
        Patient(given_name=given, family_name=family, birth_date=born, created_at=clock.now())
    )
    if account is not None:
        _add(Guardianship(user_id=account.id, patient_id=patient.id, kind=GuardianKind.SELF))
    return patient


def _enrol(patient: Patient, bubble: Bubble, followers: list[User]) -> Enrolment:
    now = clock.now()
    enrolment = _add(Enrolment(bubble_id=bubble.id, patient_id=patient.id, started_at=now))
    for follower in followers:
        _add(CareAssignment(enrolment_id=enrolment.id, user_id=follower.id, since=now))
    return enrolment


def _appointment(
    agenda: Agenda, enrolment: Enrolment, kind: ConsultationType, days: int, start: time
) -> None:
    on = wording.today(ZONE) + timedelta(days=days)
    starts_at = datetime.combine(on, start, ZoneInfo(ZONE)).astimezone(UTC)
    now = clock.now()
    _add(
        Appointment(
            caregiver_id=agenda.user_id,
            agenda_id=agenda.id,
            enrolment_id=enrolment.id,
            consultation_type_id=kind.id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=kind.duration_minutes),
            status=AppointmentStatus.CONFIRMED,
            uid=f"demo-{agenda.id}-{starts_at:%Y%m%dT%H%M}@example.org",
            created_at=now,
            updated_at=now,
        )
    )


def _talk(conversation: Conversation, lines: list[tuple[User, str]]) -> None:
    now = clock.now()
    conversation.created_at = now
    conversation.last_seq = len(lines)
    conversation.last_message_at = now
    _add(conversation)
    for seq, (sender, body) in enumerate(lines, 1):
        _add(
            Message(
                conversation_id=conversation.id,
                seq=seq,
                sender_id=sender.id,
                body=body,
                client_id=f"demo-{seq}",
                sent_at=now - timedelta(minutes=20 * (len(lines) - seq)),
            )
        )
    last_written = {sender.id: seq for seq, (sender, _body) in enumerate(lines, 1)}
    for user_id, seq in last_written.items():
        _add(ReadMark(conversation_id=conversation.id, user_id=user_id, seq=seq, read_at=now))


def _add(thing: M) -> M:
    db.session.add(thing)
    db.session.flush()  # what follows needs the id
    return thing
