"""People cared for, who acts for them, their enrolments in bubbles and who follows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    event,
    or_,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import wording
from core.database import EncryptedText, Identified, Model
from core.personal_data import AfterAccount, Fate, Until, declare
from patient.vocabulary import GuardianKind, NoteAudience

if TYPE_CHECKING:
    from bubbles.models import Bubble
    from security.models import User

PLAIN_ORDER = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that every database sorts alike: by its code points, whatever the server's language."""


class Patient(Identified, Model):
    """A person cared for. Not a login: a child or an old parent has none."""

    __tablename__ = "patients"

    given_name: Mapped[str] = mapped_column(String(80))
    family_name: Mapped[str] = mapped_column(String(80))
    birth_date: Mapped[date] = mapped_column(Date)
    sex: Mapped[str | None] = mapped_column(String(10))
    birth_name: Mapped[str | None] = mapped_column(String(80))
    birth_place: Mapped[str | None] = mapped_column(String(120))
    """The town, for who was born in France."""
    birth_country: Mapped[str | None] = mapped_column(String(80))
    """For who was born abroad."""
    street: Mapped[str | None] = mapped_column(String(200))
    postcode: Mapped[str | None] = mapped_column(String(12))
    town: Mapped[str | None] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(30))
    created_at: Mapped[datetime]
    search_text: Mapped[str] = mapped_column(Text, default="", server_default="")
    """The words of every name, folded, a space before each: what a search looks into."""
    sort_key: Mapped[str] = mapped_column(PLAIN_ORDER, default="", server_default="", index=True)
    """Family name, then given name, folded: the order of a paper directory."""

    guardianships: Mapped[list[Guardianship]] = relationship(
        back_populates="patient", cascade="all, delete-orphan"
    )
    enrolments: Mapped[list[Enrolment]] = relationship(back_populates="patient")

    @property
    def name(self) -> str:
        """Return how the person is called on screen."""
        return wording.full_name(self.given_name, self.family_name)

    @property
    def called(self) -> str:
        """Return what one calls them by: their given name, or the only name they have."""
        return self.given_name or self.family_name

    @property
    def initials(self) -> str:
        """Return two letters for the avatar."""
        return wording.initials(self.name)

    @property
    def hue(self) -> int:
        """Return the stable colour of this person; not the one of a user with the same number."""
        return wording.hue(self.id + 2)

    @hybrid_property
    def is_complete(self) -> bool:
        """Say whether the civil profile has been filled in, beyond the name and the birth date."""
        known = (self.sex, self.birthplace, self.street, self.postcode, self.town, self.phone)
        return all(known)

    @is_complete.inplace.expression
    @classmethod
    def _is_complete(cls) -> ColumnElement[bool]:
        known = (cls.sex, cls.street, cls.postcode, cls.town, cls.phone)
        has_birthplace = or_(cls.birth_place > "", cls.birth_country > "")
        return and_(has_birthplace, *(column > "" for column in known))

    @property
    def birthplace(self) -> str:
        """Return where the person was born, as far as it is known: a town, a country."""
        return ", ".join(part for part in (self.birth_place, self.birth_country) if part)

    @property
    def address(self) -> str:
        """Return where the person lives, as far as it is known."""
        town = f"{self.postcode or ''} {self.town or ''}".strip()
        return ", ".join(part for part in (self.street, town) if part)

    def audit_about(self) -> tuple[str, int]:
        """A profile is about its person."""
        return ("patient", self.id)


@event.listens_for(Patient, "before_insert")
@event.listens_for(Patient, "before_update")
def _fold_names(_mapper: Any, _connection: Any, patient: Patient) -> None:
    """Keep what is searched and sorted in step with the names."""
    names = (patient.given_name, patient.family_name, patient.birth_name or "")
    patient.search_text = wording.searchable(*names)
    patient.sort_key = wording.sorting_key(patient.family_name, patient.given_name)


class Guardianship(Identified, Model):
    """Which user acts for which patient: oneself, or a relative."""

    __tablename__ = "guardianships"
    __table_args__ = (
        UniqueConstraint("user_id", "patient_id"),
        Index(
            "uq_guardianships_one_self",
            "user_id",
            unique=True,
            sqlite_where=text("kind = 'self'"),
            postgresql_where=text("kind = 'self'"),
        ),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    patient_id: Mapped[int] = mapped_column(
        ForeignKey("patients.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[GuardianKind]

    user: Mapped[User] = relationship()
    patient: Mapped[Patient] = relationship(back_populates="guardianships")


class Enrolment(Identified, Model):
    """That one patient is cared for in one bubble, with a beginning and an end."""

    __tablename__ = "enrolments"
    __table_args__ = (
        Index(
            "uq_enrolments_one_live",
            "bubble_id",
            "patient_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    bubble_id: Mapped[int] = mapped_column(ForeignKey("bubbles.id", ondelete="CASCADE"), index=True)
    patient_id: Mapped[int] = mapped_column(
        ForeignKey("patients.id", ondelete="CASCADE"), index=True
    )
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    bubble: Mapped[Bubble] = relationship()
    patient: Mapped[Patient] = relationship(back_populates="enrolments")
    assignments: Mapped[list[CareAssignment]] = relationship(
        back_populates="enrolment", cascade="all, delete-orphan"
    )

    def audit_about(self) -> tuple[str, int]:
        """An enrolment is about its patient."""
        return ("patient", self.patient_id)


class CareAssignment(Identified, Model):
    """Which caregiver follows which patient in this bubble: what may be read follows from it."""

    __tablename__ = "care_assignments"
    __table_args__ = (UniqueConstraint("enrolment_id", "user_id"),)

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """The caregiver's account."""
    since: Mapped[datetime]

    enrolment: Mapped[Enrolment] = relationship(back_populates="assignments")
    user: Mapped[User] = relationship()


class TeamNote(Identified, Model):
    """What a caregiver writes down about a patient for the others of the team.

    Who may read it is computed at each look: the audience says for whom it was meant, the
    assignments of today say who of them still follows the patient.
    """

    __tablename__ = "team_notes"
    __table_args__ = (Index("ix_team_notes_enrolment_id_written_at", "enrolment_id", "written_at"),)

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    body: Mapped[str] = mapped_column(EncryptedText)
    audience: Mapped[NoteAudience]
    is_shown_to_patient: Mapped[bool]
    written_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    """Its words are shown to nobody any more; the row stays, as a trace."""

    enrolment: Mapped[Enrolment] = relationship()
    author: Mapped[User] = relationship()
    readers: Mapped[list[TeamNoteReader]] = relationship(
        back_populates="note", cascade="all, delete-orphan"
    )

    def audit_about(self) -> tuple[str, int]:
        """A note is about its patient."""
        return ("patient", self.enrolment.patient_id)


class TeamNoteReader(Identified, Model):
    """A caregiver whom the author chose for a note that is not for the whole team."""

    __tablename__ = "team_note_readers"
    __table_args__ = (UniqueConstraint("note_id", "user_id"),)

    note_id: Mapped[int] = mapped_column(ForeignKey("team_notes.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)

    note: Mapped[TeamNote] = relationship(back_populates="readers")
    user: Mapped[User] = relationship()


declare(
    Patient,
    Fate.KEEP,
    AfterAccount("retention.record_months"),
    reason="The identity that the team's record of care needs",
)
declare(Guardianship, Fate.ERASE, Until.ACCOUNT)
declare(
    Enrolment,
    Fate.KEEP,
    AfterAccount("retention.record_months"),
    columns=("patient_id",),
    reason="Part of the team's record of care",
)
declare(
    CareAssignment,
    Fate.KEEP,
    AfterAccount("retention.record_months"),
    columns=("user_id",),
    reason="Part of the team's record of care",
)
declare(
    TeamNote,
    Fate.KEEP,
    AfterAccount("retention.record_months"),
    columns=("author_id", "body"),
    reason="Part of the team's record of care",
)
declare(
    TeamNoteReader,
    Fate.KEEP,
    AfterAccount("retention.record_months"),
    columns=("user_id",),
    reason="Part of the team's record of care",
)
