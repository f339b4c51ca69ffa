"""One's passkeys: making, naming and removing them."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.web import signed_in
from security import sessions
from security.errors import LastStrongStepError
from security.forms.account import NewPasskeyForm, PasskeyForm
from security.operations.passkeys import (
    MOST,
    begin_passkey,
    for_session,
    get_site,
)
from security.operations.passkeys import (
    add_passkey as keep,
)
from security.operations.passkeys import (
    remove_passkey as remove,
)
from security.operations.passkeys import (
    rename_passkey as rename,
)
from security.queries import get_passkey_for, list_passkeys
from security.views.blueprint import bp
from security.views.step_up import requires_fresh_proof


@bp.get("/parametres/securite/cles")
def passkeys() -> ResponseReturnValue:
    keys = list_passkeys(signed_in().id)
    return render_template("security/passkeys.html", keys=keys, may_add=len(keys) < MOST)


@bp.get("/parametres/securite/cles/nouvelle")
@requires_fresh_proof
def new_passkey() -> ResponseReturnValue:
    return _new_page(PasskeyForm())


def _new_page(form: PasskeyForm, *, refusal: str = "", status: int = 200) -> ResponseReturnValue:
    site = get_site()
    elsewhere = None
    if site is not None and urlsplit(request.host_url).hostname != site.id:
        elsewhere = f"{site.origin}{url_for('security.new_passkey')}"
    page = render_template(
        "security/new_passkey.html", form=form, refusal=refusal, site=site, elsewhere=elsewhere
    )
    return page, status


@bp.post("/parametres/securite/cles/options")
@requires_fresh_proof
def passkey_options() -> ResponseReturnValue:
    actor = signed_in()
    bound_to = for_session(sessions.current_session_secret())
    return jsonify(begin_passkey(actor, actor, bound_to=bound_to))


@bp.post("/parametres/securite/cles")
@requires_fresh_proof
def add_passkey() -> ResponseReturnValue:
    actor = signed_in()
    form = NewPasskeyForm()
    if not form.validate():
        return _new_page(form, status=422)
    answer = form.credential.data
    bound_to = for_session(sessions.current_session_secret())
    kept = answer is not None and keep(
        actor, actor, answer=answer, name=form.name.data or "", bound_to=bound_to
    )
    if not kept:
        refusal = _("The passkey could not be added: it took too long, or it was refused.")
        return _new_page(form, refusal=refusal, status=422)
    flash(_("Your passkey is ready: you can sign in with it."), "ok")
    return redirect(url_for("security.passkeys"))


@bp.get("/parametres/securite/cles/<int:passkey_id>")
def passkey(passkey_id: int) -> ResponseReturnValue:
    return _page(passkey_id, PasskeyForm())


def _page(
    passkey_id: int, form: PasskeyForm, *, refusal: str = "", status: int = 200
) -> ResponseReturnValue:
    key = get_passkey_for(signed_in(), passkey_id)
    if key is None:
        abort(404)
    if request.method == "GET":
        form.name.data = key.name
    return render_template("security/passkey.html", key=key, form=form, refusal=refusal), status


@bp.post("/parametres/securite/cles/<int:passkey_id>")
def rename_passkey(passkey_id: int) -> ResponseReturnValue:
    actor = signed_in()
    form = PasskeyForm()
    if not form.validate():
        return _page(passkey_id, form, status=422)
    rename(actor, actor, passkey_id=passkey_id, name=form.name.data or "")
    flash(_("The name is saved."), "ok")
    return redirect(url_for("security.passkeys"))


@bp.post("/parametres/securite/cles/<int:passkey_id>/retrait")
@requires_fresh_proof
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    actor = signed_in()
    try:
        remove(actor, actor, passkey_id=passkey_id)
    except LastStrongStepError as error:
        key = get_passkey_for(actor, passkey_id)
        form = PasskeyForm(formdata=None, obj=key)
        return _page(passkey_id, form, refusal=str(error.message), status=error.status)
    flash(_("The passkey is removed. You can delete it from your device too."), "ok")
    return redirect(url_for("security.passkeys"))
