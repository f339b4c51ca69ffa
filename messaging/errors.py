"""What conversations refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.errors import DomainError


class InvalidMessageError(DomainError):
    """The form refused what came by a socket; ``message`` says what the page would have said."""

    code = "invalid_message"

    def __init__(self, message: str) -> None:
        """Remember the sentence."""
        super().__init__()
        self.message = message


class MessageChangedError(DomainError):
    """The same client id came with another text."""

    code = "message_changed"
    message = _l("This message had already left with another text. Read it again, then send.")
