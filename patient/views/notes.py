"""Notes of the team about one patient: read, written, corrected, withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from caregiver.queries import caregiver_choices, professions_of
from core import paging, tokens
from core.authorization import can
from core.errors import DomainError, ForbiddenError
from core.web import signed_in
from patient.errors import NoReaderError
from patient.forms import NoteForm
from patient.operations.notes import (
    edit_note,
    may_still_be_corrected,
    withdraw_note,
    write_note,
)
from patient.operations.places import open_sheet
from patient.policy import PatientPermission
from patient.queries import notes as note_queries
from patient.queries import places as queries
from patient.views.blueprint import bp
from patient.vocabulary import NoteAudience

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from patient.models import Enrolment, TeamNote
    from security.models import User

FEW = 3
"""Notes on the sheet itself; the others have their own page."""


@bp.get("/patients/<int:enrolment_id>/notes")
def notes(enrolment_id: int) -> ResponseReturnValue:
    actor = signed_in()
    enrolment = open_sheet(actor, queries.get_followed_enrolment_for(actor, enrolment_id))
    number = paging.asked(request.args.get("page"))
    return _show(enrolment, new_form(actor, enrolment), number)


@bp.post("/patients/<int:enrolment_id>/notes")
def add_note(enrolment_id: int) -> ResponseReturnValue:
    actor = signed_in()
    enrolment = queries.get_followed_enrolment_for(actor, enrolment_id)
    form = _form(actor, enrolment)
    if not form.validate():
        return _show(enrolment, form), 422
    try:
        number = write_note(actor, enrolment, key=form.key.data, **form.answers())
    except NoReaderError as error:
        form.reader_ids.errors = [str(error.message)]
        return _show(enrolment, form), 422
    flash(_("Your note is written."))
    return redirect(_note_url(enrolment.id, number))


@bp.get("/patients/<int:enrolment_id>/notes/<int:note_id>/modifier")
def correct_note(enrolment_id: int, note_id: int) -> ResponseReturnValue:
    note = _own_note(enrolment_id, note_id, PatientPermission.EDIT_NOTE)
    if not may_still_be_corrected(note):
        flash(_("This note can no longer be changed. Write another one."), "warn")
        return redirect(_note_url(enrolment_id, note_id))
    form = _form(signed_in(), note.enrolment, note)
    return _show_correction(note, form)


@bp.post("/patients/<int:enrolment_id>/notes/<int:note_id>/modifier")
def change_note(enrolment_id: int, note_id: int) -> ResponseReturnValue:
    note = _own_note(enrolment_id, note_id, PatientPermission.EDIT_NOTE)
    form = _form(signed_in(), note.enrolment)
    if not form.validate():
        return _show_correction(note, form), 422
    try:
        edit_note(signed_in(), note, **form.answers())
    except DomainError as error:
        form.body.errors = [str(error.message)]
        return _show_correction(note, form), 422
    flash(_("Your note is corrected."))
    return redirect(_note_url(enrolment_id, note_id))


@bp.get("/patients/<int:enrolment_id>/notes/<int:note_id>/retirer")
def ask_withdrawal(enrolment_id: int, note_id: int) -> ResponseReturnValue:
    note = _own_note(enrolment_id, note_id, PatientPermission.WITHDRAW_NOTE)
    return render_template("patient/withdraw_note.html", note=note, enrolment=note.enrolment)


@bp.post("/patients/<int:enrolment_id>/notes/<int:note_id>/retirer")
def withdraw(enrolment_id: int, note_id: int) -> ResponseReturnValue:
    note = _own_note(enrolment_id, note_id, PatientPermission.WITHDRAW_NOTE)
    withdraw_note(signed_in(), note)
    flash(_("Your note is withdrawn."))
    return redirect(_note_url(enrolment_id, note_id))


def notes_section(actor: User, enrolment: Enrolment) -> dict[str, Any]:
    """Return what the sheet needs to show the newest notes, and the place to write one."""
    return {
        "notes": note_queries.list_notes_for(actor, enrolment, size=FEW),
        "may_write": can(actor, PatientPermission.WRITE_NOTE, enrolment),
        "form": new_form(actor, enrolment),
        **_people(actor, enrolment),
    }


def new_form(actor: User, enrolment: Enrolment) -> NoteForm:
    """Return an empty form; what was typed is not read: only the act of writing reads it."""
    form = NoteForm(formdata=None)
    form.offer(_choices(actor, enrolment))
    form.audience.data = NoteAudience.TEAM
    form.key.data = tokens.new_token()
    return form


def _form(actor: User, enrolment: Enrolment, note: TeamNote | None = None) -> NoteForm:
    form = NoteForm()
    form.offer(_choices(actor, enrolment))
    if note is not None:
        form.body.data, form.audience.data = note.body, note.audience
        form.reader_ids.data = [reader.user_id for reader in note.readers]
        form.is_shown_to_patient.data = note.is_shown_to_patient
    return form


def _choices(actor: User, enrolment: Enrolment) -> list[tuple[int, str]]:
    return caregiver_choices(note_queries.list_colleagues(actor, enrolment))


def _people(actor: User, enrolment: Enrolment) -> dict[str, Any]:
    colleagues = note_queries.list_colleagues(actor, enrolment)
    return {
        "colleagues": colleagues,
        "colleague_professions": professions_of([user.id for user in colleagues]),
        "has_relatives": any(
            guardianship.kind != "self"
            for guardianship in queries.list_guardians(enrolment.patient_id)
        ),
        "may_be_corrected": may_still_be_corrected,
    }


def _own_note(enrolment_id: int, note_id: int, permission: PatientPermission) -> TeamNote:
    note = note_queries.get_note_for(signed_in(), note_id, enrolment_id)
    if not can(signed_in(), permission, note):
        raise ForbiddenError
    return note


def _note_url(enrolment_id: int, note_id: int) -> str:
    return url_for("patient.notes", enrolment_id=enrolment_id, _anchor=f"note-{note_id}")


def _show(enrolment: Enrolment, form: NoteForm, number: int = 1) -> str:
    actor = signed_in()
    return render_template(
        "patient/notes.html",
        enrolment=enrolment,
        patient=enrolment.patient,
        **{**notes_section(actor, enrolment), "form": form},
        page=note_queries.list_notes_for(actor, enrolment, number=number),
    )


def _show_correction(note: TeamNote, form: NoteForm) -> str:
    return render_template(
        "patient/correct_note.html",
        note=note,
        enrolment=note.enrolment,
        patient=note.enrolment.patient,
        form=form,
        **_people(signed_in(), note.enrolment),
    )
