"""How queued mails leave: rendered, then handed to the relay or kept in the mailbox."""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from core import native_pool, outbox
from core.mail.letters import KIND, tell_of_dead
from core.mail.mailbox import keep_in_mailbox
from core.mail.relay import compose, send_by_smtp
from core.mail.rendering import render
from core.outbox import NoLongerTrueError

if TYPE_CHECKING:
    from flask import Flask

    from core.config import Config


def init_app(app: Flask, config: Config) -> None:
    """Choose the way out."""
    domain = parseaddr(config.mail.sender)[1].rpartition("@")[2]
    is_kept = config.mail.backend == "mailbox"

    def handle(row_id: int, payload: dict[str, Any]) -> None:
        written = render(payload) if "mail" in payload else payload
        if written is None:
            raise NoLongerTrueError
        # Words cost a few milliseconds: the pages of this process have their turn.
        native_pool.let_others_go_on()
        if is_kept:
            keep_in_mailbox(written)
            return
        message_id = f"<outbox-{row_id}@{domain}>"
        send_by_smtp(
            config.mail, compose(written, sender=config.mail.sender, message_id=message_id)
        )

    relay = "" if is_kept else f"{config.mail.smtp_host}:{config.mail.smtp_port}"
    outbox.register_handler(KIND, handle, on_dead=tell_of_dead, destination=relay)
    app.jinja_env.globals["base_url"] = config.base_url
