"""What people do with the composed pages themselves."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from core import clock
from core.authorization import operation
from core.database import db
from home.models import FirstStep
from home.policy import HomePermission
from home.queries.first_steps import find_answer
from home.vocabulary import Step, StepAnswer
from security.models import User


@operation(HomePermission.ANSWER_STEP)
def answer_step(_actor: User, account: User, *, step: Step, answer: StepAnswer) -> None:
    """Remember that the step was read or passed over. What was read once stays read."""
    known = find_answer(account.id, step) or _first_answer(account, step, answer)
    if known.answer is not StepAnswer.READ:
        known.answer = answer
        known.done_at = clock.now()


def _first_answer(account: User, step: Step, answer: StepAnswer) -> FirstStep:
    row = FirstStep(user_id=account.id, step=step, answer=answer, done_at=clock.now())
    try:
        with db.session.begin_nested():  # two tabs may answer at once: one row is enough
            db.session.add(row)
    except IntegrityError:
        winner = find_answer(account.id, step)
        if winner is None:
            raise
        return winner
    return row
