"""Codes that a telephone gets: how they are paid for, written, judged, and how far they got."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from core import clock, rate_limit, sms, tokens
from core.database import db
from security import email_codes, text_messages
from security.operations import brakes
from security.phones import is_landline
from security.queries import list_phone_codes
from security.sent_codes import Asker, PhoneCode, binding_of, owner_of
from security.vocabulary import CodeCheck, CodePurpose, PhoneChannel


def channels_for(number: str) -> list[PhoneChannel]:
    """Return how a code can reach this number here, the usual way first; perhaps in no way."""
    if not sms.is_reachable(number):
        return []
    by_text = sms.can_text() and not is_landline(number)
    return [PhoneChannel.SMS] * by_text + [PhoneChannel.CALL] * sms.can_call()


def take_allowance(number: str, *, user_id: int, network: str) -> None:
    """Count one code before it is made; call it outside operations.

    Raises:
        UnreachableNumberError: numbers of this country are not written to.
        TooManyRequestsError: this number, account or network got enough for now.
        SpentBudgetError: this installation sent enough for today.
    """
    with rate_limit.asking_for_codes():
        rate_limit.hit(brakes.PHONE_CODES_OF_ACCOUNT, str(user_id))
        rate_limit.hit_network(brakes.PHONE_CODES_OF_NETWORK, network)
    sms.take_allowance(number)


def add_phone_code(
    purpose: CodePurpose, asker: Asker, *, number: str, channel: PhoneChannel, locale: str
) -> None:
    """Make the newest code of an attempt, the only one that counts, and queue its message."""
    now = clock.now()
    code = tokens.new_digits()
    expires_at = now + email_codes.LIFE
    message_id = text_messages.send_code(
        number, code, purpose=purpose, channel=channel, locale=locale, not_after=expires_at
    )
    db.session.add(
        PhoneCode(
            purpose=purpose,
            **owner_of(asker),
            channel=channel,
            code_hash=email_codes.hash_code(purpose, binding_of(asker), code),
            sent_at=now,
            expires_at=expires_at,
            used_at=None,
            outbox_id=message_id,
        )
    )


def judge_phone_code(purpose: CodePurpose, asker: Asker, code: str) -> CodeCheck:
    """Judge a code against the newest one sent, and use it up; the caller counted the try."""
    codes = list_phone_codes(purpose, asker)
    hashed = email_codes.hash_code(purpose, binding_of(asker), code)
    matching = [one for one in codes if tokens.same(one.code_hash, hashed)]
    if not matching:
        return CodeCheck.WRONG
    newest = codes[0]
    if newest not in matching:
        return CodeCheck.REPLACED
    if clock.now() >= newest.expires_at:
        return CodeCheck.EXPIRED
    taken = db.session.execute(
        update(PhoneCode)
        .where(PhoneCode.id == newest.id, PhoneCode.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return CodeCheck.RIGHT if taken.rowcount == 1 else CodeCheck.USED  # type: ignore[attr-defined]


def wait_left(sent_at: datetime | None) -> int:
    """Return the seconds before another code may be asked for."""
    return 0 if sent_at is None else email_codes.wait_left(sent_at, clock.now())
