"""Lines of the account page, and of the person's own journal, in plain words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from babel.dates import format_timedelta
from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from core import clock
from core.frame import account_facts
from core.page_slots import Row
from core.wording import day_and_hour
from security.emails import CHANGES
from security.live_sessions import count_sessions_of
from security.views.summaries import device_icon
from security.vocabulary import (
    AccountChange,
    SecondStep,
    SecurityEventKind,
    device_words,
)

if TYPE_CHECKING:
    from security.models import SecurityEvent, User

DAY = timedelta(days=1)


def email_row(actor: User) -> Row:
    return Row(
        url=url_for("security.email"),
        label=_("E-mail"),
        text=actor.email,
        icon="mail",
        state=_("Verified") if actor.is_email_proved else _("Not verified"),
        kind="ok" if actor.is_email_proved else "warn",
        state_icon="check" if actor.is_email_proved else "circle-alert",
        section="connexion",
        rank=20,
    )


def password_row(actor: User) -> Row:
    since = clock.now() - actor.password_changed_at
    ago = format_timedelta(-since, add_direction=True, locale=get_locale() or "fr")
    words = _("Changed %(ago)s", ago=ago) if since >= DAY else _("Changed today")
    return Row(
        url=f"{url_for('security.settings')}#mot-de-passe",
        label=_("Password"),
        text=words,
        icon="key-round",
        section="connexion",
        rank=30,
    )


def explanation_row(_actor: User) -> Row:
    return Row(
        url=url_for("security.two_steps_explained"),
        label=_("What is two-factor authentication?"),
        icon="info",
        hue=2,
        section="securite",
        rank=15,
    )


def devices_row(actor: User) -> Row:
    count = count_sessions_of(actor)
    return Row(
        url=f"{url_for('security.settings')}#appareils",
        label=_("Signed-in devices"),
        text=ngettext("%(num)d device", "%(num)d devices", count),
        icon="monitor",
        hue=6,
        section="securite",
        rank=30,
    )


def journal_row(actor: User) -> Row:
    last = account_facts().last_sign_in
    return Row(
        url=url_for("security.journal"),
        label=_("Who signed in"),
        text=_("Last time: %(when)s", when=day_and_hour(last, actor.time_zone)) if last else "",
        icon="history",
        hue=6,
        section="securite",
        rank=40,
    )


def preferences_row(_actor: User) -> Row:
    return Row(
        url=url_for("security.preferences"),
        label=_("My preferences"),
        text=_("Language, time zone"),
        icon="sliders-horizontal",
        hue=2,
        section="confidentialite",
        rank=10,
    )


def data_row(_actor: User) -> Row | None:
    """Nothing once the person has read it."""
    if account_facts().knows_data:
        return None
    return Row(
        url=url_for("security.data_information", suite=url_for("home.account")),
        label=_("Your personal data"),
        text=_("What is kept about you, and your rights"),
        icon="file-text",
        hue=2,
        state=_("To read"),
        kind="warn",
        state_icon="circle-alert",
        section="confidentialite",
        rank=5,
    )


ROWS = (
    email_row,
    password_row,
    explanation_row,
    devices_row,
    journal_row,
    data_row,
    preferences_row,
)


def journal_line(event: SecurityEvent) -> Row:
    """Say one event of the journal: what, from which device, and whether to worry."""
    device = device_words(event.device) if event.device else ""
    if event.kind is SecurityEventKind.SIGNED_IN:
        by = [words for words in (device, step_words(event.detail)) if words]
        return _line(
            _("Signed in"), ", ".join(by), device_icon(event.device), _("Successful"), "ok"
        )
    if event.kind is SecurityEventKind.SIGNED_OUT:
        return _line(_("Signed out"), device, "log-out")
    if event.kind is SecurityEventKind.WRONG_PASSWORD:
        return _refusal(_("Wrong password"), event.count)
    if event.kind is SecurityEventKind.WRONG_CODE:
        return _refusal(_("Right password, wrong code"), event.count)
    known = {change.value for change in AccountChange}
    words = str(CHANGES[AccountChange(event.detail)]) if event.detail in known else event.detail
    return _line(words, device, "key-round", _("Changed"), "info")


def _refusal(label: str, count: int) -> Row:
    tries = ngettext("%(num)d try", "%(num)d tries", count)
    return _line(label, tries, "ban", _("Refused"), "warn")


def _line(label: str, text: str, icon: str, state: str = "", kind: str = "") -> Row:
    icons = {"ok": "check", "warn": "circle-alert", "info": "pencil"}
    return Row(
        url="",
        label=label,
        text=text,
        icon=icon,
        hue=6,
        state=state,
        kind="" if kind == "info" else kind,
        state_icon=icons.get(kind, ""),
    )


def step_words(step: str) -> str:
    """Say which second step was used."""
    words = {
        SecondStep.EMAIL.value: _("code by e-mail"),
        SecondStep.BACKUP.value: _("backup code"),
        SecondStep.APP.value: _("authenticator app"),
        SecondStep.PASSKEY.value: _("passkey"),
        SecondStep.VOUCHED.value: _("code from an administrator"),
        "sms": _("code by text message"),
        "voice": _("code by telephone"),
    }
    return str(words.get(step, ""))
