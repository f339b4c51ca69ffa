"""« Validez votre numéro de téléphone »: the number, then the code that it got."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core import sms
from core.errors import DomainError, TooManyRequestsError
from core.page_slots import Row
from core.web import safe_next, signed_in
from security import sessions
from security.addresses import network_of
from security.forms.account import PhoneForm
from security.operations.codes import channels_for
from security.operations.phone_proofs import (
    check_phone,
    keep_unproved_phone,
    request_phone_code,
    start_phone_proof,
)
from security.phones import show_phone
from security.queries import find_phone_proof
from security.views.blueprint import bp
from security.views.phone_code_page import Flow, read_code, refuse, show
from security.views.step_up import requires_fresh_proof
from security.views.waiting import too_many_words
from security.vocabulary import CodeChannel, CodeCheck, CodePurpose

if TYPE_CHECKING:
    from security.models import User
    from security.phone_proofs import PhoneProof

FLOW = Flow(
    purpose=CodePurpose.PHONE,
    back="security.phone",
    check="security.phone_code",
    text="security.text_phone_code",
    call="security.call_phone_code",
    mail=None,
)


def phone_row(actor: User) -> Row:
    is_proved = actor.phone_proved_at is not None
    return Row(
        url=url_for("security.phone"),
        label=_("Phone"),
        text=show_phone(actor.phone) if actor.phone else _("No number"),
        icon="smartphone",
        hue=5,
        state=_("Verified") if is_proved else _("Not verified"),
        kind="ok" if is_proved else "warn",
        state_icon="check" if is_proved else "circle-alert",
        section="connexion",
        rank=10,
    )


@bp.route("/compte/telephone", methods=["GET", "POST"])
@requires_fresh_proof
def phone() -> ResponseReturnValue:
    actor = signed_in()
    form = PhoneForm()
    if request.method == "GET":
        session["phone_next"] = safe_next(request.args.get("suite")) or ""
        number = session.pop("phone_typed", "") or actor.phone
        form.phone.data = show_phone(number) if number else ""
        return _page(form)
    if not form.validate():
        return _page(form), 422
    number = form.phone.number
    if number == actor.phone and actor.phone_proved_at is not None:
        flash(_("This number is already verified."), "ok")
        return _leave()
    return _send_first(form) if channels_for(number) else _keep_unproved(form)


def _send_first(form: PhoneForm) -> ResponseReturnValue:
    actor = signed_in()
    try:
        start_phone_proof(
            actor,
            actor,
            number=form.phone.number,
            session_id=sessions.current_session_id() or 0,
            network=network_of(request.remote_addr),
        )
    except TooManyRequestsError as error:
        page = _page(form, refusal=too_many_words(error))
        return page, 429, {"Retry-After": str(error.retry_after)}
    except DomainError as error:
        return _page(form, refusal=str(error.message)), error.status
    return redirect(url_for("security.phone_code"))


def _keep_unproved(form: PhoneForm) -> ResponseReturnValue:
    """Nothing reaches this number from here: it may be written to by people, and opens nothing."""
    actor = signed_in()
    if _can_send() and actor.phone_proved_at is not None:
        form.phone.errors = [_("We cannot send codes to numbers of this country.")]
        return _page(form), 422
    keep_unproved_phone(actor, actor, number=form.phone.number)
    flash(_("Your number is kept. It stays unverified: we cannot send it a code."), "warn")
    return _leave()


def _page(form: PhoneForm, *, refusal: str = "") -> str:
    actor = signed_in()
    return render_template(
        "security/phone.html",
        form=form,
        refusal=refusal,
        can_send=_can_send(),
        is_signing_up="inscription" in request.args,
        known=show_phone(actor.phone) if actor.phone else "",
        is_proved=actor.phone_proved_at is not None,
        suite=safe_next(session.get("phone_next")),
        later=safe_next(session.get("phone_next")) or url_for("home.account"),
    )


def _can_send() -> bool:
    return sms.can_text() or sms.can_call()


def _leave() -> ResponseReturnValue:
    return redirect(safe_next(session.pop("phone_next", "")) or url_for("home.account"))


@bp.route("/compte/telephone/code", methods=["GET", "POST"])
def phone_code() -> ResponseReturnValue:
    actor = signed_in()
    waiting = _waiting()
    if waiting is None:
        return _begin_again()
    if request.method == "GET":
        return show(FLOW, waiting)
    code = read_code()
    if code is None:
        return refuse(FLOW, waiting)
    judged = check_phone(actor, actor, waiting, code=code)
    if judged.check is not CodeCheck.RIGHT:
        return refuse(FLOW, waiting, judged)
    flash(_("Your phone number is verified."), "ok")
    return _leave()


@bp.post("/compte/telephone/code/sms")
def text_phone_code() -> ResponseReturnValue:
    return _send(CodeChannel.SMS)


@bp.post("/compte/telephone/code/appel")
def call_phone_code() -> ResponseReturnValue:
    return _send(CodeChannel.CALL)


@bp.get("/compte/telephone/aide")
def phone_help() -> ResponseReturnValue:
    return render_template("security/phone_help.html", can_call=sms.can_call())


def _send(channel: CodeChannel) -> ResponseReturnValue:
    actor = signed_in()
    waiting = _waiting()
    if waiting is None:
        return _begin_again()
    network = network_of(request.remote_addr)
    try:
        request_phone_code(actor, actor, waiting, channel=channel, network=network)
    except TooManyRequestsError as error:
        return show(FLOW, waiting, error=too_many_words(error), status=429)
    except DomainError as error:
        return show(FLOW, waiting, error=str(error.message), status=error.status)
    return redirect(url_for("security.phone_code"))


def _waiting() -> PhoneProof | None:
    session_id = sessions.current_session_id() or 0
    return find_phone_proof(signed_in(), session_id, CodePurpose.PHONE)


def _begin_again() -> ResponseReturnValue:
    flash(_("This took too long. Write your number again: you will get a new code."), "warn")
    return redirect(url_for("security.phone"))
