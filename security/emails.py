"""What accounts say by e-mail: codes, and news of what changed. No subject carries a code."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from core.mail import absolute_url, in_language, send_mail
from security.models import SignUp, User
from security.vocabulary import AccountChange

SIGN_IN_PATH = "/connexion"
SECURITY_PATH = "/parametres/securite"


def send_sign_in_code(user: User, code: str, expires_at: datetime) -> None:
    """Mail the second step of a sign-in."""
    with in_language(user.locale):
        subject = _("Your sign-in code")
    send_mail(
        user.email,
        "security/sign_in_code",
        subject=subject,
        locale=user.locale,
        context={
            "name": user.display_name,
            "code": spaced(code),
            "settings_url": absolute_url(SECURITY_PATH),
        },
        not_after=expires_at,
    )


def send_sign_up_code(sign_up: SignUp, code: str, expires_at: datetime) -> None:
    """Mail the proof of an address."""
    with in_language(sign_up.locale):
        subject = _("Your code to create your account")
    send_mail(
        sign_up.email,
        "security/sign_up_code",
        subject=subject,
        locale=sign_up.locale,
        context={"name": sign_up.display_name, "code": spaced(code)},
        not_after=expires_at,
    )


def send_already_registered(user: User) -> None:
    """Tell the owner of an address, and nobody else, that it has its account."""
    with in_language(user.locale):
        subject = _("You already have an account")
    send_mail(
        user.email,
        "security/already_registered",
        subject=subject,
        locale=user.locale,
        context={"name": user.display_name, "sign_in_url": absolute_url(SIGN_IN_PATH)},
    )


def send_change_notice(user: User, change: AccountChange) -> None:
    """Tell somebody that their way in has changed, in case it was not them."""
    with in_language(user.locale):
        subject = {
            AccountChange.PASSWORD: _("Your password was changed"),
            AccountChange.BACKUP_CODES: _("Your backup codes were replaced"),
            AccountChange.APP_ENABLED: _("An authenticator app was added to your account"),
            AccountChange.APP_DISABLED: _("The authenticator app was removed from your account"),
        }[change]
    send_mail(
        user.email,
        "security/account_changed",
        subject=subject,
        locale=user.locale,
        context={
            "name": user.display_name,
            "headline": subject,
            "settings_url": absolute_url(SECURITY_PATH),
        },
    )


def spaced(code: str) -> str:
    """Write six digits in two groups, held together by a no-break space."""
    return f"{code[:3]}\u00a0{code[3:]}"
