"""Signing in, in three pages; and signing out."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import clock
from core.authorization import Anonymous
from core.errors import TooManyRequestsError
from core.web import current_actor, public, safe_next
from security import email_codes, sessions
from security.addresses import mask_email, network_of
from security.forms import SHAPELESS, ChooseStepForm, CodeForm, SignInForm, refusal_words
from security.operations.sessions import end_session
from security.operations.sign_in import check_code, read_code, request_code, start_sign_in
from security.queries import (
    find_attempt,
    get_session_for,
    list_second_steps,
    newest_code,
)
from security.views.blueprint import bp
from security.views.waiting import too_many_words
from security.vocabulary import CodeCheck, CodePurpose, SecondStep


@bp.route("/connexion", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    suite = safe_next(request.values.get("suite"))
    if not isinstance(current_actor(), Anonymous):
        return redirect(suite or url_for("home.start"))
    form = SignInForm()
    if request.method == "GET":
        form.suite.data = suite or ""
        return render_template("security/sign_in.html", form=form)
    if not form.validate():
        return render_template("security/sign_in.html", form=form), 422
    try:
        token = start_sign_in(
            current_actor(),
            email=form.email.folded,
            password=form.password.data or "",
            network=network_of(request.remote_addr),
        )
    except TooManyRequestsError as error:
        page = render_template("security/sign_in.html", form=form, refusal=too_many_words(error))
        return page, 429, {"Retry-After": str(error.retry_after)}
    if token is None:
        refusal = _("Wrong address or password.")
        return render_template("security/sign_in.html", form=form, refusal=refusal), 422
    session.clear()
    session["attempt"] = token
    session["suite"] = suite or ""
    return redirect(url_for("security.choose_step"))


@bp.route("/connexion/methode", methods=["GET", "POST"])
@public
def choose_step() -> ResponseReturnValue:
    attempt = find_attempt(session.get("attempt"))
    if attempt is None:
        return _begin_again()
    steps = list_second_steps(attempt.user_id)
    form = ChooseStepForm(steps)
    address = mask_email(attempt.user.email)
    if request.method == "GET":
        return render_template("security/choose_step.html", steps=steps, address=address, form=form)
    if not form.validate():
        refusal = _("Choose how to get your code.")
        page = render_template(
            "security/choose_step.html", steps=steps, address=address, form=form, refusal=refusal
        )
        return page, 422
    step: SecondStep = form.step.data
    session["step"] = step.value
    if step is SecondStep.EMAIL:
        return _send_code()
    return redirect(url_for("security.enter_code"))


@bp.post("/connexion/code/envoi")
@public
def resend_code() -> ResponseReturnValue:
    return _send_code()


def _send_code() -> ResponseReturnValue:
    attempt = find_attempt(session.get("attempt"))
    if attempt is None:
        return _begin_again()
    try:
        request_code(current_actor(), attempt)
    except TooManyRequestsError as error:
        if newest_code(CodePurpose.SIGN_IN, attempt.id) is None:
            steps = list_second_steps(attempt.user_id)
            page = render_template(
                "security/choose_step.html",
                steps=steps,
                address=mask_email(attempt.user.email),
                form=ChooseStepForm(steps),
                refusal=too_many_words(error),
            )
            return page, 429, {"Retry-After": str(error.retry_after)}
        return _code_page(error=too_many_words(error), status=429)
    return redirect(url_for("security.enter_code"))


@bp.route("/connexion/code", methods=["GET", "POST"])
@public
def enter_code() -> ResponseReturnValue:
    attempt = find_attempt(session.get("attempt"))
    if attempt is None:
        return _begin_again()
    if request.method == "GET":
        return _code_page()
    step = SecondStep(session.get("step", SecondStep.EMAIL))
    code = read_code(step, CodeForm().code.data or "")
    if code is None:
        return _code_page(error=str(SHAPELESS[step]), status=422)
    try:
        judged = check_code(
            current_actor(),
            attempt,
            step=step,
            code=code,
            device=sessions.describe_device(request.user_agent.string),
        )
    except TooManyRequestsError as error:
        return _code_page(error=too_many_words(error), status=429)
    if judged.check is not CodeCheck.RIGHT:
        locked = judged.check is CodeCheck.LOCKED
        words = "" if locked else refusal_words(judged.check, step, judged.tries_left)
        return _code_page(error=words, status=422)
    suite = safe_next(session.get("suite"))
    sessions.start(judged.token)
    return redirect(suite or url_for("home.start"))


def _code_page(error: str = "", status: int = 200) -> ResponseReturnValue:
    attempt = find_attempt(session.get("attempt"))
    if attempt is None:
        return _begin_again()
    if attempt.tries >= email_codes.MAX_TRIES:
        again = url_for("security.sign_in", suite=session.get("suite") or None)
        return render_template("security/locked.html", again=again), status
    step = SecondStep(session.get("step", SecondStep.EMAIL))
    sent = newest_code(CodePurpose.SIGN_IN, attempt.id) if step is SecondStep.EMAIL else None
    if step is SecondStep.EMAIL and sent is None:
        return redirect(url_for("security.choose_step"))
    page = render_template(
        "security/enter_code.html",
        form=CodeForm(formdata=None),
        step=step,
        address=mask_email(attempt.user.email),
        zone=attempt.user.time_zone,
        sent_at=sent.sent_at if sent else None,
        wait=email_codes.wait_left(sent.sent_at, clock.now()) if sent else 0,
        error=error,
    )
    return page, status


def _begin_again() -> ResponseReturnValue:
    flash(_("Your sign-in took too long. Please start again."), "warn")
    return redirect(url_for("security.sign_in", suite=session.get("suite") or None))


@bp.post("/deconnexion")
@public
def sign_out() -> ResponseReturnValue:
    actor = current_actor()
    session_id = sessions.current_session_id()
    if not isinstance(actor, Anonymous) and session_id is not None:
        row = get_session_for(actor, session_id)
        if row is None:
            abort(404)
        end_session(actor, row)
    sessions.forget()
    answer = redirect(url_for("security.sign_in"))
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer
