"""What does not leave in the demonstration: a page and the terminal show it."""

from __future__ import annotations

import sys
from typing import Any

from core import clock
from core.database import db
from core.mail.models import MailboxMessage
from core.transaction import transaction


def keep_in_mailbox(payload: dict[str, Any], *, kind: str = "e-mail") -> None:
    """Put a mail, or what a telephone gets, where the mailbox page and the terminal show it."""
    with transaction():
        db.session.add(
            MailboxMessage(
                at=clock.now(),
                recipient=payload["to"],
                subject=payload["subject"],
                text=payload["text"],
                html=payload["html"],
                calendar="".join(payload.get("calendars", ())) or None,
            )
        )
    lines = [f"À : {payload['to']}", f"Objet : {payload['subject']}", "", payload["text"].strip()]
    box = ["", f"┌─ {kind}", *(f"│ {line}" for line in "\n".join(lines).split("\n")), "└─"]
    sys.stdout.write("\n".join([*box, ""]))
    sys.stdout.flush()
