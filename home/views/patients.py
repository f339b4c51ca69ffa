"""« Mes patients », and the sheet of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request, url_for
from flask_babel import gettext as _

from core import wording
from core.page_slots import Tab, filled
from core.web import current_actor
from home.queries.patients import get_team_around, list_patients_of
from home.views.blueprint import bp
from home.views.standing import standing
from patient.operations import open_sheet
from patient.queries import get_followed_enrolment_for
from scheduling.queries.appointments import next_appointments

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from security.models import User

LONGEST_SEARCH = 80


@bp.get("/patients")
def patients() -> ResponseReturnValue:
    search = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    found = list_patients_of(current_actor(), search)
    return render_template("home/patients.html", patients=found, search=search)


@bp.get("/patients/<int:enrolment_id>")
def sheet(enrolment_id: int) -> ResponseReturnValue:
    actor = current_actor()
    enrolment = open_sheet(actor, get_followed_enrolment_for(actor, enrolment_id))
    return render_template(
        "home/sheet.html",
        enrolment=enrolment,
        age=wording.age(enrolment.patient.birth_date, wording.today(actor.time_zone)),
        team=get_team_around(enrolment),
        next_appointment=next_appointments([enrolment.id]).get(enrolment.id),
        sections=filled("sheet_section", actor, enrolment),
    )


def patients_tab(actor: User) -> Tab | None:
    """Fill the slot « nav_tab », for caregivers."""
    if not standing().is_caregiver:
        return None
    return Tab("patients", url_for("home.patients"), _("Patients"), "users-round", rank=30)
