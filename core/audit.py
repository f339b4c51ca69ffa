"""Who did what, when, to whom: ids only, appended, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sqlalchemy import Index, Integer, String, insert
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.database import Identified, Model, id_of
from core.personal_data import After, Fate, declare
from core.statements import rows

if TYPE_CHECKING:
    from core.authorization import Actor


@runtime_checkable
class About(Protocol):
    """A subject that knows whom it is about."""

    def audit_about(self) -> tuple[str, int] | None:
        """Return the kind and the id of the person concerned."""
        ...


class AuditEntry(Identified, Model):
    """One act, or one refused attempt."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_about_kind_about_id", "about_kind", "about_id"),  # « qui a vu »
    )

    at: Mapped[datetime] = mapped_column(index=True)
    actor_kind: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None] = mapped_column(Integer, index=True)
    on_behalf_of_id: Mapped[int | None] = mapped_column(Integer)
    about_kind: Mapped[str | None] = mapped_column(String(40))
    about_id: Mapped[int | None] = mapped_column(Integer)
    permission: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(20))
    """``done`` or ``refused``."""


declare(
    AuditEntry,
    Fate.KEEP,
    After(AuditEntry.at, "retention.audit_months", words="the end of the day"),
    columns=("actor_id", "on_behalf_of_id", "about_id", "subject_id"),
    reason="Who saw or changed what about whom must stay provable; ids only, and no words",
)


_APPEND = insert(AuditEntry)


def record(*, actor: Actor, permission: str, subject: object, outcome: str) -> None:
    """Append one entry to the current transaction."""
    about = subject.audit_about() if isinstance(subject, About) else None
    rows(
        _APPEND,
        at=clock.now(),
        actor_kind=kind_of(actor),
        actor_id=id_of(actor),
        on_behalf_of_id=None,
        about_kind=about[0] if about else None,
        about_id=about[1] if about else None,
        permission=permission,
        subject_kind=kind_of(subject),
        subject_id=id_of(subject),
        outcome=outcome,
    )


def kind_of(thing: object) -> str:
    """Name a thing by its class, in lower case."""
    return type(thing).__name__.lower()
