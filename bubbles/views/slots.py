"""What other pages show of bubbles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles import queries
from bubbles.policy import BubblePermission
from core import clock
from core.authorization import can
from core.frame import frame
from core.page_slots import Row, Tab, filled
from core.web import signed_in

if TYPE_CHECKING:
    from bubbles.models import Bubble
    from security.models import User


def nav_tab(actor: User) -> Tab | None:
    if not frame().is_staff:
        return None
    return Tab(
        id="bulles",
        url=url_for("bubbles.index"),
        label=_("Bubbles"),
        icon="circle-dot",
        cls="only-desk",
        rank=60,
    )


def settings_tab(_actor: User) -> Tab:
    return Tab(
        id="bubbles",
        url=url_for("bubbles.index"),
        label=_("My bubbles"),
        icon="circle-dot",
        rank=60,
    )


def settings_card(actor: User) -> Row:
    count = queries.count_bubbles_for(actor)
    return Row(
        url=url_for("bubbles.index"),
        label=_("My bubbles"),
        text=_("The teams that you belong to"),
        icon="circle-dot",
        hue=3,
        state=ngettext("%(num)d bubble", "%(num)d bubbles", count),
        rank=60,
    )


def invitations_tab(actor: User, bubble: Bubble) -> Tab | None:
    if not can(actor, BubblePermission.INVITE, bubble):
        return None
    return Tab(
        id="invitations",
        url=url_for("bubbles.invitations", bubble_id=bubble.id),
        label=_("Invitations"),
        count=queries.count_open_invitations_for(actor, bubble.id, clock.now()),
        rank=10,
    )


def information_tab(_actor: User, bubble: Bubble) -> Tab:
    return Tab(
        id="information",
        url=url_for("bubbles.information", bubble_id=bubble.id),
        label=_("General information"),
        rank=90,
    )


def bubble_tabs(bubble: Bubble) -> list[Tab]:
    """Return the tabs of one bubble's pages, for templates."""
    tabs: list[Tab] = filled("bubble_tab", signed_in(), bubble)
    return tabs


def bubble_logo(bubble: Bubble) -> str | None:
    """Return the address of a bubble's picture, new with each picture; for templates."""
    if bubble.logo is None:
        return None
    return url_for("bubbles.logo_picture", bubble_id=bubble.id, v=bubble.logo.file_id)
