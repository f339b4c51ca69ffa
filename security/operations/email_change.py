"""Another e-mail address: proved at both mailboxes, and undone from the old one for a week."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from core import clock, rate_limit
from core.authorization import Actor, operation
from core.database import db
from core.errors import ConflictError
from core.mail import absolute_url
from security import emails
from security.models import EmailChange, MailedLink, User
from security.operations import brakes, journal
from security.operations.codes import Judged, add_code, judge, take_try
from security.operations.mailed_links import add_link, drop_what_waits, take_link
from security.operations.second_steps import Proof, require_proof
from security.operations.sessions import remove_sessions
from security.policy import AccountPermission
from security.queries import find_user_by_email, is_address_held
from security.vocabulary import AccountChange, CodeCheck, CodePurpose, LinkPurpose

CHANGE_LIFE = timedelta(minutes=30)
CHECK_LIFE = timedelta(hours=24)


def start_email_change(actor: User, *, proof: Proof, new_email: str) -> EmailChange:
    """Begin a change: a code leaves for each of the two mailboxes.

    Raises:
        TooManyRequestsError: enough codes were mailed that nobody used.
    """
    with rate_limit.asking_for_codes():
        for address in (actor.email, new_email):
            rate_limit.hit(brakes.CODES_BY_HOUR, address)
            rate_limit.hit(brakes.CODES_BY_DAY, address)
    return begin_email_change(actor, actor, proof=proof, new_email=new_email)


@operation(AccountPermission.CHANGE_EMAIL)
def begin_email_change(_actor: User, user: User, *, proof: Proof, new_email: str) -> EmailChange:
    """Write the change down and mail both codes; an address in use gets a warning, and no code.

    Raises:
        ConflictError: the password was changed elsewhere since it was proved.
    """
    require_proof(user, proof)
    now = clock.now()
    db.session.execute(delete(EmailChange).where(EmailChange.user_id == user.id))
    change = EmailChange(
        user_id=user.id,
        new_email=new_email,
        started_at=now,
        expires_at=now + CHANGE_LIFE,
        tries=0,
        finished_at=None,
    )
    db.session.add(change)
    db.session.flush()  # the codes are bound to the id
    code, expires_at = add_code(CodePurpose.OLD_ADDRESS, change)
    emails.tell(user, emails.address_code(code), not_after=expires_at)
    # Made either way, so that nothing on the pages tells whether the address is in use.
    code, expires_at = add_code(CodePurpose.NEW_ADDRESS, change)
    owner = find_user_by_email(new_email)
    if owner is not None:
        emails.tell(owner, emails.address_wanted())
    elif not is_address_held(new_email):
        letter = emails.address_code(code)
        emails.tell(user, letter, address=new_email, not_after=expires_at)
    return change


@operation(AccountPermission.CHANGE_EMAIL)
def finish_email_change(
    _actor: User, user: User, *, change_id: int, codes: tuple[str, str], keep: int | None
) -> Judged:
    """Move the account if both codes are right: of the old mailbox, and of the new one.

    Every other device is signed out. The old address may undo it for seven days.
    """
    change = db.session.get(EmailChange, change_id)
    if change is None or change.user_id != user.id or not take_try(EmailChange, change):
        return Judged(CodeCheck.LOCKED)
    old, new = codes
    # The new one first: a wrong one must not use the other up.
    check = judge(CodePurpose.NEW_ADDRESS, change, new)
    if check in {CodeCheck.RIGHT, CodeCheck.USED}:
        check = judge(CodePurpose.OLD_ADDRESS, change, old)
    if check is not CodeCheck.RIGHT:
        return Judged.wrong(check, tries=change.tries)
    new_email = change.new_email
    if find_user_by_email(new_email) is not None or is_address_held(new_email):
        return Judged(CodeCheck.LOCKED)
    journal.note_change(user, AccountChange.EMAIL)  # to the old address, with its way back
    drop_what_waits(user.id)
    try:
        with db.session.begin_nested():  # another account may take the address at this instant
            user.email = new_email
    except IntegrityError:
        db.session.refresh(user)
        return Judged(CodeCheck.LOCKED)
    user.email_proved_at = clock.now()
    user.is_email_proved = True
    emails.tell(user, emails.account_changed(AccountChange.EMAIL, not_me_url=""))
    remove_sessions(user.id, keep=keep)
    return Judged(CodeCheck.RIGHT)


def request_address_check(actor: User) -> None:
    """Mail the button that proves the address of an account which its host made or moved.

    Raises:
        TooManyRequestsError: enough were sent within the hour.
    """
    rate_limit.hit(brakes.ADDRESS_CHECKS, str(actor.id))
    send_address_check(actor, actor)


@operation(AccountPermission.CHANGE_EMAIL)
def send_address_check(_actor: User, user: User) -> None:
    """Make the newest check, the only one that counts, and mail it."""
    db.session.execute(
        delete(MailedLink)
        .where(MailedLink.user_id == user.id, MailedLink.purpose == LinkPurpose.PROVE_ADDRESS)
        .execution_options(synchronize_session="fetch")
    )
    token = add_link(user, LinkPurpose.PROVE_ADDRESS, CHECK_LIFE)
    emails.tell(user, emails.address_check(absolute_url(f"/verifier-mon-e-mail/{token}")))


@operation(AccountPermission.RECOVER)
def prove_address(_actor: Actor, link: MailedLink) -> None:
    """Believe whoever pressed the button of the mail, if the account still has that address.

    Raises:
        ConflictError: it has another one now, or the link has served.
    """
    user = link.user
    if link.email != user.email or not take_link(link):
        raise ConflictError
    user.is_email_proved = True
    user.email_proved_at = clock.now()
