"""« Mes documents »: add, see, replace, show to bubbles, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from bubbles.queries import list_bubbles_for
from caregiver import queries
from caregiver.errors import NewerVersionError
from caregiver.forms.documents import CorrectionForm, DocumentForm, FilesForm, ShareForm
from caregiver.operations.documents import (
    add_document,
    correct_expiry,
    delete_document,
    open_document,
    replace_document,
    share_document,
)
from caregiver.views.blueprint import bp
from caregiver.vocabulary import TYPE_WORDS, DocumentType
from core import reading, tokens, wording
from core.body_limits import takes_files
from core.errors import NotFoundError, UnavailableError
from core.forms import status_of
from core.idempotency import KeyReusedError
from core.web import signed_in
from uploads.operations import page_count
from uploads.views.receiving import NOT_NOW, receive_uploads, say_why_not
from uploads.views.sending import send_preview, send_stored_file

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from caregiver.models import AdministrativeDocument
    from uploads.models import StoredFile


@bp.route("/parametres/documents", methods=["GET", "POST"])
@takes_files
def documents() -> ResponseReturnValue:
    actor = signed_in()
    caregiver = queries.get_own_caregiver(actor)
    bubbles = list_bubbles_for(actor)
    form = DocumentForm(bubble_ids=[bubbles[0].id] if len(bubbles) == 1 else [])
    form.offer(bubbles)
    if not form.validate_on_submit():
        return _list_page(form), status_of(form)
    try:
        add_document(
            actor,
            caregiver,
            kind=DocumentType(form.type.data),
            label=form.label.data or "",
            stored=receive_uploads(form.chosen),
            expires_on=form.expires_on.data,
            bubble_ids=form.bubble_ids.data or [],
            key=form.key.data,
        )
    except NOT_NOW as error:
        status, headers = say_why_not(form, form.files, error)
        return _list_page(form), status, headers
    except KeyReusedError as error:  # this form was sent before, with other answers
        status, headers = say_why_not(form, form.files, error)
        form.key.data = tokens.new_token()
        return _list_page(form), status, headers
    flash(_("The document is added."), "ok")
    return redirect(url_for("caregiver.documents"))


@bp.get("/parametres/documents/<int:document_id>")
def document(document_id: int) -> ResponseReturnValue:
    paper = queries.get_document_for(signed_in(), document_id)
    form = ShareForm(formdata=None, bubble_ids=[share.bubble_id for share in paper.shares])
    form.offer(list_bubbles_for(signed_in()))
    return _document_page(paper, form)


@bp.get("/parametres/documents/<int:document_id>/versions/<int:number>/fichier")
def download(document_id: int, number: int) -> ResponseReturnValue:
    actor = signed_in()
    paper = queries.get_document_for(actor, document_id)
    return send_stored_file(open_document(actor, paper, number))


@bp.get("/parametres/documents/<int:document_id>/versions/<int:number>/pages/<int:page>")
def preview(document_id: int, number: int, page: int) -> ResponseReturnValue:
    actor = signed_in()
    paper = queries.get_document_for(actor, document_id)
    return send_preview(open_document(actor, paper, number), page)


@bp.post("/parametres/documents/<int:document_id>/partage")
def share(document_id: int) -> ResponseReturnValue:
    actor = signed_in()
    paper = queries.get_document_for(actor, document_id)
    form = ShareForm()
    form.offer(list_bubbles_for(actor))
    if not form.validate():
        return _document_page(paper, form), 422
    share_document(actor, paper, bubble_ids=form.bubble_ids.data or [])
    flash(_("What you chose is saved."), "ok")
    return redirect(url_for("caregiver.document", document_id=document_id))


@bp.route("/parametres/documents/<int:document_id>/remplacement", methods=["GET", "POST"])
@takes_files
def replace(document_id: int) -> ResponseReturnValue:
    actor = signed_in()
    paper = queries.get_document_for(actor, document_id)
    form = FilesForm()
    if not form.validate_on_submit():
        return _replace_page(paper, form), status_of(form)
    try:
        stored = receive_uploads(form.chosen)
        replace_document(
            actor, paper, stored=stored, expires_on=form.expires_on.data, key=form.key.data
        )
    except KeyReusedError as error:
        status, headers = say_why_not(form, form.files, error)
        form.key.data = tokens.new_token()
        return _replace_page(queries.get_document_for(actor, document_id), form), status, headers
    except NOT_NOW as error:
        status, headers = say_why_not(form, form.files, error)
        paper = queries.get_document_for(actor, document_id)
        return _replace_page(paper, form), status, headers
    flash(_("The new version is in place."), "ok")
    return redirect(url_for("caregiver.document", document_id=document_id))


@bp.route("/parametres/documents/<int:document_id>/date", methods=["GET", "POST"])
def expiry(document_id: int) -> ResponseReturnValue:
    """Correct the date alone: the file need not be sent again."""
    actor = signed_in()
    paper = queries.get_document_for(actor, document_id)
    form = CorrectionForm()
    if not form.is_submitted():
        form.show(paper.current)
    page = {"document": paper, "form": form, "types": TYPE_WORDS}
    if not form.validate_on_submit():
        return render_template("caregiver/correct_expiry.html", **page), status_of(form)
    here = redirect(url_for("caregiver.document", document_id=document_id))
    try:
        correct_expiry(actor, paper, number=form.number.data or 0, expires_on=form.expires_on.data)
    except NewerVersionError as error:
        flash(str(error.message), "warn")
        return here
    flash(_("The date is corrected."), "ok")
    return here


@bp.route("/parametres/documents/<int:document_id>/suppression", methods=["GET", "POST"])
def delete(document_id: int) -> ResponseReturnValue:
    actor = signed_in()
    paper = queries.get_document_for(actor, document_id)
    if request.method == "GET":
        return render_template("caregiver/delete_document.html", document=paper, types=TYPE_WORDS)
    delete_document(actor, paper)
    flash(_("The document is deleted."), "ok")
    return redirect(url_for("caregiver.documents"))


def count_pages(file: StoredFile) -> int:
    """Return how many pages can be shown; none while the file cannot be read."""
    try:
        return page_count(file)
    except UnavailableError:
        return 0


def asked_page(pages: int) -> int:
    """Return the page that the address asks for, within those that there are."""
    asked = request.args.get("page", "1")
    return max(1, min(reading.number(asked) or 1, pages))


def _document_page(paper: AdministrativeDocument, form: ShareForm) -> str:
    actor = signed_in()
    asked = request.args.get("version", "")
    number = reading.number(asked)
    version = paper.current if number is None else paper.version(number)
    if version is None:
        raise NotFoundError
    pages = count_pages(version.file)
    return render_template(
        "caregiver/document.html",
        document=paper,
        version=version,
        form=form,
        pages=pages,
        page=asked_page(pages),
        types=TYPE_WORDS,
        today=wording.today(actor.time_zone),
    )


def _replace_page(paper: AdministrativeDocument, form: FilesForm) -> str:
    return render_template(
        "caregiver/replace_document.html", document=paper, form=form, types=TYPE_WORDS
    )


def _list_page(form: DocumentForm) -> str:
    actor = signed_in()
    return render_template(
        "caregiver/documents.html",
        form=form,
        documents=queries.list_documents_for(actor),
        types=TYPE_WORDS,
        today=wording.today(actor.time_zone),
    )
