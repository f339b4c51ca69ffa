"""The public door, the home of who is cared for, the day of the staff, the legal texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from caregiver.vocabulary import PAYMENT_WORDS, SECTOR_WORDS
from core import legal, wording
from core.authorization import Anonymous
from core.errors import NotFoundError
from core.page_slots import Tab, filled
from core.web import current_actor, public, signed_in
from home.queries.days import FEW, get_care_of, get_day_of
from home.queries.presentation import get_encounter
from home.views.blueprint import bp
from home.views.first_steps import first_steps_left
from home.views.standing import standing
from patient.queries.places import get_own_patient

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from security.models import User


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    if not isinstance(current_actor(), Anonymous):
        return redirect(url_for("home.start"))
    return render_template("home/index.html")


@bp.get("/accueil")
def start() -> ResponseReturnValue:
    if standing().is_staff:
        return redirect(url_for("home.day"))
    return _show_care()


@bp.get("/mes-soins")
def my_care() -> ResponseReturnValue:
    return _show_care()


@bp.get("/aujourdhui")
def day() -> ResponseReturnValue:
    if not standing().is_staff:
        return redirect(url_for("home.start"))
    actor = signed_in()
    return render_template(
        "home/day.html",
        day=get_day_of(actor),
        standing=standing(),
        attention=filled("attention", actor),
        is_cared_for=get_own_patient(actor) is not None,
        few=FEW,
        **first_steps_left(),
    )


@bp.get("/accompagnants/<int:user_id>")
def caregiver(user_id: int) -> ResponseReturnValue:
    """Show what a caregiver says of themselves, to those who share a bubble with them."""
    return render_template(
        "home/caregiver.html",
        met=get_encounter(signed_in(), user_id),
        payments=PAYMENT_WORDS,
        sectors=SECTOR_WORDS,
    )


@bp.get("/informations-legales")
@public
def legal_texts() -> ResponseReturnValue:
    texts = [legal.read(slug, current_app.config["ALVEOLE"].instance) for slug in legal.SLUGS]
    return render_template("home/legal_texts.html", texts=texts)


@bp.get("/informations-legales/<slug>")
@public
def legal_text(slug: str) -> ResponseReturnValue:
    if slug not in legal.SLUGS:
        raise NotFoundError
    text = legal.read(slug, current_app.config["ALVEOLE"].instance)
    return render_template("home/legal_text.html", text=text)


def _show_care() -> str:
    actor = signed_in()
    care = get_care_of(actor)
    if not care.teams and not standing().is_staff and get_own_patient(actor) is None:
        may_create = current_app.config["ALVEOLE"].instance.bubble_creation == "anyone"
        return render_template("home/welcome.html", may_create=may_create)
    return render_template("home/care.html", care=care, today=wording.today(actor.time_zone))


def first_tab(actor: User) -> Tab:
    """Fill the slot « nav_tab »: where one lands."""
    if standing().is_staff:
        return Tab("jour", url_for("home.day"), _("Today"), "sun", rank=10)
    return Tab("accueil", url_for("home.start"), _("Home"), "house", rank=10)


def in_days(days: int) -> str:
    """Say how far a day is: today, tomorrow, in 5 days."""
    near = {0: _("Today"), 1: _("Tomorrow")}
    return str(near.get(days) or _("In %(num)d days", num=days))


def in_minutes(minutes: int) -> str:
    """Say how soon something begins."""
    if not minutes:
        return str(_("Now"))
    return str(_("In %(duration)s", duration=wording.duration(minutes)))


def years(age: int) -> str:
    """Say an age."""
    return str(ngettext("%(num)d year old", "%(num)d years old", age))
