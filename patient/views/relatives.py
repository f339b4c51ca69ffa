"""« Mes proches »: the people without an account for whom one books appointments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.authorization import INSTANCE
from core.errors import ConflictError
from core.web import signed_in
from patient.forms import RelativeForm
from patient.operations.relatives import add_relative, edit_relative, remove_relative
from patient.queries.places import get_own_patient
from patient.queries.relatives import (
    get_relative_of,
    has_own_account,
    is_kept_by_others,
    list_relatives_of,
)
from patient.views.blueprint import bp

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from patient.models import Patient


@bp.get("/compte/proches")
def relatives() -> ResponseReturnValue:
    return render_template("patient/relatives.html", relatives=list_relatives_of(signed_in()))


@bp.route("/compte/proches/ajouter", methods=["GET", "POST"])
def new_relative() -> ResponseReturnValue:
    form = RelativeForm()
    if not form.is_submitted():
        form.suggest_address(get_own_patient(signed_in()))
        return _form_page(form)
    if not form.validate():
        return _form_page(form, status=422)
    try:
        added = add_relative(signed_in(), INSTANCE, form.civil_identity(), key=form.key.data)
    except ConflictError as error:
        return _form_page(form, status=error.status, refusal=str(error.message))
    flash(_("%(name)s is among your relatives now.", name=added.name), "ok")
    return redirect(url_for("patient.relatives"))


@bp.route("/compte/proches/<int:patient_id>", methods=["GET", "POST"])
def relative(patient_id: int) -> ResponseReturnValue:
    known = get_relative_of(signed_in(), patient_id)
    form = RelativeForm()
    if not form.is_submitted():
        form.show(known)
        return _form_page(form, known=known)
    if not form.validate():
        return _form_page(form, known=known, status=422)
    try:
        edit_relative(signed_in(), known, form.civil_identity())
    except ConflictError as error:
        return _form_page(form, known=known, status=error.status, refusal=str(error.message))
    flash(_("What you changed is saved."), "ok")
    return redirect(url_for("patient.relatives"))


@bp.route("/compte/proches/<int:patient_id>/retrait", methods=["GET", "POST"])
def removal(patient_id: int) -> ResponseReturnValue:
    known = get_relative_of(signed_in(), patient_id)
    if request.method == "GET":
        return render_template(
            "patient/remove_relative.html",
            relative=known,
            others=is_kept_by_others(known.id, signed_in().id),
        )
    name = known.name
    remove_relative(signed_in(), known)
    flash(_("%(name)s is no longer among your relatives.", name=name), "ok")
    return redirect(url_for("patient.relatives"))


def _form_page(
    form: RelativeForm, *, known: Patient | None = None, status: int = 200, refusal: str = ""
) -> ResponseReturnValue:
    page = render_template(
        "patient/relative.html",
        form=form,
        relative=known,
        refusal=refusal,
        is_their_own=known is not None and has_own_account(known.id),
    )
    return page, status
