"""Who may do what with an account: mostly its own person, and nobody else."""

from __future__ import annotations

from enum import StrEnum

from core.authorization import Actor, Rule, any_of, anyone, is_system
from security.models import Session, User


class AccountPermission(StrEnum):
    """Accounts: who signs in, with which proofs."""

    SIGN_IN = "account:sign_in"
    """Sign in: with a password or a passkey, then with a second step."""
    SIGN_UP = "account:sign_up"
    """Create an account: accept the terms, prove the address, choose a password."""
    OPEN_SESSION = "session:open"
    """Open a session without the two proofs."""
    END_SESSION = "session:end"
    """Sign one device out."""
    PROVE_AGAIN = "session:prove_again"
    """Give the password again, before something that touches the account's safety."""
    REPORT_COMPROMISE = "account:report_compromise"
    """Say « it was not me » with the link of a mail: everything is signed out."""
    RECOVER = "account:recover"
    """Ask for a new password, and choose it with the link of a mail and a second proof."""
    MAIL_RESET = "account:mail_reset"
    """Mail the link that opens a new password."""
    HOST_RECOVER = "account:host_recover"
    """Make the link that gives an account back, after checking who asks."""
    CHANGE_EMAIL = "account:change_email"
    """Change the e-mail address."""
    CHANGE_PASSWORD = "account:change_password"  # noqa: S105  (a permission's name)
    """Change the password."""
    MANAGE_SECOND_STEPS = "account:manage_second_steps"
    """Switch on, change and switch off the second steps: app, backup codes, passkeys."""
    LINK_FIRST_ACCOUNT = "account:link_first"
    """Make the link that creates the first account of a new installation."""
    UPDATE = "account:update"
    """Choose the language and the time zone."""
    CONFIRM_BY_PHONE = "account:confirm_by_phone"
    """Prove a phone number, or confirm something with a code that the phone gets."""
    ACKNOWLEDGE = "account:acknowledge"
    """Accept the terms, or say that a text was read."""
    WARN_OWNER = "account:warn_owner"
    """Warn somebody that their account may be under attack."""


def is_self(actor: Actor, subject: User) -> bool:
    """The person whose account it is."""
    return isinstance(actor, User) and actor.id == subject.id


def is_own_session(actor: Actor, subject: Session) -> bool:
    """The person whose device it is."""
    return isinstance(actor, User) and actor.id == subject.user_id


RULES: dict[StrEnum, Rule] = {
    # Whoever comes proves inside the operation who they are: by a password, then by a code.
    AccountPermission.SIGN_IN: anyone,
    AccountPermission.SIGN_UP: anyone,
    AccountPermission.OPEN_SESSION: is_system,
    AccountPermission.END_SESSION: any_of(is_own_session, is_system),
    AccountPermission.PROVE_AGAIN: is_own_session,
    # Whoever holds a mailed link acts with it; its operation judges what else must be proved.
    AccountPermission.REPORT_COMPROMISE: anyone,
    AccountPermission.RECOVER: anyone,
    AccountPermission.MAIL_RESET: is_system,
    AccountPermission.HOST_RECOVER: is_system,
    AccountPermission.CHANGE_EMAIL: is_self,
    AccountPermission.CHANGE_PASSWORD: is_self,
    AccountPermission.MANAGE_SECOND_STEPS: is_self,
    AccountPermission.LINK_FIRST_ACCOUNT: is_system,
    AccountPermission.UPDATE: is_self,
    AccountPermission.CONFIRM_BY_PHONE: is_self,
    AccountPermission.ACKNOWLEDGE: is_self,
    AccountPermission.WARN_OWNER: is_system,
}
