"""What home alone remembers: how far somebody is in the first steps."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Identified, Model
from core.personal_data import Fate, Until, declare
from home.vocabulary import Step, StepAnswer


class FirstStep(Identified, Model):
    """What somebody said of one step; what can be seen elsewhere is not kept here."""

    __tablename__ = "first_steps"
    __table_args__ = (UniqueConstraint("user_id", "step"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    step: Mapped[Step]
    answer: Mapped[StepAnswer]
    done_at: Mapped[datetime]

    def audit_about(self) -> tuple[str, int]:
        """A step is about who takes it."""
        return ("user", self.user_id)


declare(FirstStep, Fate.ERASE, Until.ACCOUNT)
