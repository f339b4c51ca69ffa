"""Composed pages: the public door, the patient's home, the caregiver's day, account, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import (
    Blueprint,
    current_app,
    g,
    has_request_context,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.local import LocalProxy

from core import legal, wording
from core.authorization import Anonymous
from core.errors import NotFoundError
from core.page_slots import Row, Tab, filled
from core.web import current_actor, public
from home import queries
from home.vocabulary import Space
from patient.operations import open_sheet
from patient.queries import get_followed_enrolment_for, get_own_patient
from scheduling.queries.appointments import next_appointments

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from security.models import User

bp = Blueprint("home", __name__)
LONGEST_SEARCH = 80
SECTIONS = ("identite", "connexion", "securite", "confidentialite")


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    if not isinstance(current_actor(), Anonymous):
        return redirect(url_for("home.start"))
    return render_template("home/index.html")


@bp.get("/accueil")
def start() -> ResponseReturnValue:
    if _standing().is_staff:
        return redirect(url_for("home.day"))
    return _show_care()


@bp.get("/mes-soins")
def my_care() -> ResponseReturnValue:
    return _show_care()


@bp.get("/aujourdhui")
def day() -> ResponseReturnValue:
    if not _standing().is_staff:
        return redirect(url_for("home.start"))
    actor = current_actor()
    return render_template(
        "home/day.html",
        day=queries.get_day_of(actor),
        standing=_standing(),
        attention=filled("attention", actor),
        is_cared_for=get_own_patient(actor) is not None,
        few=queries.FEW,
    )


@bp.get("/patients")
def patients() -> ResponseReturnValue:
    search = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    found = queries.list_patients_of(current_actor(), search)
    return render_template("home/patients.html", patients=found, search=search)


@bp.get("/patients/<int:enrolment_id>")
def sheet(enrolment_id: int) -> ResponseReturnValue:
    actor = current_actor()
    enrolment = open_sheet(actor, get_followed_enrolment_for(actor, enrolment_id))
    return render_template(
        "home/sheet.html",
        enrolment=enrolment,
        age=wording.age(enrolment.patient.birth_date, wording.today(actor.time_zone)),
        team=queries.get_team_around(enrolment),
        next_appointment=next_appointments([enrolment.id]).get(enrolment.id),
        sections=filled("sheet_section", actor, enrolment),
    )


@bp.get("/compte")
def account() -> ResponseReturnValue:
    actor = current_actor()
    rows: list[Row] = filled("account_row", actor)
    judged = [row for row in rows if row.kind in {"ok", "warn"}]
    return render_template(
        "home/account.html",
        sections=[(name, [row for row in rows if row.section == name]) for name in SECTIONS],
        judged=sorted(judged, key=lambda row: row.kind != "ok"),
        left=[row for row in judged if row.kind != "ok"],
    )


@bp.get("/compte/profil")
def no_profile() -> ResponseReturnValue:
    if get_own_patient(current_actor()) is not None:
        return redirect(url_for("patient.profile"))
    return render_template("home/no_profile.html")


@bp.get("/compte/proches")
def relatives() -> ResponseReturnValue:
    return render_template("home/relatives.html", own=get_own_patient(current_actor()))


@bp.get("/compte/chiffrement")
def encryption() -> ResponseReturnValue:
    return render_template("home/encryption.html")


@bp.get("/compte/suppression")
def delete_account() -> ResponseReturnValue:
    return render_template("home/delete_account.html")


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


@bp.get("/parametres")
def settings() -> ResponseReturnValue:
    cards = filled("settings_card", current_actor())
    return render_template("home/settings.html", cards=cards)


def _show_care() -> str:
    actor = current_actor()
    care = queries.get_care_of(actor)
    if not care.teams and not _standing().is_staff and get_own_patient(actor) is None:
        may_create = current_app.config["ALVEOLE"].instance.bubble_creation == "anyone"
        return render_template("home/welcome.html", may_create=may_create)
    return render_template("home/care.html", care=care, today=wording.today(actor.time_zone))


def _standing() -> queries.Standing:
    """Ask once a request what the person is among staff: every page's menu depends on it."""
    user_id = current_actor().id
    asked = (g.get("reference"), user_id)
    if g.get("standing", (None, None))[0] != asked:
        g.standing = (asked, queries.get_standing(user_id))
    standing: queries.Standing = g.standing[1]
    return standing


def space() -> Space:
    """Say which face of the product the person at hand sees."""
    if not has_request_context() or current_actor().id is None:
        return Space.PATIENT
    return Space.CAREGIVER if _standing().is_staff else Space.PATIENT


def describe_space() -> dict[str, Any]:
    """Tell templates the space, found out when one looks: error pages must not need a database."""
    return {"space": LocalProxy(space)}


def settings_home_url() -> str:
    """Return where the settings are listed, for who is there."""
    return url_for("home.settings" if _standing().is_staff else "home.account")


def account_url() -> str:
    """Return where the name and the avatar of every page lead."""
    return url_for("home.account")


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


def first_tab(actor: User) -> Tab:
    """Fill the slot « nav_tab »: where one lands."""
    if _standing().is_staff:
        return Tab("jour", url_for("home.day"), _("Today"), "sun", rank=10)
    return Tab("accueil", url_for("home.start"), _("Home"), "house", rank=10)


def patients_tab(actor: User) -> Tab | None:
    """Fill the slot « nav_tab », for caregivers."""
    if not _standing().is_caregiver:
        return None
    return Tab("patients", url_for("home.patients"), _("Patients"), "users-round", rank=30)


def last_tab(actor: User) -> Tab:
    """Fill the slot « nav_tab »: the account, or the settings of the staff."""
    if _standing().is_staff:
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
    if not _standing().is_staff:
        return None
    return Tab("plus", url_for("home.settings"), _("More"), "ellipsis", cls="only-phone", rank=90)


def profile_row(actor: User) -> Row | None:
    """Fill the slot « account_row » for who is not cared for: the face others know."""
    if get_own_patient(actor) is not None:
        return None
    is_caregiver = _standing().is_caregiver
    return Row(
        url=url_for("caregiver.profile") if is_caregiver else url_for("home.no_profile"),
        label=_("My profile"),
        text=_("Name, profession") if is_caregiver else _("Civil status, address"),
        icon="user-round",
        hue=3,
        state=_("Filled in") if is_caregiver else _("Not needed yet"),
        kind="ok" if is_caregiver else "",
        state_icon="check" if is_caregiver else "",
        section="identite",
        rank=10,
    )


def relatives_row(actor: User) -> Row:
    return Row(
        url=url_for("home.relatives"),
        label=_("My relatives"),
        text=_("People I book appointments for"),
        icon="users-round",
        hue=5,
        section="identite",
        rank=20,
    )


def encryption_row(actor: User) -> Row:
    return Row(
        url=url_for("home.encryption"),
        label=_("End-to-end encrypted documents"),
        icon="lock-keyhole",
        hue=6,
        state=_("Switched off"),
        section="securite",
        rank=18,
    )


def legal_row(actor: User) -> Row:
    return Row(
        url=url_for("home.legal_texts"),
        label=_("Legal information"),
        text=_("Terms, personal data, cookies"),
        icon="book-open",
        hue=2,
        section="confidentialite",
        rank=20,
    )


def deletion_row(actor: User) -> Row:
    return Row(
        url=url_for("home.delete_account"),
        label=_("Delete my account"),
        icon="circle-x",
        hue=2,
        section="confidentialite",
        rank=30,
    )


def overview_entry(actor: User) -> Tab:
    """Fill the slot « settings_menu »."""
    url = url_for("home.settings")
    return Tab("apercu", url, _("Overview"), "sliders-horizontal", rank=0)
