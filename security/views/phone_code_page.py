"""The page that waits for a code from a telephone: the same for a number and for a password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from core.web import signed_in
from security.forms.refusals import SHAPELESS, refusal_words
from security.forms.sign_in import CodeForm
from security.operations.codes import Judged, channels_for, is_locked, read_digits, wait_left
from security.operations.phone_proofs import may_mail, seconds_to_choices
from security.phones import mask_phone, show_phone
from security.queries import has_failed, newest_code
from security.vocabulary import CodeChannel, CodeCheck, CodePurpose, SecondStep

if TYPE_CHECKING:
    from security.phone_proofs import PhoneProof


@dataclass(frozen=True)
class Flow:
    """Where the buttons of the page lead, for one purpose."""

    purpose: CodePurpose
    back: str
    check: str
    text: str
    call: str
    mail: str | None


def read_code() -> str | None:
    """Return the six digits that were typed, however they were spaced."""
    return read_digits(CodeForm().code.data or "")


def refuse(flow: Flow, waiting: PhoneProof, judged: Judged | None = None) -> ResponseReturnValue:
    """Show the page again with what was wrong: the shape, when nothing was judged."""
    if judged is None:
        return show(flow, waiting, error=str(SHAPELESS[SecondStep.SMS]), status=422)
    locked = judged.check is CodeCheck.LOCKED
    words = "" if locked else refusal_words(judged.check, SecondStep.SMS, judged.tries_left)
    return show(flow, waiting, error=words, status=422)


def show(
    flow: Flow, waiting: PhoneProof, *, error: str = "", status: int = 200
) -> ResponseReturnValue:
    """Show where the code went, how far it got, and what else can be done."""
    if is_locked(waiting):
        return render_template("security/locked.html", again=url_for(flow.back)), status
    newest = newest_code(waiting.purpose, waiting, by_phone=True)
    mailed = newest_code(waiting.purpose, waiting)
    is_own_number = waiting.purpose is CodePurpose.PHONE
    channels = channels_for(waiting.number)
    page = render_template(
        "security/phone_code.html",
        flow=flow,
        form=CodeForm(formdata=None),
        number=(show_phone if is_own_number else mask_phone)(waiting.number),
        is_call=newest is not None and newest.channel is CodeChannel.CALL,
        sent_at=newest.sent_at if newest else waiting.started_at,
        zone=signed_in().time_zone,
        wait=wait_left(newest),
        has_failed=has_failed(waiting),
        choices_in=seconds_to_choices(waiting),
        can_text=CodeChannel.SMS in channels,
        can_call=CodeChannel.CALL in channels,
        may_mail=flow.mail is not None and may_mail(waiting),
        mailed_at=mailed.sent_at if mailed else None,
        error=error,
    )
    return page, status
