"""A new password waits for the code that the telephone of the account got."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from core.errors import DomainError, NotFoundError, TooManyRequestsError
from core.web import signed_in
from security import cookies, sessions
from security.addresses import network_of
from security.operations.phone_proofs import (
    finish_password_change,
    request_mailed_code,
    request_phone_code,
)
from security.queries import find_phone_proof
from security.views.blueprint import bp
from security.views.phone_code_page import Flow, read_code, refuse, show
from security.views.waiting import too_many_words
from security.vocabulary import CodeChannel, CodeCheck, CodePurpose

if TYPE_CHECKING:
    from security.phone_proofs import PhoneProof

FLOW = Flow(
    purpose=CodePurpose.PASSWORD,
    back="security.settings",
    check="security.password_code",
    text="security.text_password_code",
    call="security.call_password_code",
    mail="security.mail_password_code",
)


@bp.route("/parametres/securite/mot-de-passe/code", methods=["GET", "POST"])
def password_code() -> ResponseReturnValue:
    actor = signed_in()
    waiting = _waiting()
    if waiting is None:
        return _begin_again()
    if request.method == "GET":
        return show(FLOW, waiting)
    code = read_code()
    if code is None:
        return refuse(FLOW, waiting)
    try:
        judged, ended = finish_password_change(
            actor, actor, waiting, code=code, browser=cookies.browser()
        )
    except NotFoundError:
        return _begin_again()
    if judged.check is not CodeCheck.RIGHT:
        return refuse(FLOW, waiting, judged)
    flash(password_changed_words(ended), "ok")
    return redirect(url_for("security.settings"))


@bp.post("/parametres/securite/mot-de-passe/code/sms")
def text_password_code() -> ResponseReturnValue:
    return _send(CodeChannel.SMS)


@bp.post("/parametres/securite/mot-de-passe/code/appel")
def call_password_code() -> ResponseReturnValue:
    return _send(CodeChannel.CALL)


@bp.post("/parametres/securite/mot-de-passe/code/e-mail")
def mail_password_code() -> ResponseReturnValue:
    return _send(None)


def password_changed_words(ended: int) -> str:
    """Say that it is done, and how many other devices have to sign in again."""
    said = str(_("Your password is updated."))
    if ended:
        said += " " + ngettext(
            "%(num)d other device was signed out.", "%(num)d other devices were signed out.", ended
        )
    return said


def _send(channel: CodeChannel | None) -> ResponseReturnValue:
    actor = signed_in()
    waiting = _waiting()
    if waiting is None:
        return _begin_again()
    try:
        if channel is None:
            request_mailed_code(actor, actor, waiting)
        else:
            network = network_of(request.remote_addr)
            request_phone_code(actor, actor, waiting, channel=channel, network=network)
    except TooManyRequestsError as error:
        return show(FLOW, waiting, error=too_many_words(error), status=429)
    except DomainError as error:
        return show(FLOW, waiting, error=str(error.message), status=error.status)
    return redirect(url_for("security.password_code"))


def _waiting() -> PhoneProof | None:
    session_id = sessions.current_session_id() or 0
    return find_phone_proof(signed_in(), session_id, CodePurpose.PASSWORD)


def _begin_again() -> ResponseReturnValue:
    flash(_("This took too long. Your password has not changed: please start again."), "warn")
    return redirect(url_for("security.settings"))
