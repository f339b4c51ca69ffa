"""What accounts may refuse, beyond the general words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.errors import ForbiddenError


class ProofNeededError(ForbiddenError):
    """The last proof of who is there is too old for what is asked."""

    code = "proof_needed"
    message = _l("For your safety, confirm first that it is really you.")
