"""One translation of every refusal and fault into a page, or into data for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import structlog
from flask import Flask, Response, current_app, render_template, request
from flask.globals import request_ctx
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from core import accounts, body_limits, database_faults, late_forms, numbering, typed_text
from core.database_faults import FAULT
from core.errors import (
    DatabaseAwayError,
    DomainError,
    TooManyRequestsError,
    UnavailableError,
    UncertainError,
)
from core.transaction import end_reading
from core.transaction_state import is_act_kept

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

log = structlog.get_logger(__name__)
PAGES = frozenset({400, 403, 404, 409, 413, 429, 500, 503})
KEEPS_WORDS = frozenset({409, 422, 429, 503})
"""What these refuse was sent by a page of ours: the words come back with the refusal."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""What only looks: whatever was noted on the way, it may always be asked again."""
BODILESS_HEADERS = frozenset({"content-type", "content-length"})


def wants_json() -> bool:
    """Say whether a program asks, which reads data and not pages."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" or request.is_json


def init_app(app: Flask) -> None:
    """Let every refusal and every fault come here."""
    app.register_error_handler(CSRFError, _refuse_forgery)
    app.register_error_handler(DomainError, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(Exception, _break)


def _refuse(error: DomainError) -> ResponseReturnValue:
    if isinstance(error, UnavailableError):
        return _refuse_for_now(error)
    wait = error.retry_after if isinstance(error, TooManyRequestsError) else None
    return _error_answer(error.status, str(error.message), error.code, retry_after=wait)


def _refuse_for_now(error: UnavailableError | DatabaseAwayError) -> ResponseReturnValue:
    """Give the words back, and the way to send them again where that can do nothing twice."""
    if isinstance(error, DatabaseAwayError):
        if request.method not in SAFE:
            error = database_faults.told(error)
        request.environ[FAULT] = error
    end_reading()
    is_uncertain = isinstance(error, UncertainError)
    page = typed_text.of_request(is_uncertain=is_uncertain)
    is_repeatable = not is_uncertain or request.method in SAFE or typed_text.has_key()
    wait = error.retry_after if is_repeatable else None  # programs obey it without reading
    return _error_answer(503, str(error.message), error.code, retry_after=wait, typed=page)


def _refuse_http(error: HTTPException) -> ResponseReturnValue:
    fault = getattr(error, "original_exception", None)
    if fault is not None:  # what failed after the view: while saving the session, in a late hook
        return _break(fault)
    if error.response is not None or (error.code or 500) < 400:  # noqa: PLR2004
        return error.get_response()
    if request_ctx.url_adapter is None:  # under a name that is not ours no page has an address
        return _bare(error)
    if error.code == 401:  # noqa: PLR2004
        return _refuse_signed_out()
    message = _limits() if isinstance(error, RequestEntityTooLarge) else ""
    answer = _error_answer(error.code or 500, message, error.name.lower().replace(" ", "_"))
    if isinstance(error, RequestEntityTooLarge):
        body_limits.drain(request.environ)
    for name, value in error.get_headers(request.environ):
        if name.lower() not in BODILESS_HEADERS:
            answer.headers.setdefault(name, value)
    return answer


def _limits() -> str:
    view = current_app.view_functions.get(request.endpoint or "")
    if body_limits.large_kind(view):
        return str(_("10 MB at most for a file. Nothing was saved."))
    words = _(
        "This page takes %(kilobytes)s kB and %(fields)s answers at most. Nothing was saved.",
        kilobytes=body_limits.MOST_BYTES // 1000,
        fields=body_limits.MOST_FIELDS,
    )
    return str(words)


def _refuse_forgery(_error: CSRFError) -> ResponseReturnValue:
    view = current_app.view_functions.get(request.endpoint or "")
    signed_in = late_forms.signed_in_id()
    if accounts.is_of_another(signed_in):
        return _refuse_other_account()
    if not getattr(view, "is_public", False) and signed_in is None:
        return _refuse_signed_out()  # without a session no token can be right
    words = (late_forms.KEPT_PAGE, late_forms.OLD_PAGE)
    return _keep_and_refuse(403, "expired_form", words, page="expired_form")


def _refuse_other_account() -> ResponseReturnValue:
    """Somebody else is signed in by now: nothing is done in their name, nothing shown to them."""
    words = (late_forms.KEPT_FOR_THE_OTHER, late_forms.OTHER_ACCOUNT)
    return _keep_and_refuse(409, "account_changed", words, page="other_account")


def _refuse_signed_out() -> ResponseReturnValue:
    words = (late_forms.KEPT_SIGNED_OUT, late_forms.SIGNED_OUT)
    return _keep_and_refuse(401, "signed_out", words, page="signed_out")


def _keep_and_refuse(
    status: int, code: str, words: tuple[object, object], *, page: str
) -> ResponseReturnValue:
    """Keep what was typed; the first words say so, the second that there was nothing to keep."""
    token = late_forms.keep_what_was_typed()
    answer = _error_answer(status, str(words[0] if token else words[1]), code, page=page)
    return late_forms.hand_over(answer, token)


def _break(error: Exception) -> ResponseReturnValue:
    unavailable = database_faults.translate(error)
    if unavailable is not None:
        return _refuse_for_now(unavailable)
    if isinstance(error, DomainError):
        return _refuse(error)
    log.error("unexpected_error", exc_info=error)
    is_after = request.method not in SAFE and is_act_kept()
    end_reading()
    return _error_answer(500, str(UncertainError.message) if is_after else "", "internal_error")


def _error_answer(
    status: int,
    message: str,
    code: str,
    *,
    page: str = "",
    retry_after: int | None = None,
    typed: typed_text.Typed | None = None,
) -> Response:
    reference = numbering.reference()
    if wants_json():
        said: dict[str, Any] = {"ok": False, "error": code, "message": message}
        if retry_after is not None:
            said["retry_after"] = retry_after
        answer = current_app.json.response({**said, "reference": reference})
    else:
        if typed is None and status in KEEPS_WORDS and page != "other_account":
            typed = typed_text.of_request(may_retry=False)
        words = render_template(
            f"errors/{page or (status if status in PAGES else 'generic')}.html",
            page_of_the_form=late_forms.page_of_the_form,
            message=message,
            status=status,
            reference=reference,
            typed=typed,
            safe_mode=status >= 500,  # noqa: PLR2004
        )
        answer = current_app.make_response(words)
    answer.status_code = status
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return cast("Response", answer)


def _bare(error: HTTPException) -> ResponseReturnValue:
    """Answer without the frame of our pages, whose links have no address here."""
    reference = numbering.reference()
    if wants_json():
        answer = current_app.json.response(
            {"ok": False, "error": "bad_request", "reference": reference}
        )
    else:
        answer = current_app.make_response(
            render_template("errors/bare.html", status=error.code, reference=reference)
        )
    answer.status_code = error.code or 400
    return cast("Response", answer)
