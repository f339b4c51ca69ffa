"""« Somebody has your password »: said when a sign-in stops at the second step.

One row waits in the outbox until the attempt is over; finishing the sign-in withdraws it. Whoever
begins again in the same browser does not put it off: the first attempt's row still goes out, unless
one of them finishes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core import clock, rate_limit, tokens
from core.authorization import System, operation
from core.errors import TooManyRequestsError
from core.outbox import Message
from security import emails
from security.models import SignInAttempt, User
from security.operations import brakes
from security.operations.mailed_links import not_me_url
from security.policy import AccountPermission
from security.queries import get_user

KIND = "stopped_sign_in"


def expect_end(attempt: SignInAttempt, *, replaces: SignInAttempt | None) -> list[Message]:
    """Return what has the owner warned if nobody finishes this sign-in, to be queued with it."""
    if (
        replaces is not None
        and replaces.user_id == attempt.user_id
        and replaces.alert_at is not None
        and clock.now() < replaces.alert_at
    ):
        attempt.alert_key, attempt.alert_at = replaces.alert_key, replaces.alert_at
        return []
    attempt.alert_key = f"{KIND}:{tokens.new_token()}"
    attempt.alert_at = attempt.expires_at
    details = {
        "user": attempt.user_id,
        "device": attempt.device,
        "at": attempt.started_at.isoformat(),
    }
    return [
        Message(kind=KIND, payload=details, key=attempt.alert_key, not_before=attempt.expires_at)
    ]


def warn_of_stopped_sign_in(details: dict[str, Any]) -> None:
    """Warn the owner, unless enough was said today."""
    user_id: int = details["user"]
    user = get_user(user_id)
    if user is None or not user.is_enabled:
        return
    try:
        rate_limit.hit(brakes.WARNINGS_OF_ACCOUNT, str(user_id))
    except TooManyRequestsError:
        return
    warn_owner(System("a sign-in that stopped"), user, details=details)


@operation(AccountPermission.WARN_OWNER)
def warn_owner(_actor: System, user: User, *, details: dict[str, Any]) -> None:
    """Mail that somebody gave the right password, and no second proof."""
    at = datetime.fromisoformat(details["at"])
    emails.tell(user, emails.stopped_sign_in(details["device"], at, not_me_url(user)))
