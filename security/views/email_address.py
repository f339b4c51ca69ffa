"""The e-mail address of an account: proved, read-only or changed by its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.errors import ConflictError, ForbiddenError, TooManyRequestsError
from core.web import current_actor, public, signed_in
from security import sessions
from security.forms.recovery import BothAddressesForm, NewEmailForm
from security.forms.refusals import SHAPELESS, refusal_words
from security.operations.codes import read_digits
from security.operations.email_change import (
    finish_email_change,
    prove_address,
    request_address_check,
    start_email_change,
)
from security.operations.second_steps import proof_of_session
from security.queries import find_link, get_email_change_of
from security.views.blueprint import bp
from security.views.step_up import requires_fresh_proof
from security.views.waiting import too_many_words
from security.vocabulary import CodeCheck, LinkPurpose, SecondStep

if TYPE_CHECKING:
    from security.models import EmailChange


@bp.get("/parametres/securite/e-mail")
def email() -> ResponseReturnValue:
    return _page()


@bp.post("/parametres/securite/e-mail/verification")
def check_email() -> ResponseReturnValue:
    actor = signed_in()
    if actor.is_email_proved:
        return redirect(url_for("security.email"))
    try:
        request_address_check(actor)
    except TooManyRequestsError as error:
        return _page(refusal=too_many_words(error)), 429
    flash(_("An e-mail is on its way: press its button within 24 hours."), "ok")
    return redirect(url_for("security.email"))


@bp.route("/verifier-mon-e-mail/<token>", methods=["GET", "POST"])
@public
def email_proved(token: str) -> ResponseReturnValue:
    link = find_link(token, LinkPurpose.PROVE_ADDRESS)
    if link is None:
        return render_template("security/email_check_over.html"), 404
    if request.method == "GET":
        return render_template("security/email_check.html", token=token, address=link.email)
    try:
        prove_address(current_actor(), link)
    except ConflictError:
        return render_template("security/email_check_over.html"), 404
    return render_template("security/email_proved.html", address=link.email)


@bp.route("/parametres/securite/e-mail/nouvelle", methods=["GET", "POST"])
@requires_fresh_proof
def new_email() -> ResponseReturnValue:
    _only_if_allowed()
    form = NewEmailForm()
    if request.method == "GET":
        return render_template("security/new_email.html", form=form)
    actor = signed_in()
    proof = proof_of_session(actor, sessions.current_session_id())
    if not form.validate() or proof is None:
        return render_template("security/new_email.html", form=form), 422
    if form.email.folded == actor.email:
        form.email.errors = [_("This is your present address.")]
        return render_template("security/new_email.html", form=form), 422
    try:
        start_email_change(actor, proof=proof, new_email=form.email.folded)
    except TooManyRequestsError as error:
        page = render_template("security/new_email.html", form=form, refusal=too_many_words(error))
        return page, 429
    return redirect(url_for("security.both_addresses"))


@bp.route("/parametres/securite/e-mail/codes", methods=["GET", "POST"])
@requires_fresh_proof
def both_addresses() -> ResponseReturnValue:
    _only_if_allowed()
    actor = signed_in()
    change = get_email_change_of(actor)
    if change is None:
        return redirect(url_for("security.new_email"))
    form = BothAddressesForm()
    codes = _read_both(form) if request.method == "POST" else None
    if codes is None:
        return _codes_page(form, change, status=200 if request.method == "GET" else 422)
    judged = finish_email_change(
        actor, actor, change_id=change.id, codes=codes, keep=sessions.current_session_id()
    )
    if judged.check is CodeCheck.LOCKED:
        return render_template("security/locked.html", again=url_for("security.new_email")), 422
    if judged.check is not CodeCheck.RIGHT:
        words = refusal_words(judged.check, SecondStep.EMAIL, judged.tries_left)
        return _codes_page(form, change, refusal=words, status=422)
    flash(_("Your address is changed. The old one can undo it for 7 days."), "ok")
    return redirect(url_for("security.email"))


def _read_both(form: BothAddressesForm) -> tuple[str, str] | None:
    if not form.validate():
        return None
    old, new = (read_digits(field.data or "") for field in (form.old_code, form.new_code))
    for field, code in ((form.old_code, old), (form.new_code, new)):
        if code is None:
            field.errors = [SHAPELESS[SecondStep.EMAIL]]
    return (old, new) if old and new else None


def _page(refusal: str = "") -> str:
    return render_template(
        "security/email.html",
        refusal=refusal,
        self_service=current_app.config["ALVEOLE"].security.self_service_email_change,
    )


def _codes_page(
    form: BothAddressesForm, change: EmailChange, *, refusal: str = "", status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "security/both_addresses.html",
        form=form,
        refusal=refusal,
        old=signed_in().email,
        new=change.new_email,
    )
    return page, status


def _only_if_allowed() -> None:
    if not current_app.config["ALVEOLE"].security.self_service_email_change:
        raise ForbiddenError
