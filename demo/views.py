"""The mailbox page: what would have left by e-mail, open to everyone on a trial machine."""

from __future__ import annotations

import re

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from core.web import public
from demo.queries import get_mail, list_mails, list_recipients

bp = Blueprint("demo", __name__, url_prefix="/boite-aux-lettres")
LINK = re.compile(r"https?://[^\s<>]+[^\s<>.,)]")


@bp.get("")
@public
def mailbox() -> ResponseReturnValue:
    recipients = list_recipients()
    chosen = next((recipient for recipient in recipients if recipient == request.args.get("a")), "")
    return render_template(
        "demo/mailbox.html", mails=list_mails(chosen), recipients=recipients, chosen=chosen
    )


@bp.get("/<int:mail_id>")
@public
def mail(mail_id: int) -> ResponseReturnValue:
    message = get_mail(mail_id)
    return render_template("demo/mail.html", mail=message, body=with_links(message.text))


def with_links(text: str) -> Markup:
    """Make the addresses of a plain text pressable; everything else is escaped."""
    parts: list[Markup] = []
    end = 0
    for match in LINK.finditer(text):
        link = match.group()
        parts += [escape(text[end : match.start()]), Markup('<a href="{0}">{0}</a>').format(link)]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])
