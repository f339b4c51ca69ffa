"""Creating an account, one thing a page: name, address, password, terms, then the code.

The answers wait in the visitor's own signed cookie; the password never does: its hash is in a row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from core import clock, legal
from core.authorization import INSTANCE, Anonymous
from core.errors import NotFoundError, TooManyRequestsError
from core.page_slots import filled
from core.web import current_actor, public, safe_next
from security import cookies, email_codes, sessions
from security.addresses import network_of
from security.forms.refusals import SHAPELESS, refusal_words
from security.forms.sign_in import CodeForm
from security.forms.sign_up import SignUpAddressForm, SignUpNameForm, SignUpPasswordForm, TermsForm
from security.operations.sign_up import (
    accept_terms,
    check_sign_up_code,
    request_sign_up_code,
    start_sign_up,
)
from security.queries import find_first_account_link, find_sign_up, newest_code
from security.views.blueprint import bp
from security.views.waiting import too_many_words
from security.vocabulary import CodeCheck, CodePurpose, SecondStep

LONGEST_ADDRESS = 254


@bp.route("/inscription", methods=["GET", "POST"])
@public
def sign_up() -> ResponseReturnValue:
    suite = safe_next(request.values.get("suite"))
    if not isinstance(current_actor(), Anonymous):
        return redirect(suite or url_for("home.start"))
    form = _name_form()
    if request.method == "GET":
        form.suite.data = suite or session.get("suite", "")
        form.email.data = request.args.get("email", "")[:LONGEST_ADDRESS]
        return _page("name", form)
    return _keep_name(form, suite=suite)


@bp.route("/premier-compte/<token>", methods=["GET", "POST"])
@public
def first_account(token: str) -> ResponseReturnValue:
    if find_first_account_link(token) is None:
        return render_template("security/first_account_over.html"), 404
    form = _name_form()
    if request.method == "GET":
        return _page("name", form, first=True)
    return _keep_name(form, suite=None, link=token)


def _name_form() -> SignUpNameForm:
    form = SignUpNameForm()
    if request.method == "GET":
        form.given_name.data = session.get("given_name", "")
        form.family_name.data = session.get("family_name", "")
    return form


def _keep_name(
    form: SignUpNameForm, *, suite: str | None, link: str | None = None
) -> ResponseReturnValue:
    if not form.validate():
        return _page("name", form, status=422, first=link is not None)
    kept = {"email": session.get("email", ""), "remember": session.get("remember", False)}
    session.clear()
    session.update(kept, given_name=form.given_name.data, family_name=form.family_name.data)
    session["suite"] = suite or ""
    session["first_account"] = link or ""
    suggested = (form.email.data or "")[:LONGEST_ADDRESS]
    if suggested:
        session["email"] = suggested
    return redirect(url_for("security.sign_up_address"))


@bp.route("/inscription/adresse", methods=["GET", "POST"])
@public
def sign_up_address() -> ResponseReturnValue:
    if not session.get("given_name"):
        return redirect(url_for("security.sign_up"))
    form = SignUpAddressForm()
    awaited, matches = _awaited_address()
    if request.method == "GET":
        form.email.data = session.get("email", "")
        form.remember.data = session.get("remember", False)
        return _page("address", form, awaited=awaited)
    if not form.validate():
        return _page("address", form, status=422, awaited=awaited)
    try:
        is_right = not awaited or matches(form.email.folded)
    except TooManyRequestsError as error:
        refusal = too_many_words(error)
        return _page("address", form, status=429, refusal=refusal, awaited=awaited)
    if not is_right:
        form.email.errors = [
            _("Your invitation was sent to %(address)s. Use that address.", address=awaited)
        ]
        return _page("address", form, status=422, awaited=awaited)
    session["email"] = (form.email.data or "").strip()[:LONGEST_ADDRESS]
    session["folded"] = form.email.folded
    session["remember"] = bool(form.remember.data)
    return redirect(url_for("security.sign_up_password"))


def _awaited_address() -> tuple[str, Callable[[str], bool]]:
    """Return the masked address that the page one comes from was meant for, and its check.

    A package above knows; an account with another address could not use what was sent.
    """
    found = filled("address_awaited", session.get("suite") or "")
    return found[0] if found else ("", lambda _email: True)


@bp.route("/inscription/mot-de-passe", methods=["GET", "POST"])
@public
def sign_up_password() -> ResponseReturnValue:
    folded = session.get("folded")
    if not folded or not session.get("given_name"):
        return redirect(url_for("security.sign_up_address"))
    form = SignUpPasswordForm()
    names = (session["given_name"], session.get("family_name", ""))
    form.product = current_app.config["ALVEOLE"].instance.name
    form.personal = (folded.partition("@")[0], *names)
    if request.method == "GET":
        return _page("password", form)
    if not form.validate():
        return _page("password", form, status=422)
    locale = get_locale()
    try:
        session["sign_up"] = start_sign_up(
            current_actor(),
            INSTANCE,
            email=folded,
            password=form.password.data or "",
            display_name=" ".join(names),
            locale=locale.language if locale else "fr",
            network=network_of(request.remote_addr),
            link=session.get("first_account") or None,
        )
    except TooManyRequestsError as error:
        return _page("password", form, status=429, refusal=too_many_words(error))
    except NotFoundError:
        return render_template("security/first_account_over.html"), 404
    return redirect(url_for("security.sign_up_terms"))


@bp.route("/inscription/conditions", methods=["GET", "POST"])
@public
def sign_up_terms() -> ResponseReturnValue:
    pending = find_sign_up(session.get("sign_up"))
    if pending is None:
        return _begin_again()
    form = TermsForm()
    terms = legal.read(legal.TERMS, current_app.config["ALVEOLE"].instance)
    if request.method == "GET":
        return _page("terms", form, terms=terms)
    if not form.validate():
        return _page("terms", form, status=422, terms=terms)
    try:
        accept_terms(current_actor(), pending, version=terms.version, digest=terms.digest)
    except TooManyRequestsError as error:
        return _page("terms", form, status=429, refusal=too_many_words(error), terms=terms)
    return redirect(url_for("security.prove_address"))


def _page(
    name: str, form: object, *, status: int = 200, refusal: str = "", **context: Any
) -> ResponseReturnValue:
    context.setdefault("first", bool(session.get("first_account")))
    page = render_template(f"security/sign_up_{name}.html", form=form, refusal=refusal, **context)
    return page, status


@bp.route("/inscription/code", methods=["GET", "POST"])
@public
def prove_address() -> ResponseReturnValue:
    pending = find_sign_up(session.get("sign_up"))
    if pending is None:
        return _begin_again()
    if pending.terms_accepted_at is None:
        return redirect(url_for("security.sign_up_terms"))
    if request.method == "GET":
        return _code_page()
    code = email_codes.read_digits(CodeForm().code.data or "")
    if code is None:
        return _code_page(error=str(SHAPELESS[SecondStep.EMAIL]), status=422)
    browser = cookies.browser()
    judged = check_sign_up_code(
        current_actor(),
        pending,
        code=code,
        browser=browser,
        device=sessions.describe_device(request.user_agent.string),
    )
    if judged.check is not CodeCheck.RIGHT:
        locked = judged.check is CodeCheck.LOCKED
        left = judged.tries_left
        words = "" if locked else refusal_words(judged.check, SecondStep.EMAIL, left)
        return _code_page(error=words, status=422)
    suite = safe_next(session.get("suite"))
    typed = session.get("email", "") if session.get("remember") else ""
    sessions.start(judged.token)
    answer = redirect(url_for("security.data_information", suite=suite))
    cookies.keep_browser(answer, browser)
    if typed:
        cookies.remember_identifier(answer, typed)
    return answer


@bp.post("/inscription/code/envoi")
@public
def resend_sign_up_code() -> ResponseReturnValue:
    pending = find_sign_up(session.get("sign_up"))
    if pending is None:
        return _begin_again()
    if pending.terms_accepted_at is None:
        return redirect(url_for("security.sign_up_terms"))
    try:
        request_sign_up_code(current_actor(), pending)
    except TooManyRequestsError as error:
        return _code_page(error=too_many_words(error), status=429)
    return redirect(url_for("security.prove_address"))


def _code_page(error: str = "", status: int = 200) -> ResponseReturnValue:
    pending = find_sign_up(session.get("sign_up"))
    sent = newest_code(CodePurpose.SIGN_UP, pending) if pending else None
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
