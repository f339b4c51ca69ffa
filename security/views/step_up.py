"""« Est-ce bien vous ? »: the password once more, before what an open page must not change."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import typed_text
from core.errors import TooManyRequestsError
from core.web import safe_next, signed_in
from security import sessions
from security.errors import ProofNeededError
from security.forms.account import StepUpForm
from security.forms.refusals import WRONG_PASSWORD
from security.live_sessions import get_session_for
from security.operations.second_steps import prove_password
from security.operations.sessions import renew_session
from security.views.blueprint import bp
from security.views.waiting import too_many_words

P = ParamSpec("P")
OWN_FIELDS = "step_up_"


def requires_fresh_proof(
    view: Callable[P, ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Let the view run only within ten minutes of a proof; otherwise ask for one, then return.

    What was typed into a form comes back to the view once the proof is given.
    """

    @wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if sessions.is_fresh():
            return view(*args, **kwargs)
        target = request.full_path.rstrip("?")
        if request.method == "GET":
            return redirect(url_for("security.step_up", suite=target))
        if request.is_json:
            raise ProofNeededError
        return _page(StepUpForm(formdata=None), target=target, again=True), 403

    run.needs_fresh_proof = True  # type: ignore[attr-defined]
    return run


def remember_proof() -> None:
    """The password was judged right on a page of its own: nobody asks for it again just now."""
    actor = signed_in()
    row = get_session_for(actor, sessions.current_session_id() or 0)
    if row is not None:
        sessions.start(renew_session(actor, row))


@bp.route("/confirmer", methods=["GET", "POST"])
def step_up() -> ResponseReturnValue:
    if request.method == "GET":
        target = safe_next(request.args.get("suite")) or url_for("security.settings")
        if sessions.is_fresh():
            return redirect(target)
        return _page(StepUpForm(formdata=None), target=target, again=False)
    return _confirm(StepUpForm())


def _confirm(form: StepUpForm) -> ResponseReturnValue:
    target = safe_next(form.step_up_target.data) or url_for("security.settings")
    again = form.step_up_again.data == "1" and not target.startswith(url_for("security.step_up"))
    actor = signed_in()
    row = get_session_for(actor, sessions.current_session_id() or 0)
    if not form.validate() or row is None:
        return _page(form, target=target, again=again), 422
    try:
        proof = prove_password(actor, form.step_up_password.data or "")
    except TooManyRequestsError as error:
        page = _page(form, target=target, again=again, refusal=too_many_words(error))
        return page, 429, {"Retry-After": str(error.retry_after)}
    if proof is None:
        form.step_up_password.errors = [WRONG_PASSWORD]
        return _page(form, target=target, again=again), 422
    sessions.start(renew_session(actor, row))
    # 307 has the browser send the same form on, with what the page kept of it.
    return redirect(target, 307 if again else 302)


def _page(form: StepUpForm, *, target: str, again: bool, refusal: str = "") -> str:
    return render_template(
        "security/step_up.html",
        form=form,
        target=target,
        again=again,
        kept=_kept() if again else [],
        refusal=refusal,
    )


def _kept() -> list[tuple[str, str]]:
    """What proves who somebody is never goes back into a page: it asks for it again by itself."""
    return [field for field in typed_text.open_fields() if not field[0].startswith(OWN_FIELDS)]
