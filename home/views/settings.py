"""The settings of the staff: overview, menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, url_for
from flask_babel import gettext as _

from core.page_slots import Tab, filled
from core.web import signed_in
from home.views.blueprint import bp
from home.views.first_steps import first_steps_left
from home.views.standing import standing

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from security.models import User


@bp.get("/parametres")
def settings() -> ResponseReturnValue:
    cards = filled("settings_card", signed_in())
    return render_template("home/settings.html", cards=cards, **first_steps_left())


def last_tab(actor: User) -> Tab:
    """Fill the slot « nav_tab »: the account, or the settings of the staff."""
    if standing().is_staff:
        return Tab(
            "parametres",
            url_for("home.settings"),
            _("Settings"),
            "settings",
            cls="only-desk",
            rank=80,
        )
    return Tab("compte", url_for("home.account"), _("Account"), "circle-user-round", rank=80)


def more_tab(actor: User) -> Tab | None:
    """Fill the slot « nav_tab »: on a phone, one door to what has no room in the bar."""
    if not standing().is_staff:
        return None
    return Tab("plus", url_for("home.settings"), _("More"), "ellipsis", cls="only-phone", rank=90)


def overview_entry(actor: User) -> Tab:
    """Fill the slot « settings_menu »."""
    url = url_for("home.settings")
    return Tab("apercu", url, _("Overview"), "sliders-horizontal", rank=0)
