"""The pages of the professional face: profile, papers, and the caregivers of a bubble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles.policy import BubblePermission
from bubbles.queries import get_bubble_for, list_members
from caregiver import queries
from caregiver.forms import TYPES, DocumentForm, ProfileForm
from caregiver.operations import add_document, delete_document, open_document, update_profile
from caregiver.vocabulary import DocumentType
from core.authorization import can
from core.page_slots import Row, Tab
from core.web import current_actor
from uploads.errors import FileRefusedError, StorageUnavailableError
from uploads.views import receive_upload, send_stored_file

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("caregiver", __name__)


@bp.route("/parametres/profil", methods=["GET", "POST"])
def profile() -> ResponseReturnValue:
    actor = current_actor()
    caregiver = queries.get_own_caregiver(actor)
    form = ProfileForm(display_name=actor.display_name, profession=caregiver.profession)
    if not form.validate_on_submit():
        return render_template("caregiver/profile.html", form=form), _status(form)
    update_profile(
        actor,
        caregiver,
        display_name=form.display_name.data or "",
        profession=form.profession.data or "",
    )
    flash(_("Your profile is up to date."), "ok")
    return redirect(url_for("caregiver.profile"))


@bp.route("/parametres/documents", methods=["GET", "POST"])
def documents() -> ResponseReturnValue:
    actor = current_actor()
    caregiver = queries.get_own_caregiver(actor)
    form = DocumentForm()
    if not form.validate_on_submit():
        return _documents_page(form), _status(form)
    try:
        add_document(
            actor,
            caregiver,
            kind=DocumentType(form.type.data),
            label=form.label.data or "",
            stored=receive_upload(form.file.data),
        )
    except (FileRefusedError, StorageUnavailableError) as error:
        form.file.errors = [str(error.message)]
        return _documents_page(form), error.status
    flash(_("The document is added."), "ok")
    return redirect(url_for("caregiver.documents"))


@bp.get("/parametres/documents/<int:document_id>")
def download(document_id: int) -> ResponseReturnValue:
    actor = current_actor()
    document = queries.get_document_for(actor, document_id)
    return send_stored_file(open_document(actor, document))


@bp.route("/parametres/documents/<int:document_id>/suppression", methods=["GET", "POST"])
def delete(document_id: int) -> ResponseReturnValue:
    actor = current_actor()
    document = queries.get_document_for(actor, document_id)
    if request.method == "GET":
        return render_template("caregiver/delete_document.html", document=document, types=TYPES)
    delete_document(actor, document)
    flash(_("The document is deleted."), "ok")
    return redirect(url_for("caregiver.documents"))


@bp.get("/bulles/<int:bubble_id>/accompagnants")
def members(bubble_id: int) -> ResponseReturnValue:
    actor = current_actor()
    bubble = get_bubble_for(actor, bubble_id)
    staff = list_members(bubble.id)
    others = [member for member in staff if member.user_id != actor.id]
    return render_template(
        "caregiver/members.html",
        bubble=bubble,
        members=staff,
        may_remove=bool(others) and can(actor, BubblePermission.REMOVE_MEMBER, others[0]),
        professions=queries.professions_of(member.user_id for member in staff),
    )


def _documents_page(form: DocumentForm) -> str:
    rows = queries.list_documents_for(current_actor())
    return render_template("caregiver/documents.html", form=form, documents=rows, types=TYPES)


def _status(form: Any) -> int:
    return 422 if form.is_submitted() else 200


# ── What other pages show of caregivers ───────────────────────────────────────────────────────


def members_tab(_actor: Any, bubble: Any) -> Tab:
    return Tab(
        id="caregivers",
        url=url_for("caregiver.members", bubble_id=bubble.id),
        label=_("Caregivers"),
        rank=20,
    )


def profile_settings_tab(actor: Any) -> Tab | None:
    if queries.get_caregiver_of(actor.id) is None:
        return None
    url = url_for("caregiver.profile")
    return Tab(id="profile", url=url, label=_("My profile"), icon="user-round", rank=20)


def documents_settings_tab(actor: Any) -> Tab | None:
    if queries.get_caregiver_of(actor.id) is None:
        return None
    url = url_for("caregiver.documents")
    return Tab(id="documents", url=url, label=_("My documents"), icon="file-text", rank=40)


def profile_card(actor: Any) -> Row | None:
    caregiver = queries.get_caregiver_of(actor.id)
    if caregiver is None:
        return None
    complete = bool(caregiver.profession)
    return Row(
        url=url_for("caregiver.profile"),
        label=_("My profile"),
        text=_("Name and profession"),
        icon="user-round",
        hue=4,
        state=_("Complete") if complete else _("Profession not given"),
        kind="ok" if complete else "warn",
        state_icon="circle-check" if complete else "circle-alert",
        rank=20,
    )


def documents_card(actor: Any) -> Row | None:
    if queries.get_caregiver_of(actor.id) is None:
        return None
    count = queries.count_documents_for(actor)
    return Row(
        url=url_for("caregiver.documents"),
        label=_("My documents"),
        text=_("Identity, RCP, RIB, diplomas"),
        icon="file-text",
        hue=2,
        state=ngettext("%(num)d document", "%(num)d documents", count) if count else _("None yet"),
        kind="ok" if count else "warn",
        state_icon="circle-check" if count else "circle-alert",
        rank=40,
    )
