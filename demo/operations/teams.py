"""The teams: accounts, bubbles, and the people invited to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bubbles.models import Bubble, Invitation, InvitationCode, Membership
from bubbles.operations.inviting import hash_sheet_code
from bubbles.vocabulary import Delivery, InvitedAs
from caregiver.models import Caregiver
from core import clock, tokens
from core.outbox import OutboxMessage, OutboxState
from demo.operations.rows import add
from demo.vocabulary import ZONE, Person
from security.models import User

LIFE = timedelta(days=14)
PUT_OFF = "451 4.3.2 try again later"
REFUSED = "550 5.1.1 <yanis.bernali@example.org>: user unknown"


def add_user(person: Person, password_hash: str) -> User:
    """Give somebody an account whose address is proved."""
    now = clock.now()
    return add(
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


def found_tilleuls(admin: User) -> Bubble:
    """Found the bubble that everybody is in."""
    bubble = add(
        Bubble(
            name="Les Tilleuls",
            description="Soins à domicile, Saint-Jean et L’Union",
            team_sentence="Une infirmière et une psychologue qui se parlent.",
            contact_email="tilleuls@example.org",
            contact_phone="+33536495678",
            place_name="Maison de santé",
            street="14 rue des Tilleuls",
            postcode="31240",
            town="Saint-Jean",
            time_zone=ZONE,
            created_at=clock.now() - timedelta(days=240),
            created_by_id=admin.id,
        )
    )
    _join(admin, bubble, is_admin=True)
    return bubble


def found_acacias(admin: User) -> Bubble:
    """Found the bubble of one caregiver, who is in both."""
    bubble = add(
        Bubble(
            name="Les Acacias",
            description="Consultations du soir",
            team_sentence="Un cabinet de psychologue, rue des Acacias.",
            contact_email="acacias@example.org",
            contact_phone="+33536491234",
            place_name="Cabinet des Acacias",
            street="3 rue des Acacias",
            postcode="31000",
            town="Toulouse",
            time_zone=ZONE,
            created_at=clock.now() - timedelta(days=90),
            created_by_id=admin.id,
        )
    )
    _join(admin, bubble, is_admin=True, is_caregiver=True)
    return bubble


def add_caregiver(user: User, bubble: Bubble, profession: str) -> None:
    """Make somebody a caregiver of the bubble."""
    _join(user, bubble, is_caregiver=True)
    add(Caregiver(user_id=user.id, profession=profession, created_at=clock.now()))


def _join(
    user: User, bubble: Bubble, *, is_admin: bool = False, is_caregiver: bool = False
) -> None:
    add(
        Membership(
            bubble_id=bubble.id,
            user_id=user.id,
            is_admin=is_admin,
            is_caregiver=is_caregiver,
            joined_at=bubble.created_at,
        )
    )


@dataclass(frozen=True)
class Invited:
    """Somebody who was invited, and what became of it."""

    email: str
    days_ago: int
    name: tuple[str, str] = ("", "")
    born: date | None = None
    followers: list[User] = field(default_factory=list)
    opened: bool = False
    declined: bool = False
    revoked: bool = False
    refused_mail: bool = False
    late_mail: bool = False
    sender: User | None = None
    """Somebody who administered the bubble once."""
    accepted_by: User | None = None

    @property
    def delivery(self) -> Delivery:
        """Return how the link travels: without an address, on paper."""
        return Delivery.MAIL if self.email else Delivery.SHEET


def invite_everybody(bubble: Bubble, admin: User, nadege: User, ines: User) -> None:
    """Write an invitation in every state; nobody has their links, which can be sent again."""
    for invited in (
        Invited("yanis.benali@example.org", 2, opened=True),
        Invited("hugo.lacaze@example.org", 20),
        Invited("claire.vidal@example.org", 1, ("Claire", "Vidal"), followers=[ines]),
        Invited("ines.aubry@example.org", 235, opened=True, accepted_by=ines),
        Invited("bruno.castel@example.org", 6, opened=True, declined=True),
        Invited("erreur@example.org", 9, revoked=True),
        Invited("yanis.bernali@example.org", 3, refused_mail=True),
        Invited("", 4, ("Suzanne", "Marty"), date(1938, 9, 14), [nadege]),
        Invited("samuel.riou@example.org", 5, ("Samuel", "Riou"), opened=True, sender=ines),
        Invited("lea.morvan@example.org", 0, ("Léa", "Morvan"), late_mail=True),
    ):
        _invite(bubble, admin, invited)


def _invite(bubble: Bubble, admin: User, invited: Invited) -> None:
    sent_at = clock.now() - timedelta(days=invited.days_ago)
    answered_at = sent_at + timedelta(hours=4)
    is_patient = bool(invited.followers)
    given, family = invited.name
    row = Invitation(
        bubble_id=bubble.id,
        email=invited.email,
        invited_as=InvitedAs.PATIENT if is_patient else InvitedAs.CAREGIVER,
        given_name=given,
        family_name=family,
        birth_date=invited.born,
        followers=invited.followers,
        delivery=invited.delivery,
        token_hash=tokens.hash_token(tokens.new_token()),
        invited_by_id=(invited.sender or admin).id,
        unbacked_at=answered_at if invited.sender else None,
        created_at=sent_at,
        sent_at=sent_at,
        expires_at=sent_at + LIFE,
        opened_at=sent_at + timedelta(hours=3) if invited.opened else None,
        declined_at=answered_at if invited.declined else None,
        revoked_at=answered_at if invited.revoked else None,
        revoked_by_id=admin.id if invited.revoked else None,
    )
    if invited.accepted_by is not None:
        row.accepted_at, row.accepted_by_id = answered_at, invited.accepted_by.id
    if invited.refused_mail:
        row.outbox_message = _refused_mail(sent_at)
    if invited.late_mail:
        row.outbox_message = _late_mail(sent_at)
    add(row)
    if row.is_on_paper:
        secret = tokens.new_token()  # the sheet that was printed is in nobody's hands
        add(
            InvitationCode(invitation_id=row.id, code_hash=hash_sheet_code(secret), made_at=sent_at)
        )


def _refused_mail(sent_at: datetime) -> OutboxMessage:
    return OutboxMessage(
        kind="mail",
        state=OutboxState.DEAD,
        created_at=sent_at,
        not_before=sent_at,
        attempts=1,
        done_at=sent_at,
        last_error=REFUSED,
    )


def _late_mail(sent_at: datetime) -> OutboxMessage:
    """Write a mail that a mail server put off; the demonstration never comes to try again."""
    return OutboxMessage(
        kind="mail",
        state=OutboxState.QUEUED,
        created_at=sent_at,
        not_before=sent_at + timedelta(days=3650),
        attempts=1,
        last_error=PUT_OFF,
    )
