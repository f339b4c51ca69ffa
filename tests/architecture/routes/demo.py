"""The mailbox of a demonstration: open to whoever tries the product, absent in production."""

from __future__ import annotations

from typing import Any

from core import clock
from core.mail import MailboxMessage
from tests import factories as make
from tests.architecture.routes.world import EVERYBODY, World


def things(world: World) -> dict[str, Any]:
    mail = make._add(
        MailboxMessage(
            at=clock.now(),
            recipient=world.patient.email,
            subject="Bonjour",
            text="Bonjour",
            html="",
        )
    )
    return {"mail_id": mail.id}


ROUTES = {
    "GET demo.mail": EVERYBODY,
    "GET demo.mailbox": EVERYBODY,
}
