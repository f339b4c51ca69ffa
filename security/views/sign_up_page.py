"""One page of creating an account, and beginning anew."""

from __future__ import annotations

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _


def sign_up_page(
    name: str, form: object, *, status: int = 200, refusal: str = "", **context: object
) -> ResponseReturnValue:
    """Show one of the pages, with what was refused."""
    context.setdefault("first", bool(session.get("first_account")))
    page = render_template(f"security/sign_up_{name}.html", form=form, refusal=refusal, **context)
    return page, status


def begin_again() -> ResponseReturnValue:
    """Say that too much time passed, on the first page."""
    flash(_("Your registration took too long. Please start again."), "warn")
    return redirect(url_for("security.sign_up", suite=session.get("suite") or None))
