"""Setting up an authenticator application, and taking it away."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.errors import TooManyRequestsError
from core.web import signed_in
from security import sessions, totp
from security.errors import LastStrongStepError, ProofNeededError
from security.forms.account import AuthenticatorForm
from security.forms.refusals import DRIFTED, SHAPELESS, WRONG_CODES, WRONG_PASSWORD
from security.operations.codes import read_digits
from security.operations.second_steps import (
    disable_authenticator,
    enable_authenticator,
    is_waiting,
    proof_of_session,
    prove_password,
    start_authenticator,
)
from security.queries import get_authenticator
from security.views.blueprint import bp
from security.views.step_up import remember_proof, requires_fresh_proof
from security.views.waiting import too_many_words
from security.vocabulary import CodeCheck, SecondStep


@bp.route("/parametres/securite/application", methods=["GET", "POST"])
def authenticator() -> ResponseReturnValue:
    """The page that turns the app on asks for the password itself: no question before it."""
    application = get_authenticator(signed_in().id)
    if application is not None and application.enabled_at is not None:
        return render_template("security/authenticator_on.html")
    if not is_waiting(application):
        return render_template("security/authenticator_intro.html")
    form = AuthenticatorForm()
    if request.method == "GET":
        return _setup_page(form, status=200)
    return _enable(form)


@bp.post("/parametres/securite/application/preparation")
def prepare_authenticator() -> ResponseReturnValue:
    actor = signed_in()
    start_authenticator(actor, actor)
    return redirect(url_for("security.authenticator"))


def _setup_page(form: AuthenticatorForm, *, refusal: str = "", status: int) -> ResponseReturnValue:
    actor = signed_in()
    application = get_authenticator(actor.id)
    if application is None or not is_waiting(application):
        return redirect(url_for("security.authenticator"))
    issuer = current_app.config["ALVEOLE"].instance.name
    uri = totp.setup_uri(application.secret, actor.email, issuer)
    page = render_template(
        "security/authenticator.html",
        form=form,
        refusal=refusal,
        picture=totp.setup_picture(uri),
        key=totp.show_key(application.secret),
    )
    return page, status


def _enable(form: AuthenticatorForm) -> ResponseReturnValue:
    actor = signed_in()
    code = read_digits(form.code.data or "")
    if not form.validate():
        return _setup_page(form, status=422)
    try:
        proof = prove_password(actor, form.password.data or "")
    except TooManyRequestsError as error:
        return _setup_page(form, refusal=too_many_words(error), status=429)
    if code is None:
        form.code.errors = [SHAPELESS[SecondStep.APP]]
    if proof is None:
        form.password.errors = [WRONG_PASSWORD]
    if code is None or proof is None:
        return _setup_page(form, status=422)
    remember_proof()
    check = enable_authenticator(actor, actor, proof=proof, code=code)
    if check is not CodeCheck.RIGHT:
        drifted = check is CodeCheck.DRIFTED
        form.code.errors = [DRIFTED if drifted else WRONG_CODES[SecondStep.APP]]
        return _setup_page(form, status=422)
    flash(_("The two-step verification app is set up!"), "ok")
    return redirect(url_for("security.settings"))


@bp.post("/parametres/securite/application/retrait")
@requires_fresh_proof
def remove_authenticator() -> ResponseReturnValue:
    actor = signed_in()
    proof = proof_of_session(actor, sessions.current_session_id())
    if proof is None:
        raise ProofNeededError
    try:
        disable_authenticator(actor, actor, proof=proof)
    except LastStrongStepError as error:
        page = render_template("security/authenticator_on.html", refusal=str(error.message))
        return page, error.status
    flash(_("The app is removed. You will get your codes by e-mail."), "ok")
    return redirect(url_for("security.settings"))
