"""How long the session still lasts, and staying a while longer."""

from __future__ import annotations

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from core.late_forms import page_of_the_form
from core.web import unattended
from security import sessions
from security.views.blueprint import bp


@bp.get("/session/reste")
@unattended
def session_left() -> ResponseReturnValue:
    """Answer the open page, which asks by itself: this prolongs nothing."""
    return {"ok": True, "left": sessions.seconds_left()}


@bp.post("/session/prolongation")
def prolong_session() -> ResponseReturnValue:
    """« Rester connecté »."""
    left = sessions.prolong()
    if left is None:
        abort(401)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "text/html":
        flash(_("You stay signed in."), "ok")
        return redirect(page_of_the_form())
    return {"ok": True, "left": left}
