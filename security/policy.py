"""Who may do what with an account: mostly its own person, and nobody else."""

from __future__ import annotations

from enum import StrEnum

from core.authorization import Actor, Rule, any_of, anyone, is_system
from security.models import Session, User


class AccountPermission(StrEnum):
    """What can be done with accounts, their sessions and their second steps."""

    SIGN_IN = "account:sign_in"
    SIGN_UP = "account:sign_up"
    OPEN_SESSION = "session:open"
    END_SESSION = "session:end"
    PROVE_AGAIN = "session:prove_again"
    DISOWN = "account:disown"
    RECOVER = "account:recover"
    MAIL_RESET = "account:mail_reset"
    HOST_RECOVER = "account:host_recover"
    CHANGE_EMAIL = "account:change_email"
    CHANGE_PASSWORD = "account:change_password"  # noqa: S105  (a permission's name)
    MANAGE_SECOND_STEPS = "account:manage_second_steps"
    LINK_FIRST_ACCOUNT = "account:link_first"
    UPDATE = "account:update"
    CONFIRM_BY_PHONE = "account:confirm_by_phone"
    ACKNOWLEDGE = "account:acknowledge"
    FORGET_OLD = "account:forget_old"
    WARN_OWNER = "account:warn_owner"


def is_self(actor: Actor, subject: User) -> bool:
    """The account is the actor's own."""
    return isinstance(actor, User) and actor.id == subject.id


def is_own_session(actor: Actor, subject: Session) -> bool:
    """The device is one of the actor's own."""
    return isinstance(actor, User) and actor.id == subject.user_id


RULES: dict[StrEnum, Rule] = {
    # Whoever comes proves inside the operation who they are: by a password, then by a code.
    AccountPermission.SIGN_IN: anyone,
    AccountPermission.SIGN_UP: anyone,
    AccountPermission.OPEN_SESSION: is_system,
    AccountPermission.END_SESSION: any_of(is_own_session, is_system),
    AccountPermission.PROVE_AGAIN: is_own_session,
    # Whoever holds a mailed link acts with it; its operation judges what else must be proved.
    AccountPermission.DISOWN: anyone,
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
    AccountPermission.FORGET_OLD: is_system,
    AccountPermission.WARN_OWNER: is_system,
}
