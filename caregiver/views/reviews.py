"""The « Documents » of a bubble: its administrators see who lacks what, and verify."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from bubbles.policy import is_admin
from bubbles.queries import get_bubble_for, list_caregiver_members
from caregiver import queries
from caregiver.errors import NewerVersionError
from caregiver.forms.documents import ReviewForm
from caregiver.operations.reviews import open_shared_document, review_document
from caregiver.policy import CaregiverPermission
from caregiver.views.blueprint import bp
from caregiver.views.documents import asked_page, count_pages
from caregiver.vocabulary import SHORT_TYPE_WORDS, TYPE_WORDS, DocumentType, Standing, Verdict
from core import wording
from core.authorization import can
from core.errors import NotFoundError
from core.web import signed_in
from uploads.views.sending import send_preview, send_stored_file

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from bubbles.models import Bubble
    from security.models import User
    from uploads.models import StoredFile

PRESSING = list(Standing)


@dataclass(frozen=True)
class Paper:
    """One paper in its cell."""

    document_id: int
    standing: Standing
    days_left: int | None


@dataclass(frozen=True)
class Line:
    """One caregiver and what they show, type by type."""

    user: User
    cells: dict[DocumentType, list[Paper]]


@bp.get("/bulles/<int:bubble_id>/documents")
def papers(bubble_id: int) -> ResponseReturnValue:
    bubble = _administered(bubble_id)
    today = wording.today(bubble.time_zone)
    shown: dict[tuple[int, DocumentType], list[Paper]] = {}
    for share in queries.list_shared_documents_for(signed_in(), bubble.id):
        version = share.document.current
        standing = version.standing_in(bubble.id, today)
        paper = Paper(share.document_id, standing, version.days_left(today))
        shown.setdefault((share.document.caregiver.user_id, share.document.type), []).append(paper)
    for cell in shown.values():
        cell.sort(key=lambda paper: PRESSING.index(paper.standing))
    members = list_caregiver_members(bubble.id)
    lines = [
        Line(user, {kind: shown.get((user.id, kind), []) for kind in DocumentType})
        for user in members
    ]
    return render_template(
        "caregiver/papers.html",
        bubble=bubble,
        lines=lines,
        counts=Counter(paper.standing for cell in shown.values() for paper in cell),
        portraits=queries.portraits_of([user.id for user in members]),
        heads=SHORT_TYPE_WORDS,
        types=TYPE_WORDS,
    )


@bp.route("/bulles/<int:bubble_id>/documents/<int:document_id>", methods=["GET", "POST"])
def paper(bubble_id: int, document_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble = _administered(bubble_id)
    share = queries.get_shared_document_for(actor, bubble.id, document_id)
    form = ReviewForm()
    if not form.is_submitted():
        open_shared_document(actor, share)
        return _paper_page(bubble_id, document_id, _empty_form(bubble_id, document_id))
    if not form.validate():
        return _paper_page(bubble_id, document_id, form), 422
    verdict = Verdict(form.verdict.data)
    try:
        review_document(
            actor,
            share,
            number=form.number.data or 0,
            verdict=verdict,
            reason=form.reason.data or "",
        )
    except NewerVersionError as error:
        flash(str(error.message), "warn")
        return redirect(url_for("caregiver.paper", bubble_id=bubble_id, document_id=document_id))
    if verdict is Verdict.VERIFIED:
        flash(_("The document is marked as verified."), "ok")
    else:
        flash(_("The person is asked for another version, by e-mail."), "ok")
    return redirect(url_for("caregiver.papers", bubble_id=bubble_id))


@bp.get("/bulles/<int:bubble_id>/documents/<int:document_id>/fichier")
def download_paper(bubble_id: int, document_id: int) -> ResponseReturnValue:
    return send_stored_file(_open(bubble_id, document_id))


@bp.get("/bulles/<int:bubble_id>/documents/<int:document_id>/pages/<int:page>")
def preview_paper(bubble_id: int, document_id: int, page: int) -> ResponseReturnValue:
    return send_preview(_open(bubble_id, document_id), page)


def _open(bubble_id: int, document_id: int) -> StoredFile:
    actor = signed_in()
    share = queries.get_shared_document_for(actor, bubble_id, document_id)
    return open_shared_document(actor, share).file


def _administered(bubble_id: int) -> Bubble:
    """Return a bubble that one administers; to other members the page does not exist."""
    actor = signed_in()
    bubble = get_bubble_for(actor, bubble_id)
    if not is_admin(actor, bubble):
        raise NotFoundError
    return bubble


def _empty_form(bubble_id: int, document_id: int) -> ReviewForm:
    share = queries.get_shared_document_for(signed_in(), bubble_id, document_id)
    version = share.document.current
    review = version.review_in(bubble_id)
    return ReviewForm(
        formdata=None,
        number=version.number,
        verdict=review.verdict.value if review else None,
        reason=review.reason if review else "",
    )


def _paper_page(bubble_id: int, document_id: int, form: ReviewForm) -> str:
    actor = signed_in()
    share = queries.get_shared_document_for(actor, bubble_id, document_id)
    bubble = get_bubble_for(actor, bubble_id)
    version = share.document.current
    today = wording.today(bubble.time_zone)
    pages = count_pages(version.file)
    return render_template(
        "caregiver/paper.html",
        bubble=bubble,
        document=share.document,
        version=version,
        standing=version.standing_in(bubble.id, today),
        review=version.review_in(bubble.id),
        may_review=can(actor, CaregiverPermission.REVIEW, share),
        form=form,
        pages=pages,
        page=asked_page(pages),
        types=TYPE_WORDS,
        today=today,
    )
