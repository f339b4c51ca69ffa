"""A forgotten password: the address, the link, a second proof or a day of waiting, a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from core import clock
from core.authorization import INSTANCE
from core.errors import ConflictError, NotFoundError, TooManyRequestsError
from core.frame import frame
from core.web import current_actor, public, signed_in
from security.addresses import mask_email, network_of
from security.forms.fields import PasskeyAnswerForm
from security.forms.recovery import ForgottenForm, ResetPasswordForm
from security.forms.refusals import SHAPELESS, refusal_words
from security.forms.sign_in import ChooseStepForm, CodeForm
from security.operations.codes import Judged, is_locked, wait_left
from security.operations.kept_codes import read_code
from security.operations.passkeys import get_site
from security.operations.recovery import (
    ask_reset,
    may_set_password,
    reset_password,
    start_wait,
    stop_reset,
)
from security.operations.reset_proofs import (
    begin_reset_passkey,
    check_reset_passkey,
    check_reset_proof,
    list_reset_proofs,
    send_reset_text,
)
from security.operations.second_steps import hash_new_password
from security.queries import find_link, newest_code, waiting_reset_of
from security.views.blueprint import bp
from security.views.waiting import too_many_words
from security.vocabulary import CodeCheck, CodePurpose, LinkPurpose, SecondStep

if TYPE_CHECKING:
    from core.authorization import Anonymous
    from security.models import MailedLink, User

RESETS = (LinkPurpose.RESET, LinkPurpose.HOST_RESET)


@bp.route("/mot-de-passe/oubli", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    form = ForgottenForm()
    if request.method == "GET":
        form.email.data = request.args.get("email", "")[:254]
        return render_template("security/forgotten.html", form=form)
    if not form.validate():
        return render_template("security/forgotten.html", form=form), 422
    try:
        ask_reset(
            current_actor(),
            INSTANCE,
            email=form.email.folded,
            network=network_of(request.remote_addr),
        )
    except TooManyRequestsError as error:
        page = render_template("security/forgotten.html", form=form, refusal=too_many_words(error))
        return page, 429, {"Retry-After": str(error.retry_after)}
    return render_template("security/forgotten_sent.html", address=form.email.folded)


@bp.route("/mot-de-passe/nouveau/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    link = find_link(token, *RESETS)
    if link is None:
        return _over()
    if may_set_password(link, session.get("reset", "")):
        return _new_password(link, token)
    if link.due_at is not None:
        return _waiting_page(link)
    steps = [*list_reset_proofs(link.user_id), SecondStep.VOUCHED]
    form = ChooseStepForm(steps)
    if request.method == "POST" and form.validate():
        session["reset_step"] = form.step.data.value
        if form.step.data is SecondStep.SMS:
            return _send_text(link, token)
        return redirect(url_for("security.reset_proof", token=token))
    refusal = _("Choose how to prove that it is you.") if request.method == "POST" else ""
    page = render_template(
        "security/reset_choose.html",
        token=token,
        steps=steps,
        address=mask_email(link.email),
        refusal=refusal,
    )
    return page, 422 if refusal else 200


@bp.route("/mot-de-passe/nouveau/<token>/preuve", methods=["GET", "POST"])
@public
def reset_proof(token: str) -> ResponseReturnValue:
    link = find_link(token, *RESETS)
    if link is None:
        return _over()
    step = SecondStep(session.get("reset_step", SecondStep.VOUCHED))
    if request.method == "GET":
        return _proof_page(link, token, step)
    code = read_code(step, CodeForm().code.data or "")
    if code is None:
        return _proof_page(link, token, step, error=str(SHAPELESS[step]), status=422)
    try:
        judged = check_reset_proof(
            current_actor(), link, step=step, code=code, network=network_of(request.remote_addr)
        )
    except TooManyRequestsError as error:
        return _proof_page(link, token, step, error=too_many_words(error), status=429)
    return _proved(link, token, step, judged)


def _proved(link: MailedLink, token: str, step: SecondStep, judged: Judged) -> ResponseReturnValue:
    if judged.check is CodeCheck.RIGHT:
        session["reset"] = judged.token
        return redirect(url_for("security.reset", token=token))
    locked = judged.check is CodeCheck.LOCKED
    words = "" if locked else refusal_words(judged.check, step, judged.tries_left)
    return _proof_page(link, token, step, error=words, status=422)


@bp.post("/mot-de-passe/nouveau/<token>/preuve/sms")
@public
def resend_reset_text(token: str) -> ResponseReturnValue:
    link = find_link(token, LinkPurpose.RESET)
    if link is None:
        return _over()
    if SecondStep.SMS not in list_reset_proofs(link.user_id):
        return redirect(url_for("security.reset", token=token))
    return _send_text(link, token)


def _send_text(link: MailedLink, token: str) -> ResponseReturnValue:
    session["reset_step"] = SecondStep.SMS.value
    try:
        send_reset_text(current_actor(), link, network=network_of(request.remote_addr))
    except TooManyRequestsError as error:
        words = too_many_words(error)
        return _proof_page(link, token, SecondStep.SMS, error=words, status=429)
    return redirect(url_for("security.reset_proof", token=token))


@bp.post("/mot-de-passe/nouveau/<token>/preuve/cle/options")
@public
def reset_passkey_options(token: str) -> ResponseReturnValue:
    link = find_link(token, LinkPurpose.RESET)
    if link is None:
        raise NotFoundError
    return jsonify(begin_reset_passkey(current_actor(), link))


@bp.post("/mot-de-passe/nouveau/<token>/preuve/cle")
@public
def reset_passkey(token: str) -> ResponseReturnValue:
    link = find_link(token, LinkPurpose.RESET)
    if link is None:
        return _over()
    answer = PasskeyAnswerForm().credential.data
    try:
        judged = check_reset_passkey(current_actor(), link, answer=answer)
    except TooManyRequestsError as error:
        words = too_many_words(error)
        return _proof_page(link, token, SecondStep.PASSKEY, error=words, status=429)
    return _proved(link, token, SecondStep.PASSKEY, judged)


@bp.post("/mot-de-passe/nouveau/<token>/attente")
@public
def reset_wait(token: str) -> ResponseReturnValue:
    link = find_link(token, LinkPurpose.RESET)
    if link is None:
        return _over()
    try:
        start_wait(current_actor(), link, token=token)
    except ConflictError:
        return redirect(url_for("security.reset", token=token))
    return _waiting_page(link)


@bp.route("/compte/mot-de-passe-demande", methods=["GET", "POST"])
def pending_reset() -> ResponseReturnValue:
    actor = signed_in()
    waiting = waiting_reset_of(actor.id)
    if request.method == "POST" and waiting is not None:
        stop_reset(actor, actor)
        flash(_("It is cancelled: your password stays as it is."), "ok")
        return redirect(url_for("security.settings"))
    return render_template("security/pending_reset.html", waiting=waiting)


def pending_notice(actor: User | Anonymous) -> Markup | None:
    """Fill the slot « page_notice »: somebody asked for a new password."""
    if actor.id is None or not frame().has_reset:
        return None
    return Markup(render_template("security/_pending_notice.html"))  # noqa: S704  (a template of ours, escaped already)


def _new_password(link: MailedLink, token: str) -> ResponseReturnValue:
    form = ResetPasswordForm()
    form.product = current_app.config["ALVEOLE"].instance.name
    form.personal = (link.user.email, link.user.display_name)
    if request.method == "GET" or not form.validate():
        page = render_template("security/reset_password.html", form=form, token=token)
        return page, 200 if request.method == "GET" else 422
    new_hash = hash_new_password(form.new.data or "")
    try:
        reset_password(current_actor(), link, new_hash=new_hash, browser=session.get("reset", ""))
    except ConflictError:
        return _over()
    session.pop("reset", None)
    session.pop("reset_step", None)
    flash(_("Your new password is set. Sign in with it: the second step is asked as usual."), "ok")
    return redirect(url_for("security.sign_in"))


def _proof_page(
    link: MailedLink, token: str, step: SecondStep, *, error: str = "", status: int = 200
) -> ResponseReturnValue:
    if is_locked(link):
        return render_template("security/locked.html", again=url_for("security.forgotten")), status
    is_by_phone = step is SecondStep.SMS
    sent = newest_code(CodePurpose.RESET, link, by_phone=True) if is_by_phone else None
    page = render_template(
        "security/reset_proof.html",
        token=token,
        step=step,
        error=error,
        site=get_site(),
        wait=wait_left(sent),
    )
    return page, status


def _waiting_page(link: MailedLink) -> ResponseReturnValue:
    return render_template(
        "security/reset_waiting.html",
        due_at=link.due_at,
        zone=link.user.time_zone,
        is_over=link.due_at is None or clock.now() >= link.due_at,
    )


def _over() -> ResponseReturnValue:
    return render_template("security/reset_over.html"), 404
