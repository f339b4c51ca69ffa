"""« Je n'ai plus accès »: what is left, and the code that an administrator reads out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from core.errors import TooManyRequestsError
from core.web import current_actor, public
from security import cookies, sessions
from security.forms.refusals import SHAPELESS, refusal_words
from security.forms.sign_in import CodeForm
from security.operations.codes import is_locked
from security.operations.kept_codes import read_code
from security.operations.sign_in import check_code
from security.operations.strong_steps import is_asked_for_more
from security.queries import find_attempt, newest_vouched_code
from security.views.arrival import arrive
from security.views.blueprint import bp
from security.views.waiting import too_many_words
from security.vocabulary import CodeCheck, SecondStep

if TYPE_CHECKING:
    from security.models import SignInAttempt


@bp.route("/connexion/acces-perdu", methods=["GET", "POST"])
@public
def lost_access() -> ResponseReturnValue:
    if request.method == "GET":
        return _page()
    attempt = find_attempt(session.get("attempt"))
    if attempt is None:
        return redirect(url_for("security.lost_access"))
    return _give_code(attempt)


def _give_code(attempt: SignInAttempt) -> ResponseReturnValue:
    step = SecondStep.VOUCHED
    code = read_code(step, CodeForm().code.data or "")
    if code is None:
        return _page(error=str(SHAPELESS[step]), status=422)
    browser = cookies.browser()
    try:
        judged = check_code(
            current_actor(),
            attempt,
            step=step,
            code=code,
            device=sessions.describe_device(request.user_agent.string),
            browser=browser,
        )
    except TooManyRequestsError as error:
        return _page(error=too_many_words(error), status=429)
    if judged.check is CodeCheck.RIGHT:
        return arrive(judged.token, browser, is_asked_for_more=is_asked_for_more(attempt.user))
    if judged.check is CodeCheck.WAITS:
        waiting = newest_vouched_code(attempt.user_id)
        return render_template(
            "security/vouched_waiting.html",
            due_at=waiting.due_at if waiting else None,
            zone=attempt.user.time_zone,
        )
    locked = judged.check is CodeCheck.LOCKED
    words = "" if locked else refusal_words(judged.check, step, judged.tries_left)
    return _page(error=words, status=422)


def _page(*, error: str = "", status: int = 200) -> ResponseReturnValue:
    attempt = find_attempt(session.get("attempt"))
    if attempt is not None and is_locked(attempt):
        return render_template("security/locked.html", again=url_for("security.sign_in")), status
    page = render_template(
        "security/lost_access.html",
        has_attempt=attempt is not None,
        step=SecondStep.VOUCHED,
        error=error,
    )
    return page, status
