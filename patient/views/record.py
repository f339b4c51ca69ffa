"""What a patient sees of what others see and write: who opened the sheet, the notes shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request, url_for
from flask_babel import gettext as _

from caregiver.queries import professions_of
from core import paging
from core.errors import NotFoundError
from core.frame import account_facts
from core.page_slots import Row
from core.web import signed_in
from patient.queries import places as queries
from patient.queries.accesses import list_openings_in, list_openings_of
from patient.queries.notes import list_shown_notes_of
from patient.views.blueprint import bp

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from patient.models import Patient
    from security.models import User


@bp.get("/mon-profil/acces")
def accesses() -> ResponseReturnValue:
    patient = _own_patient()
    page = list_openings_of(patient.id, number=paging.asked(request.args.get("page")))
    return render_template(
        "patient/accesses.html",
        patient=patient,
        page=page,
        professions=professions_of({opening.user_id for opening in page.items}),
    )


@bp.get("/mon-profil/notes")
def shown_notes() -> ResponseReturnValue:
    patient = _own_patient()
    number = paging.asked(request.args.get("page"))
    page = list_shown_notes_of(signed_in(), patient.id, number=number)
    return render_template(
        "patient/shown_notes.html",
        patient=patient,
        page=page,
        professions=professions_of({note.author_id for note in page.items}),
    )


@bp.get("/patients/<int:enrolment_id>/ouvertures")
def openings(enrolment_id: int) -> ResponseReturnValue:
    enrolment = queries.get_followed_enrolment_for(signed_in(), enrolment_id)
    number = paging.asked(request.args.get("page"))
    page = list_openings_in(enrolment, number=number, size=paging.SIZE)
    return render_template(
        "patient/openings.html",
        enrolment=enrolment,
        page=page,
        professions=professions_of({opening.user_id for opening in page.items}),
    )


def accesses_row(_actor: User) -> Row | None:
    """Fill the slot « account_row », for who is cared for."""
    if not account_facts().is_cared_for:
        return None
    return Row(
        url=url_for("patient.accesses"),
        label=_("Who has seen my record"),
        text=_("Each opening of your sheet by a caregiver"),
        icon="eye",
        hue=5,
        section="confidentialite",
        rank=10,
    )


def shown_notes_row(_actor: User) -> Row | None:
    """Fill the slot « account_row », for who is cared for."""
    if not account_facts().is_cared_for:
        return None
    return Row(
        url=url_for("patient.shown_notes"),
        label=_("Notes of my team"),
        text=_("Those that your caregivers show you"),
        icon="file-text",
        hue=5,
        section="confidentialite",
        rank=12,
    )


def _own_patient() -> Patient:
    patient = queries.get_own_patient(signed_in())
    if patient is None:
        raise NotFoundError
    return patient
