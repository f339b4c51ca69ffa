"""Who is there: which face of the product every page shows them."""

from __future__ import annotations

from typing import Any

from flask import has_request_context, url_for
from flask_babel import gettext as _
from werkzeug.local import LocalProxy

from core.web import current_actor, once_a_request
from home.queries.standing import Standing, get_standing
from home.vocabulary import Space


def standing() -> Standing:
    """Ask once a request what the person is among staff: every page's menu depends on it."""
    user_id = current_actor().id
    return once_a_request(("standing", user_id), lambda: get_standing(user_id))


def space() -> Space:
    """Say which face of the product the person at hand sees."""
    if not has_request_context() or current_actor().id is None:
        return Space.PATIENT
    return Space.CAREGIVER if standing().is_staff else Space.PATIENT


def describe_space() -> dict[str, Any]:
    """Tell templates the space, found out when one looks: error pages must not need a database."""
    return {"space": LocalProxy(space)}


def settings_home_url() -> str:
    """Return where the settings are listed, for who is there."""
    return url_for("home.settings" if standing().is_staff else "home.account")


def account_url() -> str:
    """Return where the name and the avatar of every page lead: straight to the profile."""
    return url_for("caregiver.profile" if standing().is_caregiver else "home.account")


def account_label() -> str:
    """Say where the avatar leads."""
    return str(_("My profile") if standing().is_caregiver else _("My account"))


def account_line() -> str:
    """Say what stands under the name: what the person is for others, else where it leads."""
    return standing().profession or account_label()
