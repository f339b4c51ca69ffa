"""What accounts say by e-mail: codes, and news of what changed. No subject carries a code.

Secrets (codes, links) travel in the facts; who reads, in what language and clock, is looked up when
a mail leaves.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.mail import Facts, Letter, Reader, absolute_url, mail, say
from core.outbox import Lane, Message
from core.wording import day_and_hour
from security.models import SignUp, User
from security.queries import get_user
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
urgent = partial(mail, lane=Lane.URGENT)
notice = partial(mail, lane=Lane.URGENT, template="security/notice")


@urgent("security/sign_in_code", subject=_l("Your sign-in code"))
def sign_in_code(_reader: Reader, code: str) -> Facts:
    """Give the second step of a sign-in."""
    return {"code": spaced(code), "settings_url": absolute_url(SECURITY_PATH)}


@urgent("security/sign_up_code", subject=_l("Your code to create your account"))
def sign_up_code(_reader: Reader, code: str) -> Facts:
    """Have an address proved."""
    return {"code": spaced(code)}


@urgent("security/already_registered", subject=_l("You already have an account"))
def already_registered(_reader: Reader, suite: str = "") -> Facts:
    """Tell the owner of an address, and nobody else, that it has its account.

    ``suite`` is the page that they then come back to.
    """
    query = f"?{urlencode({'suite': suite})}" if suite else ""
    return {"sign_in_url": absolute_url(SIGN_IN_PATH) + query}


@urgent("security/account_changed")
def account_changed(_reader: Reader, change: AccountChange, not_me_url: str) -> Facts:
    """Tell somebody that their way in has changed, in case it was not them."""
    return {"subject": str(CHANGES[AccountChange(change)]), "not_me_url": not_me_url}


@notice("security/reset_link", subject=_l("Choose a new password"))
def reset_link(reader: Reader, url: str, not_me_url: str) -> Facts:
    """Give the link that leads to a new password; alone, it opens nothing."""
    hello = _(
        "Hello %(name)s, you asked for a new password. This link works for one hour,"
        " once. We will ask for a second proof, so that your mailbox alone is never"
        " enough.",
        name=reader.name,
    )
    return _notice(hello, button=(_("Choose a new password"), url), not_me_url=not_me_url)


@notice("security/reset_waits", subject=_l("Somebody asked for a new password for your account"))
def reset_waits(reader: Reader, due_at: datetime, not_me_url: str) -> Facts:
    """Tell that a new password may be chosen in a day, and how to stop it."""
    hello = _(
        "Hello %(name)s, nothing but your mailbox could prove who asked. For your"
        " safety we wait: the new password can be chosen from %(when)s.",
        name=reader.name,
        when=day_and_hour(due_at, reader.zone),
    )
    if_you = _("If it was you, you need do nothing: we will write to you then.")
    return _notice(hello, if_you, not_me_url=not_me_url)


@notice("security/reset_ready", subject=_l("You can choose your new password now"))
def reset_ready(reader: Reader, url: str, not_me_url: str) -> Facts:
    """Tell that the day of waiting is over."""
    hello = _(
        "Hello %(name)s, the wait is over. This link works for 24 hours, once.", name=reader.name
    )
    return _notice(hello, button=(_("Choose a new password"), url), not_me_url=not_me_url)


@notice("security/vouched_wait", subject=_l("Your account will open with an administrator's code"))
def vouched_wait(reader: Reader, due_at: datetime, not_me_url: str) -> Facts:
    """Tell that a vouched code will open the account in a day."""
    hello = _(
        "Hello %(name)s, your password and a code from an administrator of your bubble"
        " were given together. For your safety we wait: the code opens your account"
        " from %(when)s.",
        name=reader.name,
        when=day_and_hour(due_at, reader.zone),
    )
    return _notice(hello, not_me_url=not_me_url)


@notice("security/account_secured", subject=_l("Your account is protected"))
def account_secured(reader: Reader) -> Facts:
    """Confirm that everybody is out, and say how to come back."""
    hello = _(
        "Hello %(name)s, every device is signed out and the old password no longer"
        " works. What was being changed is cancelled.",
        name=reader.name,
    )
    return _notice(hello, button=(_("Choose a new password"), absolute_url(FORGOTTEN_PATH)))


@notice(
    "security/address_restored", subject=_l("This address is no longer the one of your account")
)
def address_restored(_reader: Reader) -> Facts:
    """Tell the address that stops being the account's."""
    return _notice(_("The person who had the address before said that the change was not theirs."))


@notice("security/address_code", subject=_l("Your code to change your e-mail address"))
def address_code(reader: Reader, code: str) -> Facts:
    """Have a mailbox proved before the account moves to another."""
    hello = _(
        "Hello %(name)s, copy this code into the page that is open on your screen. It"
        " works for 10 minutes.",
        name=reader.name,
    )
    return _code(hello, code)


@notice("security/password_change_code", subject=_l("Your code to change your password"))
def password_change_code(reader: Reader, code: str) -> Facts:
    """Give the code of a password change that no text message could bring."""
    hello = _(
        "Hello %(name)s, the text message could not leave. Copy this code into the page"
        " that is open on your screen. It works for 10 minutes.",
        name=reader.name,
    )
    return _code(hello, code)


@notice("security/address_wanted", subject=_l("Somebody wanted to use your e-mail address"))
def address_wanted(reader: Reader) -> Facts:
    """Tell the owner of an address, and nobody else, that another account asked for it."""
    hello = _(
        "Hello %(name)s, somebody tried to use your address for another account. It"
        " stays yours: nothing has changed, and you need do nothing.",
        name=reader.name,
    )
    return _notice(hello)


@notice("security/address_held", subject=_l("This address cannot be used for a new account yet"))
def address_held(_reader: Reader) -> Facts:
    """Tell why an address that an account has just left cannot make a new one yet."""
    line = _(
        "It was the address of another account until a few days ago, and may still come back"
        " to it. Try again in a week."
    )
    return _notice(line)


@notice("security/address_check", subject=_l("Check your e-mail address"))
def address_check(reader: Reader, url: str) -> Facts:
    """Give the button that proves an address which the host alone had vouched for."""
    hello = _(
        "Hello %(name)s, press the button to prove that this address is yours. It works"
        " for 24 hours.",
        name=reader.name,
    )
    small = _("Not you? Ignore this e-mail: nothing changes.")
    return _notice(hello, button=(_("Check my account"), url), small=small)


@notice("security/new_device", subject=_l("New sign-in to your account"))
def new_device(reader: Reader, device: str, at: datetime, not_me_url: str) -> Facts:
    """Tell somebody that their account was opened by a browser that never did before."""
    hello = _(
        "Hello %(name)s, your account was opened on %(when)s with a device that we did"
        " not know: %(device)s.",
        name=reader.name,
        when=day_and_hour(at, reader.zone),
        device=device_words(device),
    )
    return _notice(hello, _("If it was you, you need do nothing."), not_me_url=not_me_url)


@notice("security/stopped_sign_in", subject=_l("A sign-in stopped before its end"))
def stopped_sign_in(reader: Reader, device: str, at: datetime, not_me_url: str) -> Facts:
    """Tell somebody that their password was given right, and no second proof."""
    hello = _(
        "Hello %(name)s, your password was given on %(when)s with this device:"
        " %(device)s. No code followed: your account stayed closed.",
        name=reader.name,
        when=day_and_hour(at, reader.zone),
        device=device_words(device),
    )
    if_you = _(
        "If it was you, you need do nothing. If it was not you, somebody knows your"
        " password: change it."
    )
    return _notice(hello, if_you, not_me_url=not_me_url)


@notice("security/password_disabled", subject=_l("Your password is disabled for now"))
def password_disabled(reader: Reader, has_strong_step: bool, not_me_url: str) -> Facts:  # noqa: FBT001  (a fact)
    """Tell somebody that strangers tried so many passwords that theirs is not accepted now."""
    hello = _(
        "Hello %(name)s, a hundred wrong passwords were tried on your account. Nobody"
        " got in. For your safety, your password is no longer accepted: choose a new"
        " one.",
        name=reader.name,
    )
    others = _(
        "Your app still works on the devices where you have already signed in, and your"
        " passkeys work everywhere."
    )
    lines = [hello, others] if has_strong_step else [hello]
    button = (_("Choose a new password"), absolute_url(FORGOTTEN_PATH))
    return _notice(*lines, button=button, not_me_url=not_me_url)


def find_reader(user_id: int) -> Reader | None:
    """Say how mails address an account, as of now."""
    user = get_user(user_id)
    if user is None:
        return None
    return Reader(user.email, user.locale, user.time_zone, user.display_name, user.id)


def to_owner(
    user: User, letter: Letter, *, address: str = "", not_after: datetime | None = None
) -> Message:
    """Address a mail to the mailbox that is the account's now, or to one that is to be proved.

    Whoever takes an account over and changes its address must not get the warnings of before.
    """
    return letter.to(user.id, address=address or user.email, not_after=not_after)


def tell(
    user: User, letter: Letter, *, address: str = "", not_after: datetime | None = None
) -> None:
    """Queue such a mail."""
    say([to_owner(user, letter, address=address, not_after=not_after)])


def tell_newcomer(sign_up: SignUp, letter: Letter, *, not_after: datetime | None = None) -> None:
    """Queue a mail to somebody who has no account yet."""
    name, locale = sign_up.display_name, sign_up.locale
    say([letter.to_address(sign_up.email, locale=locale, name=name, not_after=not_after)])


def _notice(*lines: str, **more: Any) -> Facts:
    """Say a few lines; ``more`` may hold a code, a button, a small line and the way out."""
    return {"lines": lines, **NOTHING_MORE, **more}


def _code(hello: str, code: str) -> Facts:
    """Give a code to be copied into the page at hand."""
    small = _("Not you? Give this code to nobody: without it, nothing changes.")
    return _notice(hello, code=spaced(code), small=small)


def spaced(code: str) -> str:
    """Write six digits in two groups, held together by a no-break space."""
    return f"{code[:3]}\u00a0{code[3:]}"
