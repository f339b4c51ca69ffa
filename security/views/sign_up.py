"""Creating an account: names, address and password, then the code that proves the address."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from core import clock
from core.authorization import INSTANCE, Anonymous
from core.errors import NotFoundError, TooManyRequestsError
from core.web import current_actor, public, safe_next
from security import email_codes, sessions
from security.addresses import network_of
from security.forms import SHAPELESS, CodeForm, SignUpForm, refusal_words
from security.operations.sign_up import (
    check_sign_up_code,
    request_sign_up_code,
    start_sign_up,
)
from security.queries import find_first_account_link, find_sign_up, newest_code
from security.views.blueprint import bp
from security.views.waiting import too_many_words
from security.vocabulary import CodeCheck, CodePurpose, SecondStep


@bp.route("/inscription", methods=["GET", "POST"])
@public
def sign_up() -> ResponseReturnValue:
    suite = safe_next(request.values.get("suite"))
    if not isinstance(current_actor(), Anonymous):
        return redirect(suite or url_for("home.start"))
    form = _form()
    if request.method == "GET":
        form.suite.data = suite or ""
        form.email.data = request.args.get("email", "")[:254]
        return _page(form)
    return _begin(form, suite=suite)


@bp.route("/premier-compte/<token>", methods=["GET", "POST"])
@public
def first_account(token: str) -> ResponseReturnValue:
    if find_first_account_link(token) is None:
        return render_template("security/first_account_over.html"), 404
    form = _form()
    if request.method == "GET":
        return _page(form, first=True)
    return _begin(form, suite=None, link=token)


def _form() -> SignUpForm:
    form = SignUpForm()
    form.product = current_app.config["ALVEOLE"].instance.name
    return form


def _page(form: SignUpForm, *, first: bool = False, refusal: str = "") -> str:
    return render_template("security/sign_up.html", form=form, first=first, refusal=refusal)


def _begin(form: SignUpForm, *, suite: str | None, link: str | None = None) -> ResponseReturnValue:
    first = link is not None
    if not form.validate():
        return _page(form, first=first), 422
    locale = get_locale()
    try:
        token = start_sign_up(
            current_actor(),
            INSTANCE,
            email=form.email.folded,
            password=form.password.data or "",
            display_name=form.display_name,
            locale=locale.language if locale else "fr",
            network=network_of(request.remote_addr),
            link=link,
        )
    except TooManyRequestsError as error:
        page = _page(form, first=first, refusal=too_many_words(error))
        return page, 429, {"Retry-After": str(error.retry_after)}
    except NotFoundError:
        return render_template("security/first_account_over.html"), 404
    session.clear()
    session["sign_up"] = token
    session["suite"] = suite or ""
    return redirect(url_for("security.prove_address"))


@bp.route("/inscription/code", methods=["GET", "POST"])
@public
def prove_address() -> ResponseReturnValue:
    pending = find_sign_up(session.get("sign_up"))
    if pending is None:
        return _begin_again()
    if request.method == "GET":
        return _code_page()
    code = email_codes.read_digits(CodeForm().code.data or "")
    if code is None:
        return _code_page(error=str(SHAPELESS[SecondStep.EMAIL]), status=422)
    judged = check_sign_up_code(
        current_actor(),
        pending,
        code=code,
        device=sessions.describe_device(request.user_agent.string),
    )
    if judged.check is not CodeCheck.RIGHT:
        locked = judged.check is CodeCheck.LOCKED
        left = judged.tries_left
        words = "" if locked else refusal_words(judged.check, SecondStep.EMAIL, left)
        return _code_page(error=words, status=422)
    suite = safe_next(session.get("suite"))
    sessions.start(judged.token)
    return redirect(suite or url_for("home.start"))


@bp.post("/inscription/code/envoi")
@public
def resend_sign_up_code() -> ResponseReturnValue:
    pending = find_sign_up(session.get("sign_up"))
    if pending is None:
        return _begin_again()
    try:
        request_sign_up_code(current_actor(), pending)
    except TooManyRequestsError as error:
        return _code_page(error=too_many_words(error), status=429)
    return redirect(url_for("security.prove_address"))


def _code_page(error: str = "", status: int = 200) -> ResponseReturnValue:
    pending = find_sign_up(session.get("sign_up"))
    sent = newest_code(CodePurpose.SIGN_UP, pending.id) if pending else None
    if pending is None or sent is None:
        return _begin_again()
    if pending.tries >= email_codes.MAX_TRIES:
        again = url_for("security.sign_up", suite=session.get("suite") or None)
        return render_template("security/locked.html", again=again), status
    page = render_template(
        "security/prove_address.html",
        form=CodeForm(formdata=None),
        address=pending.email,
        zone=current_app.config["ALVEOLE"].instance.default_time_zone,
        sent_at=sent.sent_at,
        wait=email_codes.wait_left(sent.sent_at, clock.now()),
        error=error,
    )
    return page, status


def _begin_again() -> ResponseReturnValue:
    flash(_("Your registration took too long. Please start again."), "warn")
    return redirect(url_for("security.sign_up", suite=session.get("suite") or None))
