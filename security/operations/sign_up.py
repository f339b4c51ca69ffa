"""Creating an account: nothing exists until the address is proved."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from core import clock, native_pool, rate_limit, tokens
from core.authorization import Actor, Instance, System, operation
from core.database import db
from core.errors import NotFoundError
from security import emails, passwords
from security.models import ConsentRecord, FirstAccountLink, SignUp, User
from security.operations import brakes, known_devices
from security.operations.codes import Judged, add_code, judge, may_send, take_try
from security.operations.sessions import add_session
from security.policy import AccountPermission
from security.queries import (
    find_first_account_link,
    find_user_by_email,
    has_any_user,
    is_address_held,
)
from security.vocabulary import CodeCheck, CodePurpose, Consent, SecondStep

SIGN_UP_LIFE = timedelta(hours=24)
LINK_LIFE = timedelta(hours=24)


def start_sign_up(
    actor: Actor,
    instance: Instance,
    *,
    email: str,
    password: str,
    display_name: str,
    locale: str,
    network: str,
    link: str | None = None,
) -> str:
    """Keep what was answered until the terms are accepted; return the token of this browser.

    ``link`` is the host's token for the first account.

    Raises:
        TooManyRequestsError: too many accounts from this network.
        NotFoundError: the host's link is used or over.
    """
    rate_limit.hit_network(brakes.SIGN_UPS_OF_NETWORK, network)
    password_hash = native_pool.run(passwords.hash_password, password)
    return begin_sign_up(
        actor,
        instance,
        email=email,
        password_hash=password_hash,
        display_name=display_name,
        locale=locale,
        link=link,
    )


@operation(AccountPermission.SIGN_UP)
def begin_sign_up(
    _actor: Actor,
    _instance: Instance,
    *,
    email: str,
    password_hash: str,
    display_name: str,
    locale: str,
    link: str | None,
) -> str:
    """Write an account in the making: nothing is mailed before the terms are accepted."""
    account_link = find_first_account_link(link) if link else None
    if link and account_link is None:
        raise NotFoundError
    sign_up, token = add_sign_up(email, locale)
    sign_up.password_hash = password_hash
    sign_up.display_name = display_name
    sign_up.first_account_link_id = account_link.id if account_link else None
    return token


def add_sign_up(email: str, locale: str) -> tuple[SignUp, str]:
    """Write an account in the making of this address; return it with its token, not kept."""
    now = clock.now()
    token = tokens.new_token()
    sign_up = SignUp(
        token_hash=tokens.hash_token(token),
        email=email,
        password_hash="",
        display_name="",
        locale=locale,
        started_at=now,
        expires_at=now + SIGN_UP_LIFE,
        tries=0,
    )
    db.session.add(sign_up)
    return sign_up, token


def accept_terms(actor: Actor, sign_up: SignUp, *, version: str, digest: str) -> None:
    """Keep which terms were accepted, and mail the proof of the address; once.

    Whether the address has an account already is told by that mail, and only there.

    Raises:
        TooManyRequestsError: too many codes to this address.
    """
    if sign_up.terms_accepted_at is not None:
        return
    count_proof(sign_up.email)
    keep_terms(actor, sign_up, version=version, digest=digest)


@operation(AccountPermission.SIGN_UP)
def keep_terms(_actor: Actor, sign_up: SignUp, *, version: str, digest: str) -> None:
    """Write the acceptance with its version and its date, and mail the code."""
    sign_up.terms_version = version
    sign_up.terms_digest = digest
    sign_up.terms_accepted_at = clock.now()
    mail_proof(sign_up)


def request_sign_up_code(actor: Actor, sign_up: SignUp, *, suite: str = "") -> None:
    """Mail another code; within a minute of the last one, that one still counts.

    Raises:
        TooManyRequestsError: enough codes were mailed that nobody used.
    """
    if not may_send(CodePurpose.SIGN_UP, sign_up):
        return
    count_proof(sign_up.email)
    send_sign_up_code(actor, sign_up, suite=suite)


@operation(AccountPermission.SIGN_UP)
def send_sign_up_code(_actor: Actor, sign_up: SignUp, *, suite: str = "") -> None:
    """Make the newest code of this account in the making, and mail it."""
    mail_proof(sign_up, suite=suite)


def count_proof(address: str) -> None:
    """Count one more code to an address that is not proved.

    Raises:
        TooManyRequestsError: too many were mailed to it.
    """
    with rate_limit.asking_for_codes():
        rate_limit.hit(brakes.PROOFS_BY_HOUR, address)
        rate_limit.hit(brakes.PROOFS_BY_DAY, address)


def forget_proofs(address: str) -> None:
    """Let the address begin anew: it is proved."""
    rate_limit.clear(brakes.PROOFS_BY_HOUR, address)
    rate_limit.clear(brakes.PROOFS_BY_DAY, address)


def mail_proof(sign_up: SignUp, *, suite: str = "") -> None:
    """Make a code and mail it, or tell the owner of an account that there is one.

    ``suite`` is the page that the person came from.
    """
    # The code is made either way, so that nothing on the pages differs; only one mail carries it.
    code, expires_at = add_code(CodePurpose.SIGN_UP, sign_up)
    user = find_user_by_email(sign_up.email)
    if user is not None:
        emails.tell(user, emails.already_registered(suite))
    elif is_address_held(sign_up.email):
        emails.tell_newcomer(sign_up, emails.address_held())
    else:
        emails.tell_newcomer(sign_up, emails.sign_up_code(code), not_after=expires_at)


def check_sign_up_code(
    actor: Actor, sign_up: SignUp, *, code: str, browser: str, device: str
) -> Judged:
    """Judge the code of a new account, and forget the brakes of its address when it is right."""
    address = sign_up.email
    judged = finish_sign_up(actor, sign_up, code=code, browser=browser, device=device)
    if judged.check is CodeCheck.RIGHT:
        forget_proofs(address)
    return judged


@operation(AccountPermission.SIGN_UP)
def finish_sign_up(
    _actor: Actor, sign_up: SignUp, *, code: str, browser: str, device: str
) -> Judged:
    """Create the account if the code is right, and open its first session."""
    if sign_up.is_address_first or sign_up.terms_accepted_at is None:
        return Judged(CodeCheck.LOCKED)
    judged = judge_proof(sign_up, code)
    if judged.check is not CodeCheck.RIGHT:
        return judged
    if not _use_link(sign_up.first_account_link_id):
        return Judged(CodeCheck.LOCKED)
    return open_account(sign_up, browser=browser, device=device)


def judge_proof(sign_up: SignUp, code: str) -> Judged:
    """Take one of the tries, and say whether the code proves the address."""
    if not take_try(SignUp, sign_up):
        return Judged(CodeCheck.LOCKED)
    check = judge(CodePurpose.SIGN_UP, sign_up, code)
    if check is CodeCheck.RIGHT and is_taken(sign_up.email):
        check = CodeCheck.WRONG  # nobody was mailed this code
    if check is not CodeCheck.RIGHT:
        return Judged.wrong(check, tries=sign_up.tries)
    return Judged(check)


def is_taken(email: str) -> bool:
    """Say whether an account has this address, or has just left it."""
    return find_user_by_email(email) is not None or is_address_held(email)


def open_account(sign_up: SignUp, *, browser: str, device: str) -> Judged:
    """Create the account whose address is proved, and open its first session."""
    user = _create_user(sign_up)
    if user is None:
        return Judged(CodeCheck.LOCKED)
    sign_up.finished_at = clock.now()
    known_devices.welcome(user, browser=browser, device=device, told=False)
    return Judged(CodeCheck.RIGHT, token=add_session(user, SecondStep.EMAIL, device))


def _create_user(sign_up: SignUp) -> User | None:
    now = clock.now()
    user = User(
        email=sign_up.email,
        password_hash=sign_up.password_hash,
        display_name=sign_up.display_name,
        locale=sign_up.locale,
        is_enabled=True,
        created_at=now,
        email_proved_at=now,
        password_changed_at=now,
    )
    try:
        # Two browsers may prove one address at the same instant: the constraint chooses one, and
        # the other's try stays counted.
        with db.session.begin_nested():  # a refused row must not undo the counted try
            db.session.add(user)
    except IntegrityError:
        return None
    if sign_up.terms_accepted_at is not None:
        db.session.add(
            ConsentRecord(
                user_id=user.id,
                purpose=Consent.TERMS,
                version=sign_up.terms_version or "",
                digest=sign_up.terms_digest or "",
                recorded_at=sign_up.terms_accepted_at,
            )
        )
    return user


def _use_link(link_id: int | None) -> bool:
    if link_id is None:
        return True
    used = db.session.execute(
        update(FirstAccountLink)
        .where(FirstAccountLink.id == link_id, FirstAccountLink.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]


@operation(AccountPermission.LINK_FIRST_ACCOUNT)
def ensure_first_account_link(_actor: System, _instance: Instance) -> str | None:
    """Return the path of a new one-time link, while nobody has an account yet; older ones die."""
    if has_any_user():
        return None
    now = clock.now()
    db.session.execute(
        update(FirstAccountLink).where(FirstAccountLink.used_at.is_(None)).values(expires_at=now)
    )
    token = tokens.new_token()
    db.session.add(
        FirstAccountLink(
            token_hash=tokens.hash_token(token),
            created_at=now,
            expires_at=now + LINK_LIFE,
            used_at=None,
        )
    )
    return f"/premier-compte/{token}"
