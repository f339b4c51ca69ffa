"""« Aider à retrouver l'accès »: the page that administrators of any kind share."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core import rate_limit
from core.errors import TooManyRequestsError
from core.web import signed_in
from security.forms.recovery import VouchForm
from security.operations import brakes
from security.views.waiting import too_many_words
from security.vocabulary import IdentityCheck


def help_page(
    name: str, *, vouch: Callable[[IdentityCheck], str], back: str
) -> ResponseReturnValue:
    """Ask how the identity was checked, then show the code once, by this very answer."""
    form = VouchForm()
    if request.method == "GET":
        return render_template("security/vouch.html", form=form, name=name, back_url=back)
    if not form.validate():
        return render_template("security/vouch.html", form=form, name=name, back_url=back), 422
    try:
        rate_limit.hit(brakes.VOUCHED_CODES, str(signed_in().id))
    except TooManyRequestsError as error:
        refusal = too_many_words(error)
        page = render_template(
            "security/vouch.html", form=form, name=name, back_url=back, refusal=refusal
        )
        return page, 429
    code = vouch(IdentityCheck(form.how.data))
    return render_template("security/vouched.html", code=code, name=name, back_url=back)
