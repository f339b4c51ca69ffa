"""What replanning may refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.errors import ConflictError, DomainError


class NoHourChosenError(DomainError):
    """Nothing was chosen among the hours shown."""

    message = _l("Choose an hour.")


class ProposalEndedError(ConflictError):
    """The proposed hour was answered, withdrawn, or waited too long."""

    code = "proposal_ended"
    message = _l("This hour is no longer proposed. Your appointment stays as it is.")
