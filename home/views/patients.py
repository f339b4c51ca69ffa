"""« Mes patients », and the sheet of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request, url_for
from flask_babel import gettext as _

from core import paging, reading
from core.page_slots import Tab, filled
from core.web import signed_in
from home.queries.patients import Sought, list_patients_of
from home.queries.sheet import get_sheet, list_visits
from home.views.blueprint import bp
from home.views.standing import standing
from patient.operations.places import open_sheet
from patient.queries.lists import list_bubbles_followed_in
from patient.queries.places import get_followed_enrolment_for
from patient.views.notes import notes_section

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from security.models import User

LONGEST_SEARCH = 80
WITH_OR_WITHOUT = {"avec": True, "sans": False}


@bp.get("/patients")
def patients() -> ResponseReturnValue:
    actor = signed_in()
    bubbles = list_bubbles_followed_in(actor)
    sought = _sought({bubble.id for bubble in bubbles})
    return render_template(
        "home/patients.html",
        page=list_patients_of(actor, sought),
        sought=sought,
        bubbles=bubbles,
    )


@bp.get("/patients/<int:enrolment_id>")
def sheet(enrolment_id: int) -> ResponseReturnValue:
    actor = signed_in()
    enrolment = open_sheet(actor, get_followed_enrolment_for(actor, enrolment_id))
    return render_template(
        "home/sheet.html",
        enrolment=enrolment,
        patient=enrolment.patient,
        sheet=get_sheet(actor, enrolment),
        sections=filled("sheet_section", actor, enrolment),
        **notes_section(actor, enrolment),
    )


@bp.get("/patients/<int:enrolment_id>/rendez-vous")
def visits(enrolment_id: int) -> ResponseReturnValue:
    actor = signed_in()
    enrolment = open_sheet(actor, get_followed_enrolment_for(actor, enrolment_id))
    is_past = request.args.get("liste") == "passes"
    number = paging.asked(request.args.get("page"))
    return render_template(
        "home/visits.html",
        enrolment=enrolment,
        is_past=is_past,
        page=list_visits(enrolment, is_past=is_past, number=number),
    )


def patients_tab(actor: User) -> Tab | None:
    """Fill the slot « nav_tab », for caregivers."""
    if not standing().is_caregiver:
        return None
    return Tab("patients", url_for("home.patients"), _("Patients"), "users-round", rank=30)


def _sought(bubble_ids: set[int]) -> Sought:
    """Read the filters out of the address; what is no filter filters nothing."""
    asked = request.args
    bubble_id = reading.row_id(asked.get("bulle"))
    return Sought(
        search=asked.get("q", "")[:LONGEST_SEARCH].strip(),
        bubble_id=bubble_id if bubble_id in bubble_ids else None,
        has_next=WITH_OR_WITHOUT.get(asked.get("rdv", "")),
        is_unread=asked.get("messages") == "non-lus",
        by_next=asked.get("tri") == "rdv",
        number=paging.asked(asked.get("page")),
    )
