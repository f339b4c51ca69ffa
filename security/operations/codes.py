"""One-time codes: how they are written, read, judged and braked, by mail and by telephone alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update

from core import clock, rate_limit, reading, sms, tokens
from core.database import db
from core.statements import rows
from security import text_messages
from security.one_time_codes import (
    IS_MAILED,
    LENGTH,
    LIFE,
    MAX_TRIES,
    WAIT,
    Asker,
    OneTimeCode,
    binding_of,
    hash_code,
    owner_of,
    sent_for,
)
from security.operations import brakes
from security.phones import is_landline
from security.queries import newest_code
from security.vocabulary import CodeChannel, CodeCheck, CodePurpose


@dataclass(frozen=True)
class Judged:
    """What became of a code: how many tries are left, or the token of the session it opened."""

    check: CodeCheck
    tries_left: int = 0
    token: str = ""

    @classmethod
    def wrong(cls, check: CodeCheck, *, tries: int) -> Judged:
        """Say what was wrong, unless that was the last try."""
        left = MAX_TRIES - tries
        return cls(check if left > 0 else CodeCheck.LOCKED, tries_left=max(left, 0))


def read_digits(typed: str) -> str | None:
    """Return six ASCII digits, however they were spaced; nothing for anything else."""
    return reading.digits(typed, LENGTH)


def is_locked(attempt: Asker) -> bool:
    """Say whether its tries are used up."""
    return attempt.tries >= MAX_TRIES


def take_try(model: type[Asker], attempt: Asker) -> bool:
    """Count one try in one statement; say no once they are used up, however many come at once."""
    now = clock.now()
    taken = db.session.execute(
        update(model)
        .where(
            model.id == attempt.id,
            model.tries < MAX_TRIES,
            model.finished_at.is_(None),
            model.expires_at > now,
        )
        .values(tries=model.tries + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(attempt)
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def wait_left(newest: OneTimeCode | None) -> int:
    """Return the seconds before another code may be asked for, the same way."""
    if newest is None:
        return 0
    return max(0, int((newest.sent_at + WAIT - clock.now()).total_seconds()))


def may_send(purpose: CodePurpose, asker: Asker) -> bool:
    """Say whether the last mail of this attempt is old enough for another to make sense."""
    return not wait_left(newest_code(purpose, asker))


def add_code(purpose: CodePurpose, asker: Asker) -> tuple[str, datetime]:
    """Write a new code, and return it with its end: it is known nowhere but in the mail."""
    digits = tokens.new_digits(LENGTH)
    return digits, _write(purpose, asker, digits, CodeChannel.MAIL)


def add_phone_code(
    purpose: CodePurpose, asker: Asker, *, number: str, channel: CodeChannel, locale: str
) -> None:
    """Write a new code, and queue the message that says it."""
    digits, expires_at = tokens.new_digits(LENGTH), clock.now() + LIFE
    message_id = text_messages.send_code(
        number, digits, purpose=purpose, channel=channel, locale=locale, not_after=expires_at
    )
    _write(purpose, asker, digits, channel, outbox_id=message_id)


def _write(
    purpose: CodePurpose,
    asker: Asker,
    digits: str,
    channel: CodeChannel,
    outbox_id: int | None = None,
) -> datetime:
    now = clock.now()
    rows(
        _ADD,
        purpose=purpose,
        channel=channel,
        code_hash=hash_code(purpose, binding_of(asker), digits),
        sent_at=now,
        expires_at=now + LIFE,
        used_at=None,
        outbox_id=outbox_id,
        **owner_of(asker),
    )
    return now + LIFE


_ADD = insert(OneTimeCode.__table__)  # type: ignore[arg-type]


def judge(purpose: CodePurpose, asker: Asker, code: str) -> CodeCheck:
    """Use the code up, in one statement, if it is the newest of its way; else say what it was.

    Only the asker's own codes are looked through: what was sent for another is wrong. The caller
    has counted the try.
    """
    now, own = clock.now(), sent_for(purpose, asker)
    is_this = OneTimeCode.code_hash == hash_code(purpose, binding_of(asker), code)
    newest = select(func.max(OneTimeCode.id)).where(own).group_by(IS_MAILED).correlate(None)
    is_newest = OneTimeCode.id.in_(newest)
    taken = db.session.execute(
        update(OneTimeCode)
        .where(
            own,
            is_this,
            is_newest,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount:  # type: ignore[attr-defined]
        return CodeCheck.RIGHT
    known = select(is_newest, OneTimeCode.expires_at).where(own, is_this)
    row = db.session.execute(known.order_by(OneTimeCode.id.desc())).first()
    if row is None:
        return CodeCheck.WRONG
    counts, expires_at = row
    if not counts:
        return CodeCheck.REPLACED
    return CodeCheck.EXPIRED if now >= expires_at else CodeCheck.USED


def channels_for(number: str) -> list[CodeChannel]:
    """Return how a code can reach this number here, the usual way first; perhaps in no way."""
    if not sms.is_reachable(number):
        return []
    by_text = sms.can_text() and not is_landline(number)
    return [CodeChannel.SMS] * by_text + [CodeChannel.CALL] * sms.can_call()


def take_phone_allowance(number: str, *, user_id: int, network: str) -> None:
    """Count one code to a telephone before it is made; call it outside operations.

    Raises:
        UnreachableNumberError: numbers of this country are not written to.
        TooManyRequestsError: this number, account or network got enough for now.
        SpentBudgetError: this installation sent enough for today.
    """
    with rate_limit.asking_for_codes():
        rate_limit.hit(brakes.PHONE_CODES_OF_ACCOUNT, str(user_id))
        rate_limit.hit_network(brakes.PHONE_CODES_OF_NETWORK, network)
    sms.take_allowance(number)
