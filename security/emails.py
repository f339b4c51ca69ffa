"""What accounts say by e-mail: codes, and news of what changed. No subject carries a code."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.mail import absolute_url, in_language, send_mail
from core.wording import day_and_hour
from security.models import SignUp, User
from security.vocabulary import AccountChange, device_words

SIGN_IN_PATH = "/connexion"
SECURITY_PATH = "/parametres/securite"
FORGOTTEN_PATH = "/mot-de-passe/oubli"
CHANGES: dict[AccountChange, Any] = {
    AccountChange.PASSWORD: _l("Your password was changed"),
    AccountChange.BACKUP_CODES: _l("Your backup codes were replaced"),
    AccountChange.APP_ENABLED: _l("An authenticator app was added to your account"),
    AccountChange.APP_DISABLED: _l("The authenticator app was removed from your account"),
    AccountChange.EMAIL: _l("The e-mail address of your account was changed"),
    AccountChange.PHONE: _l("The phone number of your account was changed"),
    AccountChange.ADMIN_HELP: _l("An administrator of your bubble made a code for your account"),
    AccountChange.HOST_HELP: _l("The people who run this site made a link for your account"),
    AccountChange.SECURED: _l("Your account is protected"),
    AccountChange.PASSKEY_ADDED: _l("A passkey was added to your account"),
    AccountChange.PASSKEY_REMOVED: _l("A passkey was removed from your account"),
    AccountChange.PASSWORD_DISABLED: _l("Your password no longer works: it was tried too often"),
}
"""What is told when something changes."""

NOTHING_MORE = {"code": None, "button": None, "small": None, "not_me_url": None}
"""What a notice may hold besides its lines; said so, because bricks of pages bear such names."""


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


def send_already_registered(user: User, *, suite: str = "") -> None:
    """Tell the owner of an address, and nobody else, that it has its account.

    ``suite`` is the page that they then come back to.
    """
    with in_language(user.locale):
        subject = _("You already have an account")
    url = absolute_url(SIGN_IN_PATH) + (f"?{urlencode({'suite': suite})}" if suite else "")
    send_mail(
        user.email,
        "security/already_registered",
        subject=subject,
        locale=user.locale,
        context={"name": user.display_name, "sign_in_url": url},
    )


def send_change_notice(user: User, change: AccountChange, *, not_me_url: str) -> None:
    """Tell somebody that their way in has changed, in case it was not them."""
    with in_language(user.locale):
        subject = str(CHANGES[change])
    send_mail(
        user.email,
        "security/account_changed",
        subject=subject,
        locale=user.locale,
        context={"name": user.display_name, "headline": subject, "not_me_url": not_me_url},
    )


def send_reset_link(user: User, url: str, *, not_me_url: str) -> None:
    """Mail the link that leads to a new password; alone, it opens nothing."""
    with in_language(user.locale):
        _send_notice(
            user,
            _("Choose a new password"),
            [
                _(
                    "Hello %(name)s, you asked for a new password. This link works for one hour,"
                    " once. We will ask for a second proof, so that your mailbox alone is never"
                    " enough.",
                    name=user.display_name,
                )
            ],
            button=(_("Choose a new password"), url),
            not_me_url=not_me_url,
        )


def send_reset_waits(user: User, due_at: datetime, *, not_me_url: str) -> None:
    """Tell that a new password may be chosen in a day, and how to stop it."""
    with in_language(user.locale):
        _send_notice(
            user,
            _("Somebody asked for a new password for your account"),
            [
                _(
                    "Hello %(name)s, nothing but your mailbox could prove who asked. For your"
                    " safety we wait: the new password can be chosen from %(when)s.",
                    name=user.display_name,
                    when=day_and_hour(due_at, user.time_zone),
                ),
                _("If it was you, you need do nothing: we will write to you then."),
            ],
            not_me_url=not_me_url,
        )


def send_reset_ready(user: User, url: str, *, not_me_url: str) -> None:
    """Mail that the day of waiting is over."""
    with in_language(user.locale):
        _send_notice(
            user,
            _("You can choose your new password now"),
            [
                _(
                    "Hello %(name)s, the wait is over. This link works for 24 hours, once.",
                    name=user.display_name,
                )
            ],
            button=(_("Choose a new password"), url),
            not_me_url=not_me_url,
        )


def send_vouched_wait(user: User, due_at: datetime, *, not_me_url: str) -> None:
    """Tell that a vouched code will open the account in a day."""
    with in_language(user.locale):
        _send_notice(
            user,
            _("Your account will open with an administrator's code"),
            [
                _(
                    "Hello %(name)s, your password and a code from an administrator of your bubble"
                    " were given together. For your safety we wait: the code opens your account"
                    " from %(when)s.",
                    name=user.display_name,
                    when=day_and_hour(due_at, user.time_zone),
                )
            ],
            not_me_url=not_me_url,
        )


def send_account_secured(user: User) -> None:
    """Confirm that everybody is out, and say how to come back."""
    with in_language(user.locale):
        _send_notice(
            user,
            _("Your account is protected"),
            [
                _(
                    "Hello %(name)s, every device is signed out and the old password no longer"
                    " works. What was being changed is cancelled.",
                    name=user.display_name,
                )
            ],
            button=(_("Choose a new password"), absolute_url(FORGOTTEN_PATH)),
        )


def send_address_restored(user: User) -> None:
    """Tell the address that stops being the account's."""
    with in_language(user.locale):
        _send_notice(
            user,
            _("This address is no longer the one of your account"),
            [_("The person who had the address before said that the change was not theirs.")],
        )


def send_address_code(user: User, address: str, code: str, expires_at: datetime) -> None:
    """Mail the proof that somebody reads a mailbox, before the account moves to another."""
    with in_language(user.locale):
        _send_notice(
            user,
            _("Your code to change your e-mail address"),
            [
                _(
                    "Hello %(name)s, copy this code into the page that is open on your screen. It"
                    " works for 10 minutes.",
                    name=user.display_name,
                )
            ],
            to=address,
            code=spaced(code),
            small=_("Not you? Give this code to nobody: without it, nothing changes."),
            not_after=expires_at,
        )


def send_password_change_code(user: User, code: str, expires_at: datetime) -> None:
    """Mail the code of a password change that no text message could bring."""
    with in_language(user.locale):
        _send_notice(
            user,
            _("Your code to change your password"),
            [
                _(
                    "Hello %(name)s, the text message could not leave. Copy this code into the page"
                    " that is open on your screen. It works for 10 minutes.",
                    name=user.display_name,
                )
            ],
            code=spaced(code),
            small=_("Not you? Give this code to nobody: without it, nothing changes."),
            not_after=expires_at,
        )


def send_address_wanted(owner: User) -> None:
    """Tell the owner of an address, and nobody else, that another account asked for it."""
    with in_language(owner.locale):
        _send_notice(
            owner,
            _("Somebody wanted to use your e-mail address"),
            [
                _(
                    "Hello %(name)s, somebody tried to use your address for another account. It"
                    " stays yours: nothing has changed, and you need do nothing.",
                    name=owner.display_name,
                )
            ],
        )


def send_address_held(sign_up: SignUp) -> None:
    """Tell why an address that an account has just left cannot make a new one yet."""
    with in_language(sign_up.locale):
        subject = _("This address cannot be used for a new account yet")
        line = _(
            "It was the address of another account until a few days ago, and may still come back"
            " to it. Try again in a week."
        )
    send_mail(
        sign_up.email,
        "security/notice",
        subject=subject,
        locale=sign_up.locale,
        context={"headline": subject, "lines": [line]},
    )


def send_address_check(user: User, url: str) -> None:
    """Mail the button that proves an address which the host alone had vouched for."""
    with in_language(user.locale):
        _send_notice(
            user,
            _("Check your e-mail address"),
            [
                _(
                    "Hello %(name)s, press the button to prove that this address is yours. It works"
                    " for 24 hours.",
                    name=user.display_name,
                )
            ],
            button=(_("Check my account"), url),
            small=_("Not you? Ignore this e-mail: nothing changes."),
        )


def send_new_device(user: User, *, device: str, at: datetime, not_me_url: str) -> None:
    """Tell somebody that their account was opened by a browser that never did before."""
    with in_language(user.locale):
        _send_notice(
            user,
            _("New sign-in to your account"),
            [
                _(
                    "Hello %(name)s, your account was opened on %(when)s with a device that we did"
                    " not know: %(device)s.",
                    name=user.display_name,
                    when=day_and_hour(at, user.time_zone),
                    device=device_words(device),
                ),
                _("If it was you, you need do nothing."),
            ],
            not_me_url=not_me_url,
        )


def send_stopped_sign_in(user: User, *, device: str, at: datetime, not_me_url: str) -> None:
    """Tell somebody that their password was given right, and no second proof."""
    with in_language(user.locale):
        _send_notice(
            user,
            _("A sign-in stopped before its end"),
            [
                _(
                    "Hello %(name)s, your password was given on %(when)s with this device:"
                    " %(device)s. No code followed: your account stayed closed.",
                    name=user.display_name,
                    when=day_and_hour(at, user.time_zone),
                    device=device_words(device),
                ),
                _(
                    "If it was you, you need do nothing. If it was not you, somebody knows your"
                    " password: change it."
                ),
            ],
            not_me_url=not_me_url,
        )


def send_password_disabled(user: User, *, has_strong_step: bool, not_me_url: str) -> None:
    """Tell somebody that strangers tried so many passwords that theirs is not accepted now."""
    with in_language(user.locale):
        others = [
            _(
                "Your app still works on the devices where you have already signed in, and your"
                " passkeys work everywhere."
            )
        ]
        _send_notice(
            user,
            _("Your password is disabled for now"),
            [
                _(
                    "Hello %(name)s, a hundred wrong passwords were tried on your account. Nobody"
                    " got in. For your safety, your password is no longer accepted: choose a new"
                    " one.",
                    name=user.display_name,
                ),
                *(others if has_strong_step else []),
            ],
            button=(_("Choose a new password"), absolute_url(FORGOTTEN_PATH)),
            not_me_url=not_me_url,
        )


def _send_notice(
    user: User,
    subject: str,
    lines: list[str],
    *,
    to: str = "",
    not_after: datetime | None = None,
    **more: Any,
) -> None:
    """Mail a few lines; ``more`` may hold a code, a button, a small line and the way out."""
    send_mail(
        to or user.email,
        "security/notice",
        subject=subject,
        locale=user.locale,
        context={"headline": subject, "lines": lines, **NOTHING_MORE, **more},
        not_after=not_after,
    )


def spaced(code: str) -> str:
    """Write six digits in two groups, held together by a no-break space."""
    return f"{code[:3]}\u00a0{code[3:]}"
