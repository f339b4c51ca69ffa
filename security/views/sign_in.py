"""Signing in, in three pages; and signing out."""

from __future__ import annotations

from flask import abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.authorization import Anonymous
from core.errors import TooManyRequestsError
from core.web import current_actor, public
from security import cookies, sessions
from security.addresses import mask_email, network_of
from security.forms.fields import SuiteForm
from security.forms.refusals import SHAPELESS, refusal_words
from security.forms.sign_in import ChooseStepForm, CodeForm, SignInForm
from security.live_sessions import get_session_for
from security.operations.codes import is_locked, wait_left
from security.operations.kept_codes import read_code
from security.operations.passkeys import get_site
from security.operations.sessions import end_session
from security.operations.sign_in import check_code, request_code, start_sign_in
from security.operations.strong_steps import is_asked_for_more
from security.queries import find_attempt, list_second_steps, newest_code
from security.views.arrival import arrive
from security.views.blueprint import bp
from security.views.waiting import too_many_words
from security.vocabulary import CodeCheck, CodePurpose, SecondStep


@bp.route("/connexion", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    suite = form.suite.data
    if not isinstance(current_actor(), Anonymous):
        return redirect(suite or url_for("home.start"))
    if request.method == "GET":
        form.email.data = cookies.identifier()
        form.remember.data = bool(form.email.data)
        return sign_in_page(form)
    answer = make_response(_give_password(form, suite))
    if not form.remember.data:
        cookies.forget_identifier(answer)
    return answer


def sign_in_page(
    form: SignInForm, *, refusal: str = "", status: int = 200, retry_after: int = 0
) -> ResponseReturnValue:
    """Show the first page, with what was refused."""
    page = render_template("security/sign_in.html", form=form, refusal=refusal, site=get_site())
    return page, status, {"Retry-After": str(retry_after)} if retry_after else {}


def _give_password(form: SignInForm, suite: str | None) -> ResponseReturnValue:
    if not form.validate():
        return sign_in_page(form, status=422)
    try:
        begun = start_sign_in(
            current_actor(),
            identifier=form.email.folded,
            password=form.password.data or "",
            network=network_of(request.remote_addr),
            browser=cookies.browser(),
            device=sessions.describe_device(request.user_agent.string),
            replaces=session.get("attempt"),
        )
    except TooManyRequestsError as error:
        refusal = too_many_words(error)
        return sign_in_page(form, refusal=refusal, status=429, retry_after=error.retry_after)
    if begun is None:
        return sign_in_page(form, refusal=_("Wrong address or password."), status=422)
    session.clear()
    session["attempt"] = begun.token
    session["step"] = begun.step.value
    session["suite"] = suite or ""
    if begun.refusal is not None:
        flash(too_many_words(begun.refusal), "warn")
    page = "security.enter_code" if begun.refusal is None else "security.choose_step"
    answer = redirect(url_for(page))
    if form.remember.data:
        cookies.remember_identifier(answer, form.email.data or "")
    return answer


@bp.route("/connexion/methode", methods=["GET", "POST"])
@public
def choose_step() -> ResponseReturnValue:
    attempt = find_attempt(session.get("attempt"))
    if attempt is None:
        return begin_again()
    steps = list_second_steps(attempt.user_id, strong_only=attempt.strong_only)
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
        return begin_again()
    try:
        request_code(current_actor(), attempt)
    except TooManyRequestsError as error:
        if newest_code(CodePurpose.SIGN_IN, attempt) is None:
            steps = list_second_steps(attempt.user_id, strong_only=attempt.strong_only)
            page = render_template(
                "security/choose_step.html",
                steps=steps,
                address=mask_email(attempt.user.email),
                form=ChooseStepForm(steps),
                refusal=too_many_words(error),
            )
            return page, 429, {"Retry-After": str(error.retry_after)}
        return code_page(error=too_many_words(error), status=429)
    return redirect(url_for("security.enter_code"))


@bp.route("/connexion/code", methods=["GET", "POST"])
@public
def enter_code() -> ResponseReturnValue:
    attempt = find_attempt(session.get("attempt"))
    if attempt is None:
        return begin_again()
    step = SecondStep(session.get("step", SecondStep.EMAIL))
    if request.method == "GET" or step is SecondStep.PASSKEY:
        return code_page()
    browser = cookies.browser()
    code = read_code(step, CodeForm().code.data or "")
    if code is None:
        return code_page(error=str(SHAPELESS[step]), status=422)
    try:
        judged = check_code(
            current_actor(),
            attempt,
            step=step,
            code=code,
            device=sessions.describe_device(request.user_agent.string),
            browser=browser,
            network=network_of(request.remote_addr),
        )
    except TooManyRequestsError as error:
        return code_page(error=too_many_words(error), status=429)
    if judged.check is not CodeCheck.RIGHT:
        locked = judged.check is CodeCheck.LOCKED
        words = "" if locked else refusal_words(judged.check, step, judged.tries_left)
        return code_page(error=words, status=422)
    return arrive(judged.token, browser, is_asked_for_more=is_asked_for_more(attempt.user))


def code_page(error: str = "", status: int = 200) -> ResponseReturnValue:
    """Show the page that waits for the second proof, with what was refused."""
    attempt = find_attempt(session.get("attempt"))
    if attempt is None:
        return begin_again()
    if is_locked(attempt):
        again = url_for("security.sign_in", suite=session.get("suite") or None)
        return render_template("security/locked.html", again=again), status
    step = SecondStep(session.get("step", SecondStep.EMAIL))
    sent = newest_code(CodePurpose.SIGN_IN, attempt) if step is SecondStep.EMAIL else None
    if step is SecondStep.EMAIL and sent is None:
        return redirect(url_for("security.choose_step"))
    page = render_template(
        "security/enter_code.html",
        form=CodeForm(formdata=None),
        step=step,
        has_other_ways=len(list_second_steps(attempt.user_id, strong_only=attempt.strong_only)) > 1,
        address=mask_email(attempt.user.email),
        zone=attempt.user.time_zone,
        site=get_site(),
        sent_at=sent.sent_at if sent else None,
        wait=wait_left(sent),
        error=error,
    )
    return page, status


def begin_again() -> ResponseReturnValue:
    """Say that too much time passed, on the first page."""
    flash(_("Your sign-in took too long. Please start again."), "warn")
    return redirect(url_for("security.sign_in", suite=session.get("suite") or None))


@bp.post("/deconnexion")
@public
def sign_out() -> ResponseReturnValue:
    actor, suite = current_actor(), SuiteForm().suite.data
    session_id = sessions.current_session_id()
    if not isinstance(actor, Anonymous) and session_id is not None:
        row = get_session_for(actor, session_id)
        if row is None:
            abort(404)
        end_session(actor, row)
    sessions.forget()
    answer = redirect(suite or url_for("security.sign_in"))
    # Not the cookies: this browser stays known, and keeps the identifier it was asked to keep.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
