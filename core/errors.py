"""What an operation may refuse. Pages and sockets translate these once."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l


class DomainError(Exception):
    """A refusal that a person can understand.

    ``code`` is stable and goes to machines; ``message`` is said to the person in their language.
    """

    code = "refused"
    status = 422
    message = _l("This cannot be done.")


class NotFoundError(DomainError):
    """It does not exist, or not for this person: the answer is the same."""

    code, status = "not_found", 404
    message = _l("This page does not exist, or no longer.")


class ForbiddenError(DomainError):
    """The person may see it, and may not do this with it."""

    code, status = "forbidden", 403
    message = _l("You may not do this.")


class ConflictError(DomainError):
    """Somebody else was faster, or the thing is no longer in the state it was shown in."""

    code, status = "conflict", 409
    message = _l("This has changed in the meantime.")


class TooManyRequestsError(DomainError):
    """A brake was reached; ``retry_after`` says in how many seconds it opens again."""

    code, status = "too_many_requests", 429
    message = _l("Too many tries. Please wait a little.")

    def __init__(self, retry_after: int = 60) -> None:
        """Remember the wait, in seconds."""
        super().__init__()
        self.retry_after = retry_after


class TooManyCodesError(TooManyRequestsError):
    """Enough codes were asked for; nobody tried anything too often."""

    code = "too_many_codes"
    message = _l("Too many codes were asked for. Please wait a little.")


class UnavailableError(DomainError):
    """Something we depend on does not answer; nothing was lost.

    ``retry_after`` says in how many seconds it is worth trying again.
    """

    code, status = "unavailable", 503
    message = _l("Nothing was lost. Please try again in a minute.")
    retry_after = 30


class DatabaseAwayError(Exception):
    """The database is away. No refusal of ours: who answers those lets it pass, to be said once."""

    code, status = UnavailableError.code, UnavailableError.status
    message = UnavailableError.message
    retry_after = UnavailableError.retry_after


class UncertainError(DatabaseAwayError):
    """The answer to the commit was lost: it may stand, or not. Only a key may try again."""

    code = "uncertain"
    message = _l(
        "The answer was lost on the way: we do not know whether this was saved. Look before you "
        "do it again."
    )


AWAY = (UnavailableError, DatabaseAwayError)
"""Whatever is away, now; it comes back."""
