"""Whatever asks for one-time codes, and codes that a test knows."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from sqlalchemy import delete

from core import clock, tokens
from core.authorization import INSTANCE, Anonymous
from core.database import db
from core.transaction import transaction
from security.models import EmailChange, MailedLink, Session, SignInAttempt, SignUp
from security.one_time_codes import Asker, OneTimeCode, binding_of, hash_code, sent_for
from security.operations import sign_in
from security.operations.codes import add_code, add_phone_code, judge
from security.operations.mailed_links import add_link
from security.operations.sign_up import begin_sign_up
from security.phone_proofs import PhoneProof
from security.queries import find_attempt, find_link, find_sign_up, newest_code
from security.vocabulary import CodeChannel, CodeCheck, CodePurpose, LinkPurpose, SecondStep
from tests.security.phone import NUMBER, give_phone

A = TypeVar("A", bound=Asker)


def there(asker: A | None) -> A:
    assert asker is not None
    return asker


def attempt_of(user) -> SignInAttempt:
    """Begin a sign-in, and forget the code that was mailed for it."""
    begun = sign_in.begin_attempt(Anonymous(), user, proved_hash=user.password_hash)
    attempt = there(find_attempt(begun.token))
    with transaction():
        db.session.execute(delete(OneTimeCode).where(sent_for(CodePurpose.SIGN_IN, attempt)))
    return attempt


def sign_up_of(user) -> SignUp:
    token = begin_sign_up(
        Anonymous(),
        INSTANCE,
        email=f"new-{user.email}",
        password_hash="x",
        display_name="Nouvelle",
        locale="fr",
        link=None,
    )
    return there(find_sign_up(token))


def change_of(user) -> EmailChange:
    now = clock.now()
    with transaction():
        row = EmailChange(
            user_id=user.id,
            new_email=f"new-{user.email}",
            started_at=now,
            expires_at=now + timedelta(minutes=30),
        )
        db.session.add(row)
    return row


def link_of(user) -> MailedLink:
    give_phone(user)
    with transaction():
        token = add_link(user, LinkPurpose.RESET, timedelta(hours=1))
    return there(find_link(token, LinkPurpose.RESET))


def proof_of(user) -> PhoneProof:
    now = clock.now()
    with transaction():
        session = Session(
            token_hash=tokens.hash_token(tokens.new_token()),
            user_id=user.id,
            second_step=SecondStep.EMAIL,
            data={},
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=1),
        )
        db.session.add(session)
        db.session.flush()
        row = PhoneProof(
            purpose=CodePurpose.PASSWORD,
            user_id=user.id,
            session_id=session.id,
            number=NUMBER,
            started_at=now,
            expires_at=now + timedelta(minutes=30),
        )
        db.session.add(row)
    return row


ASKERS = {
    "signing in": (attempt_of, CodePurpose.SIGN_IN),
    "a new account": (sign_up_of, CodePurpose.SIGN_UP),
    "another address, old mailbox": (change_of, CodePurpose.OLD_ADDRESS),
    "another address, new mailbox": (change_of, CodePurpose.NEW_ADDRESS),
    "a new password by telephone": (proof_of, CodePurpose.PASSWORD),
    "a forgotten password by telephone": (link_of, CodePurpose.RESET),
}


def add(by_phone: bool, purpose: CodePurpose, asker: Asker, code: str = "481027") -> str:
    """A code that is known here: its row is written again with a hash of our own choice."""
    with transaction():
        if by_phone:
            add_phone_code(purpose, asker, number=NUMBER, channel=CodeChannel.SMS, locale="fr")
        else:
            add_code(purpose, asker)
        db.session.flush()
        row = newest_code(purpose, asker, by_phone=by_phone)
        row.code_hash = hash_code(purpose, binding_of(asker), code)
    return code


def typed(purpose: CodePurpose, asker: Asker, code: str) -> CodeCheck:
    with transaction():
        return judge(purpose, asker, code)
