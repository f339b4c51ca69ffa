"""« Ce n'est pas moi »: the page that a warning leads to. Looking changes nothing."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from core.web import current_actor, public
from security import sessions
from security.addresses import mask_email
from security.operations.compromise import report_compromise
from security.queries import find_link
from security.views.blueprint import bp
from security.vocabulary import LinkPurpose


@bp.route("/ce-n-est-pas-moi/<token>")
@public
def not_me(token: str) -> ResponseReturnValue:
    link = find_link(token, LinkPurpose.NOT_ME)
    if link is None:
        return _over()
    return render_template(
        "security/not_me.html",
        token=token,
        address=mask_email(link.email),
        restores=link.email != link.user.email,
    )


@bp.post("/ce-n-est-pas-moi/<token>")
@public
def secure_account(token: str) -> ResponseReturnValue:
    link = find_link(token, LinkPurpose.NOT_ME)
    if link is None or not report_compromise(current_actor(), link):
        return _over()
    sessions.forget()
    return render_template("security/account_secured.html")


def _over() -> ResponseReturnValue:
    return render_template("security/not_me_over.html"), 404
