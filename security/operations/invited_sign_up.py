"""Creating an account where an invitation says the address: it is proved before all the rest."""

from __future__ import annotations

from sqlalchemy import update

from core import clock, native_pool, rate_limit
from core.authorization import Actor, Instance, operation
from core.database import db
from core.errors import NotFoundError
from security import passwords
from security.models import SignUp
from security.operations import brakes
from security.operations.codes import Judged
from security.operations.sign_up import (
    add_sign_up,
    count_proof,
    forget_proofs,
    is_taken,
    judge_proof,
    mail_proof,
    open_account,
)
from security.policy import AccountPermission
from security.vocabulary import CodeCheck


def start_invited_sign_up(
    actor: Actor, instance: Instance, *, email: str, suite: str, locale: str, network: str
) -> str:
    """Mail a code to the invited address; return the token of this browser.

    ``suite`` is the invitation: whoever has an account already is led there by the mail.

    Raises:
        TooManyRequestsError: too many accounts from this network, or codes to this address.
    """
    rate_limit.hit_network(brakes.SIGN_UPS_OF_NETWORK, network)
    count_proof(email)
    return begin_invited_sign_up(actor, instance, email=email, suite=suite, locale=locale)


@operation(AccountPermission.SIGN_UP)
def begin_invited_sign_up(
    _actor: Actor, _instance: Instance, *, email: str, suite: str, locale: str
) -> str:
    """Write an account in the making of which only the address is known, and mail the code."""
    sign_up, token = add_sign_up(email, locale)
    db.session.flush()  # the code is bound to the row's id
    mail_proof(sign_up, suite=suite)
    return token


def prove_invited_address(actor: Actor, sign_up: SignUp, *, code: str) -> Judged:
    """Judge the mailed code, and forget the brakes of its address when it is right."""
    address = sign_up.email
    judged = prove_first(actor, sign_up, code=code)
    if judged.check is CodeCheck.RIGHT:
        forget_proofs(address)
    return judged


@operation(AccountPermission.SIGN_UP)
def prove_first(_actor: Actor, sign_up: SignUp, *, code: str) -> Judged:
    """Keep that the address is proved, if the code is right: the account comes later."""
    if not sign_up.is_address_first:
        return Judged(CodeCheck.LOCKED)
    judged = judge_proof(sign_up, code)
    if judged.check is CodeCheck.RIGHT:
        sign_up.proved_at = clock.now()
    return judged


def choose_invited_password(
    actor: Actor, sign_up: SignUp, *, password: str, display_name: str
) -> None:
    """Hash the password outside any transaction, then keep it with the name.

    Raises:
        NotFoundError: the address is not proved.
    """
    password_hash = native_pool.run(passwords.hash_password, password)
    keep_password(actor, sign_up, password_hash=password_hash, display_name=display_name)


@operation(AccountPermission.SIGN_UP)
def keep_password(_actor: Actor, sign_up: SignUp, *, password_hash: str, display_name: str) -> None:
    """Write what was chosen; nothing is created before the terms are accepted."""
    if sign_up.proved_at is None:
        raise NotFoundError
    sign_up.password_hash = password_hash
    sign_up.display_name = display_name


@operation(AccountPermission.SIGN_UP)
def accept_terms_and_finish(
    _actor: Actor, sign_up: SignUp, *, version: str, digest: str, browser: str, device: str
) -> Judged:
    """Create the account of a proved address with the terms that were accepted; once."""
    now = clock.now()
    mine = db.session.execute(
        update(SignUp)
        .where(
            SignUp.id == sign_up.id,
            SignUp.token_hash == sign_up.token_hash,
            SignUp.proved_at.is_not(None),
            SignUp.finished_at.is_(None),
            SignUp.expires_at > now,
        )
        .values(terms_version=version, terms_digest=digest, terms_accepted_at=now, finished_at=now)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(sign_up)
    if mine.rowcount != 1 or not sign_up.password_hash or is_taken(sign_up.email):  # type: ignore[attr-defined]
        return Judged(CodeCheck.LOCKED)
    return open_account(sign_up, browser=browser, device=device)
