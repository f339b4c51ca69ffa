"""« Mon compte », and the rows of it that no other package knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from core.frame import account_facts
from core.page_slots import Row, filled
from core.web import signed_in
from home.views.blueprint import bp
from home.views.standing import standing
from patient.queries.places import get_own_patient

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from security.models import User

SECTIONS = ("identite", "connexion", "securite", "confidentialite")


@bp.get("/compte")
def account() -> ResponseReturnValue:
    actor = signed_in()
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
    if get_own_patient(signed_in()) is not None:
        return redirect(url_for("patient.profile"))
    return render_template("home/no_profile.html")


@bp.get("/compte/chiffrement")
def encryption() -> ResponseReturnValue:
    return render_template("home/encryption.html")


@bp.get("/compte/suppression")
def delete_account() -> ResponseReturnValue:
    return render_template("home/delete_account.html")


def profile_row(actor: User) -> Row | None:
    """Fill the slot « account_row » for who is not cared for: the face others know."""
    if account_facts().is_cared_for:
        return None
    is_caregiver = standing().is_caregiver
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
        url=url_for("patient.relatives"),
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
