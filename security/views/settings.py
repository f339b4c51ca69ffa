"""« Sécurité »: the password, the second step and the devices that are signed in."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from core.errors import DomainError, TooManyRequestsError
from core.web import signed_in
from security import cookies, sessions
from security.addresses import network_of
from security.backup_codes import COUNT as BACKUP_CODES
from security.errors import ProofNeededError
from security.forms.account import ChangePasswordForm
from security.forms.refusals import WRONG_PASSWORD
from security.live_sessions import get_session_for, list_sessions_of
from security.operations.phone_proofs import needs_confirmation, start_password_change
from security.operations.second_steps import (
    Proof,
    change_password,
    hash_new_password,
    make_backup_codes,
    proof_of_session,
    prove_password,
    replace_backup_codes,
)
from security.operations.sessions import end_other_sessions, end_session
from security.queries import get_authenticator, list_backup_codes, list_passkeys
from security.views.blueprint import bp
from security.views.password_code import password_changed_words
from security.views.step_up import remember_proof, requires_fresh_proof
from security.views.waiting import too_many_words


@bp.get("/parametres/securite")
def settings() -> ResponseReturnValue:
    return _page(_form(), status=200)


def _form() -> ChangePasswordForm:
    actor = signed_in()
    form = ChangePasswordForm()
    form.product = current_app.config["ALVEOLE"].instance.name
    form.personal = (actor.email, actor.display_name)
    return form


def _page(form: ChangePasswordForm, *, refusal: str = "", status: int) -> ResponseReturnValue:
    actor = signed_in()
    application = get_authenticator(actor.id)
    codes = list_backup_codes(actor.id)
    page = render_template(
        "security/settings.html",
        form=form,
        refusal=refusal,
        codes_left=sum(code.used_at is None for code in codes),
        codes_count=BACKUP_CODES,
        codes_made_at=codes[0].created_at if codes else None,
        app_enabled=application is not None and application.enabled_at is not None,
        devices=list_sessions_of(actor),
        passkeys=len(list_passkeys(actor.id)),
        current_id=sessions.current_session_id(),
    )
    return page, status


@bp.post("/parametres/securite/mot-de-passe")
def update_password() -> ResponseReturnValue:
    actor = signed_in()
    form = _form()
    is_valid, proof = form.validate(), None
    try:
        if not form.current.errors:
            proof = prove_password(actor, form.current.data or "")
    except TooManyRequestsError as error:
        return _page(form, refusal=too_many_words(error), status=429)
    if proof is None and not form.current.errors:
        form.current.errors = [WRONG_PASSWORD]
    if proof is None or not is_valid:
        return _page(form, status=422)
    remember_proof()
    new_hash = hash_new_password(form.new.data or "")
    if needs_confirmation(actor):
        return _ask_the_telephone(form, proof, new_hash)
    ended = change_password(
        actor,
        actor,
        proof=proof,
        new_hash=new_hash,
        keep=sessions.current_session_id(),
        browser=cookies.browser(),
    )
    flash(password_changed_words(ended), "ok")
    return redirect(url_for("security.settings"))


def _ask_the_telephone(
    form: ChangePasswordForm, proof: Proof, new_hash: str
) -> ResponseReturnValue:
    actor = signed_in()
    try:
        start_password_change(
            actor,
            actor,
            proof=proof,
            new_hash=new_hash,
            session_id=sessions.current_session_id() or 0,
            network=network_of(request.remote_addr),
        )
    except TooManyRequestsError as error:
        return _page(form, refusal=too_many_words(error), status=429)
    except DomainError as error:
        return _page(form, refusal=str(error.message), status=error.status)
    return redirect(url_for("security.password_code"))


@bp.route("/parametres/securite/codes-de-secours", methods=["GET", "POST"])
@requires_fresh_proof
def backup_codes() -> ResponseReturnValue:
    actor = signed_in()
    if request.method == "GET":
        had_some = bool(list_backup_codes(actor.id))
        return render_template("security/backup_codes_confirm.html", had_some=had_some)
    proof = proof_of_session(actor, sessions.current_session_id())
    if proof is None:
        raise ProofNeededError
    shown, hashes = make_backup_codes(actor)
    replace_backup_codes(actor, actor, proof=proof, hashes=hashes)
    made_at = list_backup_codes(actor.id)[0].created_at
    # Shown by this very answer and never again: no address leads here.
    return render_template("security/backup_codes.html", codes=shown, made_at=made_at)


@bp.post("/parametres/securite/appareils/<int:session_id>/deconnexion")
def end_device(session_id: int) -> ResponseReturnValue:
    row = get_session_for(signed_in(), session_id)
    if row is None:
        abort(404)
    end_session(signed_in(), row)
    if session_id == sessions.current_session_id():
        sessions.forget()
        return redirect(url_for("security.sign_in"))
    flash(_("This device is signed out."), "ok")
    return redirect(url_for("security.settings"))


@bp.post("/parametres/securite/appareils/deconnexion")
def end_other_devices() -> ResponseReturnValue:
    actor = signed_in()
    ended = end_other_sessions(actor, actor, keep=sessions.current_session_id())
    flash(
        ngettext("%(num)d device was signed out.", "%(num)d devices were signed out.", ended),
        "ok",
    )
    return redirect(url_for("security.settings"))
