"""Forms that arrive after their session has ended, or from a page that is too old.

Nothing that was typed is lost: it is kept, the person signs in, and finds it where it was.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from flask import Flask, Response, current_app, render_template, request
from flask_babel import LazyString, format_timedelta
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException

from core import accounts, database_faults, drafts
from core.origins import parts_of
from core.page_slots import filled
from core.refill import refill
from core.transaction import end_reading

NAME = "draft"
SIGNED_OUT = _l("Please sign in first.")
_SPAN = LazyString(lambda: format_timedelta(drafts.life()))
KEPT_SIGNED_OUT = _l(
    "Your session has ended. What you wrote is kept for %(span)s: sign in again to find it.",
    span=_SPAN,
)
OLD_PAGE = _l("This page was open for a long time. Nothing was sent.")
OTHER_ACCOUNT = _l(
    "This page was shown to another account, and this browser has changed accounts since. "
    "Nothing was sent."
)
KEPT_FOR_THE_OTHER = _l(
    "This page was shown to another account, and this browser has changed accounts since. "
    "Nothing was sent. What was written is kept for %(span)s for that other account only.",
    span=_SPAN,
)
KEPT_PAGE = _l(
    "This page was open for a long time. Nothing was sent, and what you wrote is kept for "
    "%(span)s.",
    span=_SPAN,
)
_owner_of: list[Callable[[], int | None]] = []
_keep_files: list[Callable[[int], list[tuple[str, str]]]] = []
_signed_in: list[Callable[[], int | None]] = []


def register_owner(ask: Callable[[], int | None]) -> None:
    """Say who tells whose session, live or ended, the request at hand carries."""
    _owner_of[:] = [ask]


def register_file_keeper(keep: Callable[[int], list[tuple[str, str]]]) -> None:
    """Say who keeps the files of a late form for their owner: fields that name them come back."""
    _keep_files[:] = [keep]


def keep_what_was_typed() -> str | None:
    """Keep the form at hand; return the token that gives it back, if there was anything to keep.

    It is kept for whom it was shown to, whoever has signed in since.
    """
    if request.method != "POST" or not _owner_of or not _comes_from_us():
        return None
    owner = accounts.account_of_form() or _owner_of[0]()
    if owner is None:
        return None
    known = request.cookies.get(_cookie())
    fields = [*request.form.items(multi=True)]
    for keep in _keep_files:
        fields += keep(owner)
    return drafts.keep(known, owner, action=_address(), fields=fields)


def hand_over(answer: Response, token: str | None) -> Response:
    """Let the answer carry the cookie that gives the form back."""
    if token is not None:
        answer.set_cookie(
            _cookie(),
            token,
            max_age=int(drafts.life().total_seconds()),
            path="/",
            httponly=True,
            secure=not current_app.config["ALVEOLE"].is_demo,
            samesite="Lax",
        )
    return answer


def signed_in_id() -> int | None:
    """Return who is signed in now."""
    return _signed_in[0]()


def page_of_the_form() -> str:
    """Return where the person was: the page that sent the form, if it can be opened again."""
    came_from = parts_of(request.referrer)
    paths = [request.path]
    if came_from.netloc == request.host:
        paths.insert(0, came_from.path)
    for path in paths:
        if _can_be_opened(path):
            query = came_from.query if path == came_from.path else ""
            return f"{path}?{query}" if query else path
    return "/"


def _can_be_opened(path: str) -> bool:
    try:
        current_app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return True


def _comes_from_us() -> bool:
    """A form of another site is never kept: it would put words into somebody's mouth."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.referrer
    return parts_of(origin).netloc == request.host


def _address() -> str:
    return request.full_path.rstrip("?")


def _cookie() -> str:
    return NAME if current_app.config["ALVEOLE"].is_demo else f"__Host-{NAME}"


def _after(answer: Response) -> Response:
    """Give back, or forget; a database that goes away now takes back nothing of what was done."""
    if "HTTP_COOKIE" not in request.environ:
        return answer
    try:
        return _give_back(answer)
    except Exception as error:
        if database_faults.translate(error) is None:
            raise
        end_reading()
        return answer


def _give_back(answer: Response) -> Response:
    token = request.cookies.get(_cookie())
    user_id = _signed_in[0]() if token and request.endpoint not in {None, "static"} else None
    if not token or user_id is None:
        return answer
    if request.method == "POST" and answer.status_code < 400:  # noqa: PLR2004
        drafts.forget(token, user_id, action=_address())
    elif request.method == "GET" and answer.mimetype == "text/html" and not answer.is_streamed:
        kept = drafts.list_for(token, user_id)
        if kept and answer.status_code == 200:  # noqa: PLR2004
            note = render_template("layouts/_given_back.html")
            find = functools.partial(drafts.of_form, kept)
            page = answer.get_data(as_text=True)
            answer.set_data(refill(page, find, here=_address(), note=note, files=_kept_files))
    return answer


def _kept_files(name: str, references: list[str], *, several: bool) -> str:
    return "".join(filled("kept_files", name, references, several))


def init_app(app: Flask, signed_in: Callable[[], int | None]) -> None:
    """Give back on the pages where something waits, to who is ``signed_in``."""
    _signed_in[:] = [signed_in]
    app.after_request(_after)
