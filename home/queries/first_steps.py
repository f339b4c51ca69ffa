"""How far somebody is in the first steps: what they did elsewhere, and what they said here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, or_, select

from bubbles.models import Bubble, Invitation, Membership
from bubbles.vocabulary import InvitedAs
from caregiver.models import AdministrativeDocument, Caregiver
from core.database import db
from home.models import FirstStep
from home.queries.standing import Standing
from home.vocabulary import GUIDES, Guide, Step, StepAnswer, StepState
from patient.models import Enrolment
from scheduling.agendas.models import Agenda, Availability, ConsultationType
from security.models import BackupCode, Passkey, TotpAuthenticator, User

MINUTES_A_STEP = 3


@dataclass(frozen=True)
class StepProgress:
    """One step, and where it stands."""

    step: Step
    number: int
    state: StepState
    is_seen_done: bool
    """The product sees by itself that it is done."""

    @property
    def is_over(self) -> bool:
        """Say whether nothing of it is left to do."""
        return self.state in {StepState.DONE, StepState.SKIPPED}


@dataclass(frozen=True)
class GuideProgress:
    """One guide, step by step."""

    guide: Guide
    steps: list[StepProgress]
    is_welcomed: bool
    """The word of welcome was put away."""
    bubble_id: int | None
    """For administrators: the bubble that the guide shows, the first of theirs."""

    @property
    def is_finished(self) -> bool:
        """Say whether every step was done, read or passed over."""
        return all(progress.is_over for progress in self.steps)

    @property
    def done_count(self) -> int:
        """Count the steps that are over."""
        return sum(progress.is_over for progress in self.steps)

    @property
    def now(self) -> StepProgress | None:
        """Return the step to take next."""
        return next((progress for progress in self.steps if progress.state is StepState.NOW), None)

    @property
    def left_count(self) -> int:
        """Count the steps that are left: the screens that are still to be walked."""
        return len(self.steps) - self.done_count

    @property
    def minutes_left(self) -> int:
        """Return about how long the rest takes."""
        return MINUTES_A_STEP * self.left_count

    def of(self, step: Step) -> StepProgress:
        """Return one of its steps."""
        return next(progress for progress in self.steps if progress.step is step)

    def after(self, step: Step) -> StepProgress | None:
        """Return the step to take once this one is over: the next that is left, else none."""
        left = [
            progress
            for progress in self.steps
            if not progress.is_over and progress.step is not step
        ]
        number = self.of(step).number
        return next(
            (progress for progress in left if progress.number > number), left[0] if left else None
        )


def find_answer(user_id: int, step: Step) -> FirstStep | None:
    """Return what somebody said of a step."""
    return db.session.scalar(
        select(FirstStep).where(FirstStep.user_id == user_id, FirstStep.step == step)
    )


def list_guides_of(actor: User, standing: Standing) -> list[GuideProgress]:
    """Return the guides written for what the person is, in one query."""
    guides = [
        guide
        for guide, concerned in (
            (Guide.CAREGIVER, standing.is_caregiver),
            (Guide.ADMIN, standing.is_admin),
        )
        if concerned
    ]
    if not guides:
        return []
    steps = [step for guide in guides for step in GUIDES[guide]]
    seen, answers, bubble_id = _look(actor.id, steps)
    return [
        GuideProgress(
            guide,
            _lay_out(GUIDES[guide], answers, seen),
            Step.WELCOME in answers,
            bubble_id if guide is Guide.ADMIN else None,
        )
        for guide in guides
    ]


def current_guide_of(actor: User, standing: Standing) -> GuideProgress | None:
    """Return the guide that is not finished yet; a caregiver's own comes first."""
    guides = list_guides_of(actor, standing)
    return next((guide for guide in guides if not guide.is_finished), None)


def _lay_out(
    steps: Collection[Step], answers: dict[Step, StepAnswer], seen: set[Step]
) -> list[StepProgress]:
    laid_out: list[StepProgress] = []
    has_now = False
    for number, step in enumerate(steps, start=1):
        answer = answers.get(step)
        if step in seen or answer is StepAnswer.READ:
            state = StepState.DONE
        elif answer is StepAnswer.SKIPPED:
            state = StepState.SKIPPED
        else:
            state = StepState.COMING if has_now else StepState.NOW
            has_now = True
        laid_out.append(StepProgress(step, number, state, step in seen))
    return laid_out


def _look(
    user_id: int, steps: Collection[Step]
) -> tuple[set[Step], dict[Step, StepAnswer], int | None]:
    """Ask everything at once: what can be seen done, what was said, the first bubble that is run.

    Reading alone ends the last step: every caregiver has a bubble.
    """
    run = select(Membership.bubble_id).where(
        Membership.user_id == user_id, Membership.is_admin.is_(True)
    )
    first = run.order_by(Membership.bubble_id).limit(1).scalar_subquery()
    facts = {
        step: fact for step, fact in _facts(user_id, run.scalar_subquery()).items() if step in steps
    }
    said = {
        step: select(FirstStep.answer)
        .where(FirstStep.user_id == user_id, FirstStep.step == step)
        .scalar_subquery()
        for step in (*steps, Step.WELCOME)
    }
    row = db.session.execute(
        select(
            first.label("bubble"),
            *(fact.label(f"seen_{step.name}") for step, fact in facts.items()),
            *(answer.label(f"said_{step.name}") for step, answer in said.items()),
        )
    ).one()
    values = row._mapping
    return (
        {step for step in facts if values[f"seen_{step.name}"]},
        {step: values[f"said_{step.name}"] for step in said if values[f"said_{step.name}"]},
        row.bubble,
    )


def _facts(user_id: int, run: ScalarSelect[Any]) -> dict[Step, ColumnElement[bool]]:
    return {
        Step.PROFILE: exists().where(Caregiver.user_id == user_id, Caregiver.profession != ""),
        Step.AGENDAS: _any(
            select(Availability.id)
            .join(Availability.agenda)
            .where(Agenda.user_id == user_id, Agenda.closed_at.is_(None))
        ),
        Step.DOCUMENTS: _any(
            select(AdministrativeDocument.id)
            .join(AdministrativeDocument.caregiver)
            .where(Caregiver.user_id == user_id)
        ),
        Step.SECURITY: or_(
            exists().where(BackupCode.user_id == user_id, BackupCode.used_at.is_(None)),
            exists().where(
                TotpAuthenticator.user_id == user_id, TotpAuthenticator.enabled_at.is_not(None)
            ),
            exists().where(Passkey.user_id == user_id),
        ),
        Step.INFORMATION: exists().where(Bubble.id.in_(run), Bubble.description != ""),
        Step.TEAM: _invited(run, InvitedAs.CAREGIVER),
        Step.TYPES: exists().where(
            ConsultationType.bubble_id.in_(run), ConsultationType.removed_at.is_(None)
        ),
        Step.PATIENTS: or_(
            _invited(run, InvitedAs.PATIENT), exists().where(Enrolment.bubble_id.in_(run))
        ),
    }


def _invited(run: ScalarSelect[Any], invited_as: InvitedAs) -> ColumnElement[bool]:
    return exists().where(Invitation.bubble_id.in_(run), Invitation.invited_as == invited_as)


def _any(query: Select[Any]) -> ColumnElement[bool]:
    return query.exists()
