"""What a telephone confirms: that a number is one's own, and that a password may change.

What must be counted whatever follows (brakes, budget) happens before the operations, in the
functions that prepare them. Whoever asked waits on a page of the device that asked.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import delete

from core import clock, rate_limit, sms
from core.authorization import operation
from core.database import db
from core.errors import DomainError, NotFoundError
from security import emails, text_messages
from security.errors import TooEarlyError
from security.models import User
from security.operations import brakes, codes, journal
from security.operations.codes import Judged, take_try
from security.operations.password_guard import is_still
from security.operations.second_steps import Proof, change_password
from security.phone_proofs import PhoneProof
from security.policy import AccountPermission
from security.queries import has_failed, newest_code
from security.vocabulary import AccountChange, CodeChannel, CodeCheck, CodePurpose

log = structlog.get_logger(__name__)
PROOF_LIFE = timedelta(minutes=30)
CHOICES_AFTER = timedelta(minutes=2)
"""From then on a code that has not come may be asked for by a call."""


def needs_confirmation(user: User) -> bool:
    """Say whether a telephone guards this account's password."""
    return bool(user.phone and user.phone_proved_at and codes.channels_for(user.phone))


def start_phone_proof(
    actor: User, user: User, *, number: str, session_id: int, network: str
) -> None:
    """Send a first code to a number that somebody says is theirs.

    Raises:
        UnreachableNumberError, TooManyRequestsError, SpentBudgetError: nothing was sent.
    """
    codes.take_phone_allowance(number, user_id=user.id, network=network)
    begin_proof(actor, user, purpose=CodePurpose.PHONE, number=number, session_id=session_id)


def start_password_change(
    actor: User, user: User, *, proof: Proof, new_hash: str, session_id: int, network: str
) -> None:
    """Send the code without which the new password stays without effect.

    Raises:
        TooManyRequestsError, SpentBudgetError: nothing was sent.
    """
    number = user.phone or ""
    codes.take_phone_allowance(number, user_id=user.id, network=network)
    begin_proof(
        actor,
        user,
        purpose=CodePurpose.PASSWORD,
        number=number,
        session_id=session_id,
        password=(proof, new_hash),
    )


@operation(AccountPermission.CONFIRM_BY_PHONE)
def begin_proof(
    _actor: User,
    user: User,
    *,
    purpose: CodePurpose,
    number: str,
    session_id: int,
    password: tuple[Proof, str] | None = None,
) -> None:
    """Remember what is to be confirmed, and send the first code; what waited before is over.

    Raises:
        NotFoundError: the password, or the number that guards it, changed in the meantime.
    """
    new_hash = None
    if password is not None:
        proof, new_hash = password
        if not is_still(user, proof.password_hash) or user.phone != number:
            raise NotFoundError
    now = clock.now()
    db.session.execute(
        delete(PhoneProof).where(PhoneProof.user_id == user.id, PhoneProof.purpose == purpose)
    )
    if purpose is CodePurpose.PHONE and user.phone_proved_at is None:
        user.phone = number
    waiting = PhoneProof(
        purpose=purpose,
        user_id=user.id,
        session_id=session_id,
        number=number,
        new_password_hash=new_hash,
        started_at=now,
        expires_at=now + PROOF_LIFE,
        tries=0,
        finished_at=None,
    )
    db.session.add(waiting)
    db.session.flush()  # the code is bound to the id
    channels = codes.channels_for(number)
    if not channels:
        raise sms.UnreachableNumberError
    _send(user, waiting, channels[0])


def request_phone_code(
    actor: User, user: User, waiting: PhoneProof, *, channel: CodeChannel, network: str
) -> None:
    """Send another code; within a minute of the last one, that one still counts.

    Raises:
        TooEarlyError: two minutes have not passed since the first one.
        TooManyRequestsError, SpentBudgetError: enough codes were sent.
    """
    newest = newest_code(waiting.purpose, waiting, by_phone=True)
    if newest is not None and newest.channel is channel and codes.wait_left(newest):
        return
    if channel is CodeChannel.CALL and seconds_to_choices(waiting):
        raise TooEarlyError
    if channel not in codes.channels_for(waiting.number):
        raise NotFoundError
    codes.take_phone_allowance(waiting.number, user_id=user.id, network=network)
    send_phone_code(actor, user, waiting, channel)


def seconds_to_choices(waiting: PhoneProof) -> int:
    """Return the seconds before a call may be asked for; none when the message could not leave."""
    if has_failed(waiting) or codes.channels_for(waiting.number) == [CodeChannel.CALL]:
        return 0
    return max(0, int((waiting.started_at + CHOICES_AFTER - clock.now()).total_seconds()))


@operation(AccountPermission.CONFIRM_BY_PHONE)
def send_phone_code(_actor: User, user: User, waiting: PhoneProof, channel: CodeChannel) -> None:
    """Make the newest code of what waits, and send it."""
    _own(user, waiting)
    _send(user, waiting, channel)


def _send(user: User, waiting: PhoneProof, channel: CodeChannel) -> None:
    codes.add_phone_code(
        waiting.purpose,
        waiting,
        number=waiting.number,
        channel=channel,
        locale=user.locale,
    )


def may_mail(waiting: PhoneProof) -> bool:
    """Say whether e-mail may stand in: never to prove a number, else only when the telephone fails.

    It is the provider's failure that opens this way, and no person can bring that about.
    """
    return waiting.purpose is CodePurpose.PASSWORD and has_failed(waiting)


def request_mailed_code(actor: User, user: User, waiting: PhoneProof) -> None:
    """Mail the code of a password change whose text message could not leave.

    Raises:
        NotFoundError: the telephone is to be used.
        TooManyRequestsError: enough codes were mailed that nobody used.
    """
    if not may_mail(waiting):
        raise NotFoundError
    if not codes.may_send(waiting.purpose, waiting):
        return
    address = user.email
    with rate_limit.asking_for_codes():
        rate_limit.hit(brakes.CODES_BY_HOUR, address)
        rate_limit.hit(brakes.CODES_BY_DAY, address)
    mail_code(actor, user, waiting)


@operation(AccountPermission.CONFIRM_BY_PHONE)
def mail_code(_actor: User, user: User, waiting: PhoneProof) -> None:
    """Make a code of what waits, and mail it."""
    _own(user, waiting)
    code, expires_at = codes.add_code(waiting.purpose, waiting)
    emails.tell(user, emails.password_change_code(code), not_after=expires_at)


def _own(user: User, waiting: PhoneProof) -> None:
    if waiting.user_id != user.id:
        raise NotFoundError


def check_phone(actor: User, user: User, waiting: PhoneProof, *, code: str) -> Judged:
    """Judge the code of a number; the old telephone is told, within its own allowance."""
    replaced = user.phone if user.phone_proved_at and user.phone != waiting.number else None
    judged = finish_phone_proof(actor, user, waiting, code=code)
    if judged.check is CodeCheck.RIGHT and replaced:
        _tell_old_telephone(actor, user, replaced)
    return judged


def _tell_old_telephone(actor: User, user: User, replaced: str) -> None:
    """The mail has said it already: a brake or an empty budget must not undo the change."""
    try:
        sms.take_allowance(replaced, sms.TextKind.WARNING)
    except DomainError as error:
        log.warning("old_phone_not_told", user=user.id, reason=error.code)
        return
    if codes.channels_for(replaced)[:1] == [CodeChannel.SMS]:
        tell_old_telephone(actor, user, number=replaced)


@operation(AccountPermission.CONFIRM_BY_PHONE)
def tell_old_telephone(_actor: User, user: User, *, number: str) -> None:
    """Send a word to the telephone that no longer serves."""
    text_messages.send_number_replaced(number, user.locale)


@operation(AccountPermission.CONFIRM_BY_PHONE)
def finish_phone_proof(_actor: User, user: User, waiting: PhoneProof, *, code: str) -> Judged:
    """Make the number the account's own if the code is right."""
    judged = _judge(user, waiting, CodePurpose.PHONE, code)
    if judged.check is not CodeCheck.RIGHT:
        return judged
    is_new = user.phone != waiting.number or user.phone_proved_at is None
    user.phone = waiting.number
    user.phone_proved_at = clock.now()
    _forget(user, CodePurpose.PASSWORD)  # a change that waits on the old telephone is over
    if is_new:
        journal.note_change(user, AccountChange.PHONE)
    return judged


@operation(AccountPermission.CONFIRM_BY_PHONE)
def finish_password_change(
    actor: User, user: User, waiting: PhoneProof, *, code: str, browser: str = ""
) -> tuple[Judged, int]:
    """Replace the password if the code is right; say how many other devices were signed out.

    Raises:
        NotFoundError: the password was changed elsewhere since.
    """
    if user.password_changed_at > waiting.started_at:
        raise NotFoundError
    judged = _judge(user, waiting, CodePurpose.PASSWORD, code)
    if judged.check is not CodeCheck.RIGHT or waiting.new_password_hash is None:
        return judged, 0
    new_hash, waiting.new_password_hash = waiting.new_password_hash, None
    ended = change_password(
        actor,
        user,
        proof=Proof(user.password_hash),
        new_hash=new_hash,
        keep=waiting.session_id,
        browser=browser,
    )
    return judged, ended


def _judge(user: User, waiting: PhoneProof, purpose: CodePurpose, code: str) -> Judged:
    _own(user, waiting)
    if waiting.purpose is not purpose:
        raise NotFoundError
    if not take_try(PhoneProof, waiting):
        return Judged(CodeCheck.LOCKED)
    check = codes.judge(purpose, waiting, code)
    if check is not CodeCheck.RIGHT:
        return Judged.wrong(check, tries=waiting.tries)
    waiting.finished_at = clock.now()
    return Judged(check)


@operation(AccountPermission.CONFIRM_BY_PHONE)
def keep_unproved_phone(_actor: User, user: User, *, number: str) -> None:
    """Keep a number that no code can reach from here: it is not proved, and opens nothing."""
    if user.phone == number:
        return
    was_proved = user.phone_proved_at is not None
    user.phone, user.phone_proved_at = number, None
    _forget(user, CodePurpose.PASSWORD)
    if was_proved:
        journal.note_change(user, AccountChange.PHONE)


def _forget(user: User, purpose: CodePurpose) -> None:
    db.session.execute(
        delete(PhoneProof).where(PhoneProof.user_id == user.id, PhoneProof.purpose == purpose)
    )
