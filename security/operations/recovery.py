"""A forgotten password: never by the mailbox alone.

The link needs a second proof that is not the mailbox; an account that has none waits for a day,
during which every warning carries « ce n'est pas moi ».
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from core import clock, outbox, rate_limit, tokens
from core.authorization import Actor, Instance, System, operation
from core.database import db
from core.errors import ConflictError
from core.mail import absolute_url
from security import emails
from security.models import MailedLink, User
from security.operations import brakes, journal, password_guard
from security.operations.mailed_links import (
    add_link,
    drop_resets,
    drop_what_waits,
    not_me_url,
    take_link,
)
from security.operations.reset_proofs import list_reset_proofs
from security.operations.sessions import remove_sessions
from security.operations.text_warnings import warn_by_text
from security.policy import AccountPermission
from security.queries import find_link, find_user_by_email
from security.vocabulary import AccountChange, LinkPurpose

KIND = "reset_request"
READY = "reset_ready"
LINK_LIFE = timedelta(minutes=60)
WAIT = timedelta(hours=24)
READY_LIFE = timedelta(hours=24)


def ask_reset(actor: Actor, instance: Instance, *, email: str, network: str) -> None:
    """Take note of a forgotten password: the worker alone looks whether the address is known.

    Raises:
        TooManyRequestsError: enough was asked for this address, or from this network.
    """
    rate_limit.hit_network(brakes.RESETS_OF_NETWORK, network)
    rate_limit.hit(brakes.RESETS_OF_ADDRESS, email)
    queue_reset(actor, instance, email=email)


@operation(AccountPermission.RECOVER)
def queue_reset(_actor: Actor, _instance: Instance, *, email: str) -> None:
    """Write the request down; known or not, it costs the same."""
    outbox.enqueue(KIND, {"email": email}, not_after=clock.now() + LINK_LIFE)


def answer_reset(_message_id: int, payload: dict[str, Any]) -> None:
    """Mail a link to whoever has an account, and nothing to the others; run by the worker."""
    user = find_user_by_email(payload["email"])
    if user is not None and user.is_enabled:
        send_reset(System("a forgotten password"), user)


@operation(AccountPermission.MAIL_RESET)
def send_reset(_actor: System, user: User) -> None:
    """Make the newest link, the only one that counts, and mail it. One that waits goes on."""
    db.session.execute(
        delete(MailedLink)
        .where(
            MailedLink.user_id == user.id,
            MailedLink.purpose == LinkPurpose.RESET,
            MailedLink.due_at.is_(None),
        )
        .execution_options(synchronize_session="fetch")
    )
    token = add_link(user, LinkPurpose.RESET, LINK_LIFE)
    letter = emails.reset_link(reset_url(token), not_me_url(user))
    emails.tell(user, letter, not_after=clock.now() + LINK_LIFE)


def reset_url(token: str) -> str:
    """Return the address of the page where a new password is chosen."""
    return absolute_url(f"/mot-de-passe/nouveau/{token}")


def may_set_password(link: MailedLink, browser: str) -> bool:
    """Say whether everything is proved: by this browser, by the host, or by the day of waiting."""
    if link.purpose is LinkPurpose.HOST_RESET:
        return True
    if link.due_at is not None:
        return clock.now() >= link.due_at
    return link.proof_hash is not None and tokens.same(link.proof_hash, tokens.hash_token(browser))


@operation(AccountPermission.RECOVER)
def start_wait(_actor: Actor, link: MailedLink, *, token: str) -> None:
    """Begin the day of waiting, for an account that nothing but its mailbox stands for.

    Raises:
        ConflictError: there is another proof to give, or the wait has begun.
    """
    if list_reset_proofs(link.user_id) or link.due_at is not None:
        raise ConflictError
    user = link.user
    link.due_at = clock.now() + WAIT
    link.expires_at = link.due_at + READY_LIFE
    db.session.execute(
        delete(MailedLink)
        .where(
            MailedLink.user_id == user.id,
            MailedLink.purpose == LinkPurpose.RESET,
            MailedLink.id != link.id,
        )
        .execution_options(synchronize_session="fetch")
    )
    way_out = not_me_url(user)
    emails.tell(user, emails.reset_waits(link.due_at, way_out))
    warn_by_text(user, way_out)
    outbox.enqueue(READY, {"token": token}, not_before=link.due_at, not_after=link.expires_at)


def announce_ready(_message_id: int, payload: dict[str, Any]) -> None:
    """Mail the link again when its day is over, unless it was stopped; run by the worker."""
    link = find_link(payload["token"], LinkPurpose.RESET)
    if link is not None:
        send_ready(System("a wait that is over"), link.user, token=payload["token"])


@operation(AccountPermission.MAIL_RESET)
def send_ready(_actor: System, user: User, *, token: str) -> None:
    """Say that the new password can be chosen."""
    emails.tell(user, emails.reset_ready(reset_url(token), not_me_url(user)))


@operation(AccountPermission.RECOVER)
def reset_password(_actor: Actor, link: MailedLink, *, new_hash: str, browser: str) -> None:
    """Replace the password, sign everybody out; the second step is still asked at the next sign-in.

    Raises:
        ConflictError: the link has served, or what it needs beside it was not proved here.
    """
    if not may_set_password(link, browser) or not take_link(link):
        raise ConflictError
    user = link.user
    user.password_hash = new_hash
    user.password_changed_at = clock.now()
    password_guard.accept_again(user)
    drop_what_waits(user.id)
    remove_sessions(user.id, keep=None)
    journal.note_change(user, AccountChange.PASSWORD)


@operation(AccountPermission.CHANGE_PASSWORD)
def stop_reset(_actor: User, user: User) -> None:
    """Cancel, from a signed-in page, a new password that waits."""
    drop_resets(user.id)


@operation(AccountPermission.HOST_RECOVER)
def make_host_link(actor: System, user: User, *, new_email: str = "") -> str:
    """Make the link that the host hands over, after checking who it is; tell the person.

    With ``new_email`` the account moves to that address, unproved until its mailbox answers.
    """
    journal.note_change(user, AccountChange.HOST_HELP)
    warn_by_text(user, not_me_url(user))
    drop_what_waits(user.id)
    if new_email:
        user.email = new_email
        user.is_email_proved = False
        emails.tell(user, emails.account_changed(AccountChange.HOST_HELP, not_me_url=""))
    return reset_url(add_link(user, LinkPurpose.HOST_RESET, READY_LIFE))
