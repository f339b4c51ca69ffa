"""What accounts may refuse, beyond the general words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.errors import ConflictError, ForbiddenError


class ProofNeededError(ForbiddenError):
    """The last proof of who is there is too old for what is asked."""

    code = "proof_needed"
    message = _l("For your safety, confirm first that it is really you.")


class LastStrongStepError(ConflictError):
    """The person's role needs an app or a passkey, and this is the last one."""

    code = "last_strong_step"
    message = _l(
        "Your role needs an authenticator app or a passkey. Add another one before removing this."
    )


class TooEarlyError(ConflictError):
    """A text message may still come: a call is for later."""

    code = "too_early"
    message = _l("A text message may still come: please wait until two minutes have passed.")
