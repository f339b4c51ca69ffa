"""What other pages show of an account's safety: a menu entry, cards, lines of the account page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from core.frame import account_facts
from core.page_slots import Row, Tab
from security.backup_codes import COUNT
from security.queries import list_second_steps

if TYPE_CHECKING:
    from security.models import User

ICONS = {"computer": "monitor", "phone": "smartphone", "tablet": "tablet"}


def menu_entry(_actor: User) -> Tab:
    return Tab(
        id="securite",
        url=url_for("security.settings"),
        label=_("Security"),
        icon="shield-check",
        rank=50,
    )


def card(actor: User) -> Row:
    is_protected = len(list_second_steps(actor.id)) > 1
    return Row(
        url=url_for("security.settings"),
        label=_("Security"),
        text=_("Password, two-factor authentication, signed-in devices"),
        icon="shield-check",
        hue=1,
        state=_("Protected") if is_protected else _("E-mail code only"),
        kind="ok" if is_protected else "warn",
        state_icon="circle-check" if is_protected else "circle-alert",
        rank=50,
    )


def second_step_row(_actor: User) -> Row:
    return Row(
        url=f"{url_for('security.settings')}#deuxieme-etape",
        label=_("Two-factor authentication"),
        icon="shield-check",
        state=_("Enabled"),
        kind="ok",
        state_icon="check",
        section="securite",
        rank=10,
    )


def backup_codes_row(_actor: User) -> Row:
    left = account_facts().backup_codes
    return Row(
        url=url_for("security.backup_codes"),
        label=_("Backup codes"),
        text=codes_left_words(left),
        icon="life-buoy",
        hue=3,
        section="securite",
        rank=20,
    )


def codes_left_words(left: int) -> str:
    """Say how many backup codes still work."""
    words = ngettext(
        "%(num)d code left out of %(count)s",
        "%(num)d codes left out of %(count)s",
        left,
        count=COUNT,
    )
    return str(words if left else _("No code"))


def device_icon(device: str) -> str:
    """Return the icon of a device."""
    return ICONS.get(device.partition(" ")[0], "monitor")
