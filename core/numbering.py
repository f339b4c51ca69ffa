"""Each request has its number before anything can refuse it: its page, its answer, its log lines.

This stands around the whole application, sockets included: whatever says no, further inside, says
it under this request's own reference, never under that of the one before.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

import structlog
from flask import request

from core import database_patience, transaction_state

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)
KEY = "alveole.reference"
HEADER = "X-Request-Id"
LONGEST_PATH = 300


def give_number(**facts: str) -> str:
    """Give what begins now a number, and let every log line of it carry that and ``facts``.

    Whoever calls this ends ``patience`` once the answer is known.
    """
    digits = secrets.token_hex(3).upper()
    reference = f"{digits[:4]}-{digits[4:]}"
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=reference, **facts)
    database_patience.start_counting()
    transaction_state.forget_kept()
    return reference


def reference() -> str:
    """Return the number of the request at hand."""
    known = str(request.environ.get(KEY, ""))
    if not known:  # a request that came by no door of ours: a command, a test
        known = request.environ[KEY] = give_number(method=request.method, path=request.path)
    return known


def numbered(inside: WSGIApplication) -> WSGIApplication:
    """Number each request before ``inside`` sees it; write down what is refused."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        number = environ[KEY] = give_number(
            method=environ.get("REQUEST_METHOD", ""), path=_path(environ)
        )

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            _note(status)
            return start_response(status, [*headers, (HEADER, number)], *rest)

        try:
            body = inside(environ, start)
        finally:
            database_patience.stop_counting()
        if isinstance(body, environ.get("wsgi.file_wrapper", ())):
            return cast("Iterable[bytes]", body)  # the server sends the file itself
        return _Body(body, number)

    return answer


class _Body:
    """What is sent: a fault on the way is written down, and the number ends with the answer."""

    def __init__(self, body: Iterable[bytes], number: str) -> None:
        self._body, self._number = body, number
        self._parts = iter(body)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._parts)
        except StopIteration:
            raise
        except Exception:
            log.exception("answer_cut")
            raise

    def close(self) -> None:
        """End the answer, then forget the number: the connection may bring another request."""
        close: Callable[[], None] | None = getattr(self._body, "close", None)
        try:
            if close is not None:
                close()
        finally:
            if structlog.contextvars.get_contextvars().get("request") == self._number:
                structlog.contextvars.clear_contextvars()


def _note(status: str) -> None:
    number = int(status.split(maxsplit=1)[0])
    if number >= 500:  # noqa: PLR2004
        log.warning("refused", status_code=number)
    elif number >= 400:  # noqa: PLR2004
        log.info("refused", status_code=number)


def _path(environ: WSGIEnvironment) -> str:
    raw = str(environ.get("PATH_INFO", "")).encode("latin-1", "replace")
    return raw.decode("utf-8", "replace")[:LONGEST_PATH]
