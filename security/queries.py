"""Finding accounts, their sessions and what waits for a code."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import ScalarSelect, bindparam, func, select
from sqlalchemy.orm import contains_eager

from core import clock, tokens
from core.database import db
from core.outbox import OutboxMessage, OutboxState
from core.statements import ME, NOW, fixed, rows
from security.models import (
    BackupCode,
    ConsentRecord,
    EmailChange,
    FirstAccountLink,
    MailedLink,
    Passkey,
    SecurityEvent,
    Session,
    SignInAttempt,
    SignUp,
    TotpAuthenticator,
    User,
    VouchedCode,
)
from security.one_time_codes import IS_MAILED, Asker, OneTimeCode, sent_for
from security.phone_proofs import PhoneProof
from security.vocabulary import (
    CodePurpose,
    Consent,
    LinkPurpose,
    SecondStep,
    SecondSteps,
    SecurityEventKind,
)


def find_user_by_email(folded: str) -> User | None:
    """Return the account of this address; ``folded`` comes from ``addresses.fold_email``."""
    return db.session.scalar(_BY_EMAIL, {"email": folded})


_BY_EMAIL = select(User).where(User.email == bindparam("email"))


def count_peppers() -> Counter[str]:
    """Return how many passwords and unused backup codes are mixed with each pepper, by its name."""
    unused = BackupCode.used_at.is_(None)
    hashes = select(func.substr(User.password_hash, 1, 9)).union_all(
        select(func.substr(BackupCode.code_hash, 1, 9)).where(unused)
    )
    return Counter(start.partition("$")[0] or "today's" for start in db.session.scalars(hashes))


def get_user(user_id: int) -> User | None:
    """Return an account, whoever asks: for packages that already hold its id."""
    return db.session.get(User, user_id)


def find_user_by_phone(number: str) -> User | None:
    """Return the account that this number opens: proved, and of one account only."""
    users = db.session.scalars(
        select(User).where(User.phone == number, User.phone_proved_at.is_not(None)).limit(2)
    ).all()
    return users[0] if len(users) == 1 else None


def find_user_by_identifier(identifier: str) -> User | None:
    """Return the account that an address or a number opens."""
    find = find_user_by_email if "@" in identifier else find_user_by_phone
    return find(identifier)


def has_any_user() -> bool:
    """Say whether this installation has had its first account."""
    return db.session.scalar(select(User.id).limit(1)) is not None


def find_attempt(token: str | None) -> SignInAttempt | None:
    """Return the sign-in that waits for its second step, alive or locked; not a finished one."""
    if not token:
        return None
    row = db.session.scalar(
        select(SignInAttempt).where(SignInAttempt.token_hash == tokens.hash_token(token))
    )
    if row is None or row.finished_at is not None or clock.now() >= row.expires_at:
        return None
    return row


def find_sign_up(token: str | None) -> SignUp | None:
    """Return the account in the making that this browser began."""
    if not token:
        return None
    row = db.session.scalar(select(SignUp).where(SignUp.token_hash == tokens.hash_token(token)))
    if row is None or row.finished_at is not None or clock.now() >= row.expires_at:
        return None
    return row


def find_first_account_link(token: str) -> FirstAccountLink | None:
    """Return the host's one-time link while it can still be used."""
    row = db.session.scalar(
        select(FirstAccountLink).where(FirstAccountLink.token_hash == tokens.hash_token(token))
    )
    if row is None or row.used_at is not None or clock.now() >= row.expires_at:
        return None
    return row


def find_link(token: str, *purposes: LinkPurpose) -> MailedLink | None:
    """Return a mailed link of these purposes while it can still act, or waits for its hour."""
    row: MailedLink | None = db.session.scalar(
        select(MailedLink)
        .join(MailedLink.user)
        .options(contains_eager(MailedLink.user))
        .where(MailedLink.token_hash == tokens.hash_token(token), MailedLink.purpose.in_(purposes))
    )
    if row is None or row.finished_at is not None or clock.now() >= row.expires_at:
        return None
    return row if row.user.is_enabled else None


_RESETS = (
    MailedLink.purpose == LinkPurpose.RESET,
    MailedLink.due_at.is_not(None),
    MailedLink.finished_at.is_(None),
    MailedLink.expires_at > NOW,
)
HAS_RESET = select(MailedLink.id).where(MailedLink.user_id == ME, *_RESETS).exists()
"""Somebody asked for a new password in the reader's name, and it waits for its day."""


def waiting_reset_of(user_id: int) -> MailedLink | None:
    """Return the new password that was asked for and waits for its day."""
    return db.session.scalar(
        select(MailedLink)
        .where(
            MailedLink.user_id == user_id,
            MailedLink.purpose == LinkPurpose.RESET,
            MailedLink.due_at.is_not(None),
            MailedLink.finished_at.is_(None),
            MailedLink.expires_at > clock.now(),
        )
        .limit(1)
    )


def newest_vouched_code(user_id: int) -> VouchedCode | None:
    """Return the code that an administrator made last for this person, if it can still serve."""
    return db.session.scalar(
        select(VouchedCode)
        .where(
            VouchedCode.user_id == user_id,
            VouchedCode.finished_at.is_(None),
            VouchedCode.expires_at > clock.now(),
        )
        .order_by(VouchedCode.id.desc())
        .limit(1)
    )


def list_own_proofs(user_id: int) -> list[SecondStep]:
    """Return what a person keeps beside their mailbox: paper, an app, keys."""
    return [step for step in list_second_steps(user_id) if step is not SecondStep.EMAIL]


def get_email_change_of(actor: User) -> EmailChange | None:
    """Return the actor's own change of address that waits for its codes."""
    row = db.session.scalar(select(EmailChange).where(EmailChange.user_id == actor.id))
    over = row is None or row.finished_at is not None or clock.now() >= row.expires_at
    return None if over else row


def is_address_held(folded: str) -> bool:
    """Say whether somebody may still bring this address back with « ce n'est pas moi »."""
    held = (
        select(MailedLink.id)
        .join(MailedLink.user)
        .where(
            MailedLink.email == folded,
            MailedLink.purpose == LinkPurpose.NOT_ME,
            MailedLink.finished_at.is_(None),
            MailedLink.expires_at > clock.now(),
            User.email != folded,
        )
    )
    return db.session.scalar(held.limit(1)) is not None


def newest_code(
    purpose: CodePurpose, asker: Asker, *, by_phone: bool = False
) -> OneTimeCode | None:
    """Return the last code mailed, or sent to a telephone, for this: the only one that counts."""
    return db.session.scalar(
        select(OneTimeCode)
        .where(sent_for(purpose, asker), ~IS_MAILED if by_phone else IS_MAILED)
        .order_by(OneTimeCode.id.desc())
        .limit(1)
    )


def find_phone_proof(actor: User, session_id: int, purpose: CodePurpose) -> PhoneProof | None:
    """Return what this device waits to have confirmed, alive or locked; not a finished one."""
    row = db.session.scalar(
        select(PhoneProof)
        .where(
            PhoneProof.user_id == actor.id,
            PhoneProof.session_id == session_id,
            PhoneProof.purpose == purpose,
        )
        .order_by(PhoneProof.id.desc())
        .limit(1)
    )
    if row is None or row.finished_at is not None or clock.now() >= row.expires_at:
        return None
    return row


def has_failed(waiting: PhoneProof) -> bool:
    """Say whether its newest code is known not to have left; one failed try is enough to say so."""
    newest = newest_code(waiting.purpose, waiting, by_phone=True)
    if newest is None:
        return True
    message = db.session.get(OutboxMessage, newest.outbox_id) if newest.outbox_id else None
    if message is None or message.state is OutboxState.ACCEPTED:
        return False
    return message.state in {OutboxState.DEAD, OutboxState.EXPIRED} or bool(message.last_error)


def list_backup_codes(user_id: int) -> list[BackupCode]:
    """Return the current set of eight, used ones included."""
    return list(
        db.session.scalars(
            select(BackupCode).where(BackupCode.user_id == user_id).order_by(BackupCode.number)
        )
    )


BACKUP_CODES = (
    select(func.count(BackupCode.id))
    .where(BackupCode.user_id == ME, BackupCode.used_at.is_(None))
    .scalar_subquery()
)
"""How many of the reader's backup codes still work."""


def get_authenticator(user_id: int) -> TotpAuthenticator | None:
    """Return the authenticator application, pending or enabled."""
    return db.session.scalar(select(TotpAuthenticator).where(TotpAuthenticator.user_id == user_id))


def read_second_steps(user_id: int) -> SecondSteps:
    """Read by one statement what a person has set up, and by which ways they signed in last."""
    row = rows(_SECOND_STEPS, me=user_id).one()
    last = {step: getattr(row, step) for step in _WAYS if getattr(row, step) is not None}
    return SecondSteps(row.backup_codes, bool(row.has_app), row.passkeys, last)


def _last_session_by(step: SecondStep) -> ScalarSelect[int | None]:
    by_this = (Session.user_id == ME, Session.second_step == fixed(step))
    return select(func.max(Session.id)).where(*by_this).scalar_subquery()


_WAYS = (SecondStep.EMAIL, SecondStep.APP, SecondStep.PASSKEY)
_SECOND_STEPS = select(
    BACKUP_CODES.label("backup_codes"),
    select(TotpAuthenticator.id)
    .where(TotpAuthenticator.user_id == ME, TotpAuthenticator.enabled_at.is_not(None))
    .exists()
    .label("has_app"),
    select(func.count(Passkey.id)).where(Passkey.user_id == ME).scalar_subquery().label("passkeys"),
    *(_last_session_by(step).label(step) for step in _WAYS),
)


def list_second_steps(user_id: int, *, strong_only: bool = False) -> list[SecondStep]:
    """Return what can be chosen at sign-in: e-mail always, the others once they are set up.

    ``strong_only`` leaves out what passes through a mailbox.
    """
    return read_second_steps(user_id).listed(strong_only=strong_only)


def count_strong_steps(user_id: int) -> int:
    """Return how many second steps do not pass through a mailbox: an app, and passkeys."""
    return read_second_steps(user_id).strong


def list_passkeys(user_id: int) -> list[Passkey]:
    """Return an account's passkeys, the oldest first."""
    return list(
        db.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id))
    )


def get_passkey_for(actor: User, passkey_id: int) -> Passkey | None:
    """Return one of the actor's own passkeys."""
    row = db.session.get(Passkey, passkey_id)
    return row if row is not None and row.user_id == actor.id else None


def find_passkey(credential_id: str) -> Passkey | None:
    """Return the passkey that answered, whosever it is."""
    return db.session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


PAGE = 30
"""Lines of the journal on one page."""


def list_security_events_of(actor: User, before: int | None = None) -> list[SecurityEvent]:
    """Return a page of the actor's own journal, the newest first, and one line more if there is."""
    query = select(SecurityEvent).where(SecurityEvent.user_id == actor.id)
    if before is not None:
        query = query.where(SecurityEvent.id < before)
    return list(db.session.scalars(query.order_by(SecurityEvent.id.desc()).limit(PAGE + 1)))


LAST_SIGN_IN = (
    select(SecurityEvent.at)
    .where(SecurityEvent.user_id == ME, SecurityEvent.kind == SecurityEventKind.SIGNED_IN)
    .order_by(SecurityEvent.id.desc())
    .limit(1)
    .scalar_subquery()
)
"""When the reader last signed in, as their journal says."""
KNOWS_DATA = (
    select(ConsentRecord.id)
    .where(ConsentRecord.user_id == ME, ConsentRecord.purpose == Consent.DATA_INFORMATION)
    .exists()
)
"""The reader has read what is kept about them."""
