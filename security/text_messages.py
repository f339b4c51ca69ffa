"""What accounts say to telephones: codes, and news of what changed. Nothing of health."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from flask_babel import gettext as _

from core import sms
from core.mail import in_language
from security.vocabulary import CodeChannel, CodePurpose

CHANGES_PASSWORD = {CodePurpose.PASSWORD, CodePurpose.RESET}


def send_code(
    number: str,
    code: str,
    *,
    purpose: CodePurpose,
    channel: CodeChannel,
    locale: str,
    not_after: datetime,
) -> int:
    """Queue one code in the current transaction, as a text message or as a call."""
    with in_language(locale):
        if channel is CodeChannel.SMS:
            return sms.send_sms(number, _written(code, purpose), not_after=not_after)
        spoken = _spoken(code, purpose)
    return sms.send_call(number, spoken, language=locale, not_after=not_after)


def _written(code: str, purpose: CodePurpose) -> str:
    # The digits stand together: telephones then offer to copy them.
    if purpose in CHANGES_PASSWORD:
        said = _(
            "%(product)s: %(code)s is the code to change your password. Not you? Ignore this "
            "message: nothing changes without the code.",
            product=_product(),
            code=code,
        )
    else:
        said = _(
            "%(product)s: your code is %(code)s. It works for 10 minutes. Give it to nobody.",
            product=_product(),
            code=code,
        )
    return str(said)


def _spoken(code: str, purpose: CodePurpose) -> str:
    digits = ", ".join(code)
    if purpose in CHANGES_PASSWORD:
        said = _(
            "Hello. Somebody wants to change your %(product)s password. If it is not you, hang "
            "up: nothing will change. The code is: %(digits)s. Once more: %(digits)s. Goodbye.",
            product=_product(),
            digits=digits,
        )
    else:
        said = _(
            "Hello. Your %(product)s code is: %(digits)s. Once more: %(digits)s. Goodbye.",
            product=_product(),
            digits=digits,
        )
    return str(said)


def send_number_replaced(number: str, locale: str) -> None:
    """Tell the old telephone that it no longer serves, in case it was not its owner."""
    with in_language(locale):
        said = _(
            "%(product)s: the phone number of your account was replaced. Not you? Follow the "
            "link in the e-mail we sent you, or write to %(contact)s.",
            product=_product(),
            contact=current_app.config["ALVEOLE"].instance.contact_email,
        )
        sms.send_sms(number, str(said))


def send_warning(number: str, not_me_url: str, locale: str) -> None:
    """Tell a telephone that somebody is getting into its owner's account."""
    with in_language(locale):
        said = _(
            "%(product)s: somebody is getting back into your account. Not you? Stop it here: "
            "%(url)s",
            product=_product(),
            url=not_me_url,
        )
        sms.send_sms(number, str(said))


def _product() -> str:
    return str(current_app.config["ALVEOLE"].instance.name)
