"""Who is there: which face of the product every page shows them."""

from __future__ import annotations

from typing import Any

from flask import has_request_context, url_for
from flask_babel import gettext as _
from werkzeug.local import LocalProxy

from core.frame import frame
from core.web import current_actor
from home.queries.standing import Standing
from home.vocabulary import Space


def standing() -> Standing:
    """Return what the person is among staff: every page's menu depends on it."""
    asked = frame()
    return Standing(asked.is_staff, asked.is_caregiver, asked.is_admin, asked.profession or "")


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
