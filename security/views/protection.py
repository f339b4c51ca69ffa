"""« Protégez l'espace de votre équipe »: an app or a passkey for those who answer for others."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.web import safe_next, signed_in
from security import sessions
from security.operations.passkeys import get_site
from security.operations.strong_steps import is_asked_for_more, must_be_strong
from security.views.blueprint import bp

ALLOWED = {
    "static",
    "security.protect",
    "security.sign_out",
    "security.step_up",
    "security.session_left",
    "security.prolong_session",
    "security.authenticator",
    "security.prepare_authenticator",
    "security.passkeys",
    "security.new_passkey",
    "security.passkey_options",
    "security.add_passkey",
}
"""What a session that lacks its strong step still reaches: ways to add one, and the way out."""


@bp.before_app_request
def confine() -> ResponseReturnValue | None:
    """Open nothing else before the step that the person's role needs."""
    if not sessions.lacks_strong_step() or request.endpoint in ALLOWED | {None}:
        return None
    if request.method != "GET":
        abort(403)
    return redirect(url_for("security.protect", suite=request.full_path.rstrip("?")))


@bp.get("/connexion/protection")
def protect() -> ResponseReturnValue:
    actor = signed_in()
    suite = safe_next(request.args.get("suite")) or url_for("home.start")
    if not is_asked_for_more(actor):
        return redirect(suite)
    return render_template(
        "security/protect.html",
        suite=suite,
        compulsory=must_be_strong(actor),
        passkeys_possible=get_site() is not None,
    )
