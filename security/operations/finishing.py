"""What ends every sign-in, whichever proofs were given."""

from __future__ import annotations

from core import clock, outbox
from security.models import SignInAttempt, User
from security.operations import known_devices
from security.operations.mailed_links import drop_resets
from security.operations.sessions import add_session
from security.vocabulary import SecondStep


def finish_attempt(attempt: SignInAttempt, step: SecondStep, *, browser: str, device: str) -> str:
    """Open the session of a sign-in whose two steps were right; return its token."""
    attempt.finished_at = clock.now()
    if attempt.alert_key:
        outbox.forget_queued(attempt.alert_key)
    return open_whole_session(attempt.user, step, browser=browser, device=device)


def open_whole_session(user: User, step: SecondStep, *, browser: str, device: str) -> str:
    """Open a session in the current transaction; a browser that is new here is told by mail."""
    drop_resets(user.id)  # whoever signs in needs no new password
    known_devices.welcome(user, browser=browser, device=device)
    return add_session(user, step, device)
