"""Creating an account, one thing a page: name, address, password, terms, then the code.

The answers wait in the visitor's own signed cookie; the password never does: its hash is in a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from core import legal, wording
from core.authorization import INSTANCE, Anonymous
from core.errors import NotFoundError, TooManyRequestsError
from core.web import current_actor, public, safe_next
from security import cookies, sessions
from security.addresses import mask_email, network_of
from security.forms.refusals import SHAPELESS, refusal_words
from security.forms.sign_in import CodeForm
from security.forms.sign_up import SignUpAddressForm, SignUpNameForm, SignUpPasswordForm, TermsForm
from security.operations.codes import Judged, is_locked, read_digits, wait_left
from security.operations.invited_sign_up import (
    accept_terms_and_finish,
    choose_invited_password,
    prove_invited_address,
)
from security.operations.sign_up import (
    accept_terms,
    check_sign_up_code,
    request_sign_up_code,
    start_sign_up,
)
from security.queries import find_first_account_link, find_sign_up, newest_code
from security.views.blueprint import bp
from security.views.invited_sign_up import awaited_at, next_step
from security.views.sign_up_page import begin_again, sign_up_page
from security.views.waiting import too_many_words
from security.vocabulary import CodeCheck, CodePurpose, SecondStep

if TYPE_CHECKING:
    from security.models import SignUp

LONGEST_ADDRESS = 254


@bp.route("/inscription", methods=["GET", "POST"])
@public
def sign_up() -> ResponseReturnValue:
    form = _name_form()
    suite = form.suite.data
    if not isinstance(current_actor(), Anonymous):
        return redirect(suite or url_for("home.start"))
    if suite and awaited_at(suite) is not None:  # its address is known: it leads on from there
        return redirect(suite)
    if request.method == "GET":
        form.suite.data = suite or session.get("suite", "")
        form.email.data = request.args.get("email", "")[:LONGEST_ADDRESS]
        return sign_up_page("name", form)
    return _keep_name(form, suite=suite)


@bp.route("/premier-compte/<token>", methods=["GET", "POST"])
@public
def first_account(token: str) -> ResponseReturnValue:
    if find_first_account_link(token) is None:
        return render_template("security/first_account_over.html"), 404
    form = _name_form()
    if request.method == "GET":
        return sign_up_page("name", form, first=True)
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
        return sign_up_page("name", form, status=422, first=link is not None)
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
    if not _has_name():
        return redirect(url_for("security.sign_up"))
    form = SignUpAddressForm()
    if request.method == "GET":
        form.email.data = session.get("email", "")
        form.remember.data = session.get("remember", False)
        return sign_up_page("address", form)
    if not form.validate():
        return sign_up_page("address", form, status=422)
    session["email"] = (form.email.data or "").strip()[:LONGEST_ADDRESS]
    session["folded"] = form.email.folded
    session["remember"] = bool(form.remember.data)
    return redirect(url_for("security.sign_up_password"))


def _has_name() -> bool:
    return bool(session.get("given_name") or session.get("family_name"))


@bp.route("/inscription/mot-de-passe", methods=["GET", "POST"])
@public
def sign_up_password() -> ResponseReturnValue:
    pending = _address_first()
    folded = (pending.email if pending.proved_at else "") if pending else session.get("folded")
    if not folded or not _has_name():
        back = next_step(pending) if pending else url_for("security.sign_up_address")
        return redirect(back)
    form = SignUpPasswordForm()
    names = (session.get("given_name", ""), session.get("family_name", ""))
    form.product = current_app.config["ALVEOLE"].instance.name
    form.personal = (folded.partition("@")[0], *names)
    if request.method == "GET":
        return sign_up_page("password", form, invited=pending is not None)
    if not form.validate():
        return sign_up_page("password", form, status=422, invited=pending is not None)
    password, name = form.password.data or "", wording.full_name(*names)
    if pending is not None:
        choose_invited_password(current_actor(), pending, password=password, display_name=name)
        return redirect(url_for("security.sign_up_terms"))
    return _begin(form, folded, password, name)


def _begin(form: object, folded: str, password: str, name: str) -> ResponseReturnValue:
    locale = get_locale()
    try:
        session["sign_up"] = start_sign_up(
            current_actor(),
            INSTANCE,
            email=folded,
            password=password,
            display_name=name,
            locale=locale.language if locale else "fr",
            network=network_of(request.remote_addr),
            link=session.get("first_account") or None,
        )
    except TooManyRequestsError as error:
        return sign_up_page("password", form, status=429, refusal=too_many_words(error))
    except NotFoundError:
        return render_template("security/first_account_over.html"), 404
    return redirect(url_for("security.sign_up_terms"))


@bp.route("/inscription/conditions", methods=["GET", "POST"])
@public
def sign_up_terms() -> ResponseReturnValue:
    pending = find_sign_up(session.get("sign_up"))
    if pending is None or (pending.is_address_first and not pending.password_hash):
        return redirect(next_step(pending)) if pending else begin_again()
    form = TermsForm()
    terms = legal.read(legal.TERMS, current_app.config["ALVEOLE"].instance)
    if request.method == "GET":
        return sign_up_page("terms", form, terms=terms)
    if not form.validate():
        return sign_up_page("terms", form, status=422, terms=terms)
    if pending.is_address_first:
        return _finish_invited(pending, terms)
    return _ask_proof(pending, form, terms)


def _ask_proof(pending: SignUp, form: object, terms: legal.LegalText) -> ResponseReturnValue:
    try:
        accept_terms(current_actor(), pending, version=terms.version, digest=terms.digest)
    except TooManyRequestsError as error:
        return sign_up_page("terms", form, status=429, refusal=too_many_words(error), terms=terms)
    return redirect(url_for("security.prove_address"))


@bp.route("/inscription/code", methods=["GET", "POST"])
@public
def prove_address() -> ResponseReturnValue:
    pending = find_sign_up(session.get("sign_up"))
    if pending is None:
        return begin_again()
    elsewhere = _before_code(pending)
    if elsewhere is not None:
        return elsewhere
    if request.method == "GET":
        return _code_page()
    code = read_digits(CodeForm().code.data or "")
    if code is None:
        return _code_page(error=str(SHAPELESS[SecondStep.EMAIL]), status=422)
    browser = cookies.browser()
    if pending.is_address_first:
        judged = prove_invited_address(current_actor(), pending, code=code)
    else:
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
    is_whole = not pending.is_address_first
    return _arrive(judged, browser) if is_whole else redirect(url_for("security.invited_name"))


def _before_code(pending: SignUp) -> ResponseReturnValue | None:
    """Lead to what comes first, where no code is awaited."""
    if pending.proved_at is not None:
        return redirect(next_step(pending))
    if pending.terms_accepted_at is None and not pending.is_address_first:
        return redirect(url_for("security.sign_up_terms"))
    return None


def _address_first() -> SignUp | None:
    """Return the account in the making whose address an invitation gave, if this is one."""
    pending = find_sign_up(session.get("sign_up"))
    return pending if pending is not None and pending.is_address_first else None


def _finish_invited(pending: SignUp, terms: legal.LegalText) -> ResponseReturnValue:
    browser = cookies.browser()
    judged = accept_terms_and_finish(
        current_actor(),
        pending,
        version=terms.version,
        digest=terms.digest,
        browser=browser,
        device=sessions.describe_device(request.user_agent.string),
    )
    return _arrive(judged, browser) if judged.check is CodeCheck.RIGHT else begin_again()


def _arrive(judged: Judged, browser: str) -> ResponseReturnValue:
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
        return begin_again()
    elsewhere = _before_code(pending)
    if elsewhere is not None:
        return elsewhere
    suite = safe_next(session.get("suite")) or ""
    try:
        request_sign_up_code(current_actor(), pending, suite=suite)
    except TooManyRequestsError as error:
        return _code_page(error=too_many_words(error), status=429)
    return redirect(url_for("security.prove_address"))


def _code_page(error: str = "", status: int = 200) -> ResponseReturnValue:
    pending = find_sign_up(session.get("sign_up"))
    sent = newest_code(CodePurpose.SIGN_UP, pending) if pending else None
    if pending is None or sent is None:
        return begin_again()
    if is_locked(pending):
        again = url_for("security.sign_up", suite=session.get("suite") or None)
        return render_template("security/locked.html", again=again), status
    page = render_template(
        "security/prove_address.html",
        form=CodeForm(formdata=None),
        address=mask_email(pending.email) if pending.is_address_first else pending.email,
        invited=safe_next(session.get("suite")) if pending.is_address_first else None,
        zone=current_app.config["ALVEOLE"].instance.default_time_zone,
        sent_at=sent.sent_at,
        wait=wait_left(sent),
        error=error,
    )
    return page, status
