"""Signing in with a passkey: instead of the password and the code, or as the second step."""

from __future__ import annotations

from flask import jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import tokens
from core.authorization import INSTANCE, Anonymous
from core.errors import NotFoundError, TooManyRequestsError
from core.web import current_actor, public
from security import cookies, sessions
from security.addresses import network_of
from security.forms.fields import PasskeyAnswerForm
from security.forms.refusals import CLONED, refusal_words
from security.forms.sign_in import SignInForm
from security.operations.passkeys import (
    begin_second_step,
    begin_sign_in,
    check_passkey,
    sign_in_with_passkey,
)
from security.operations.strong_steps import is_asked_for_more
from security.queries import find_attempt
from security.views.arrival import arrive
from security.views.blueprint import bp
from security.views.sign_in import begin_again, code_page, sign_in_page
from security.views.waiting import too_many_words
from security.vocabulary import CodeCheck, SecondStep


@bp.post("/connexion/cle/options")
@public
def passkey_sign_in_options() -> ResponseReturnValue:
    visitor = tokens.new_token()
    network = network_of(request.remote_addr)
    options = begin_sign_in(current_actor(), INSTANCE, visitor=visitor, network=network)
    session["passkey"] = visitor
    return jsonify(options)


@bp.post("/connexion/cle")
@public
def passkey_sign_in() -> ResponseReturnValue:
    given = PasskeyAnswerForm()
    suite = given.suite.data
    if not isinstance(current_actor(), Anonymous):
        return redirect(suite or url_for("home.start"))
    browser = cookies.browser()
    judged = sign_in_with_passkey(
        current_actor(),
        answer=given.credential.data,
        visitor=session.pop("passkey", ""),
        browser=browser,
        device=sessions.describe_device(request.user_agent.string),
    )
    if judged.check is CodeCheck.RIGHT:
        session["suite"] = suite or ""
        return arrive(judged.token, browser, is_asked_for_more=False)
    refusal = _("This passkey was not accepted. Try again, or sign in with your password.")
    if judged.check is CodeCheck.CLONED:
        refusal = str(CLONED)
    form = SignInForm(formdata=None)
    form.suite.data = suite or ""
    return sign_in_page(form, refusal=refusal, status=422)


@bp.post("/connexion/code/cle/options")
@public
def second_step_options() -> ResponseReturnValue:
    attempt = find_attempt(session.get("attempt"))
    if attempt is None:
        raise NotFoundError
    return jsonify(begin_second_step(current_actor(), attempt))


@bp.post("/connexion/code/cle")
@public
def give_passkey() -> ResponseReturnValue:
    attempt = find_attempt(session.get("attempt"))
    if attempt is None:
        return begin_again()
    browser = cookies.browser()
    try:
        judged = check_passkey(
            current_actor(),
            attempt,
            answer=PasskeyAnswerForm().credential.data,
            browser=browser,
            device=sessions.describe_device(request.user_agent.string),
        )
    except TooManyRequestsError as error:
        return code_page(error=too_many_words(error), status=429)
    if judged.check is not CodeCheck.RIGHT:
        locked = judged.check is CodeCheck.LOCKED
        step = SecondStep.PASSKEY
        words = "" if locked else refusal_words(judged.check, step, judged.tries_left)
        return code_page(error=words, status=422)
    return arrive(judged.token, browser, is_asked_for_more=is_asked_for_more(attempt.user))
