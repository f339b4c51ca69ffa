"""Text messages and calls: queued with the fact, within a budget, sent by the worker."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from flask import current_app
from flask_babel import lazy_gettext as _l

from core import bidi, mail, outbox, rate_limit
from core.errors import DomainError, TooManyRequestsError, UnavailableError
from core.outbox import AwayError, Lane, RefusedForGoodError
from core.outbox.leases import require_held
from core.rate_limit import RateLimit
from core.sms_providers import CALL_PROVIDERS, GSM_ALPHABET, SMS_PROVIDERS

if TYPE_CHECKING:
    from core.config import Config, SmsConfig

log = structlog.get_logger(__name__)
SMS, CALL = "sms", "call"
BY_HOUR = RateLimit("sms_number_hour", 3, timedelta(hours=1))
BY_DAY = RateLimit("sms_number_day", 10, timedelta(hours=24))
"""Codes to one number, whoever asks: a telephone is not to be flooded."""


class TextKind(StrEnum):
    """What a message is about: each kind has an allowance of its own for each number."""

    CODE = "code"
    WARNING = "warning"
    CHANGE = "change"
    """An appointment was cancelled or moved: who is refused waits, and is not dropped."""
    NOTICE = "notice"
    """Confirmed, remembered, offered: the mail says the same."""


ALLOWANCES: dict[TextKind, tuple[RateLimit, RateLimit]] = {
    TextKind.CODE: (BY_HOUR, BY_DAY),
    TextKind.WARNING: (
        RateLimit("sms_warning_hour", 3, timedelta(hours=1)),
        RateLimit("sms_warning_day", 10, timedelta(hours=24)),
    ),
    TextKind.CHANGE: (
        RateLimit("sms_change_hour", 6, timedelta(hours=1)),
        RateLimit("sms_change_day", 20, timedelta(hours=24)),
    ),
    TextKind.NOTICE: (
        RateLimit("sms_notice_hour", 6, timedelta(hours=1)),
        RateLimit("sms_notice_day", 20, timedelta(hours=24)),
    ),
}
BUDGET_WINDOW = timedelta(hours=24)
ALARM_SHARE = 0.8
SHARES = {TextKind.CODE: 1.0, TextKind.WARNING: 1.0, TextKind.CHANGE: 0.8, TextKind.NOTICE: 0.6}
"""How far into the budget of the day each kind may go: a full waiting room leaves codes enough."""
TYPED_OTHERWISE = str.maketrans({"’": "'", "«": '"', "»": '"', "…": "...", "—": "-", "–": "-"})


class UnreachableNumberError(DomainError):
    """Numbers of this country are not written to: fraud would be paid by the host."""

    code = "unreachable_number"
    message = _l("We cannot send codes to numbers of this country.")


class SpentBudgetError(UnavailableError):
    """Too many messages left today, for everybody together."""

    code = "spent_budget"
    message = _l("No more text messages can leave today. Nothing was lost: try again tomorrow.")

    def __init__(self, retry_after: int = 3600) -> None:
        """Remember the seconds until the budget has room again."""
        super().__init__()
        self.retry_after = retry_after


def _config() -> SmsConfig:
    config: SmsConfig = current_app.config["ALVEOLE"].sms
    return config


def can_text() -> bool:
    """Say whether text messages leave here at all."""
    return _config().backend != "off"


def can_call() -> bool:
    """Say whether calls leave here at all."""
    return _config().voice_backend != "off"


def is_reachable(number: str) -> bool:
    """Say whether the host lets messages go to numbers that begin like this one."""
    return number.startswith(_config().allowed_prefixes)


def take_allowance(number: str, kind: TextKind = TextKind.CODE) -> None:
    """Count one message or call to ``number`` before it is written; call it outside operations.

    Raises:
        UnreachableNumberError: its country is not on the list.
        TooManyRequestsError: this number got enough of this kind for now.
        SpentBudgetError: this installation sent enough for today.
    """
    config = _config()
    if not is_reachable(number):
        log.warning("sms_prefix_refused", prefix=number[:4])
        raise UnreachableNumberError
    budget = RateLimit("sms_budget", config.daily_budget, BUDGET_WINDOW)
    share = replace(budget, count=max(1, int(budget.count * SHARES[kind])))
    try:
        rate_limit.check(share, "")
        for limit in ALLOWANCES[kind]:
            _count(limit, number, kind)
        rate_limit.hit(share, "")
    except _SpentAllowanceError as spent:
        raise spent.refusal from None
    except TooManyRequestsError as error:
        log.error("sms_budget_spent", budget=budget.count, kind=kind)  # noqa: TRY400  (a fact)
        raise SpentBudgetError(error.retry_after) from None
    if rate_limit.count(budget, "") == max(1, int(budget.count * ALARM_SHARE)):
        log.warning("sms_budget_alarm", budget=budget.count, share=ALARM_SHARE)


class _SpentAllowanceError(Exception):
    """One number got enough, which is not the same as an empty budget."""

    def __init__(self, refusal: TooManyRequestsError) -> None:
        super().__init__()
        self.refusal = refusal


def _count(limit: RateLimit, number: str, kind: TextKind) -> None:
    try:
        if kind is TextKind.CODE:
            with rate_limit.asking_for_codes():
                rate_limit.hit(limit, number)
        else:
            rate_limit.hit(limit, number)
    except TooManyRequestsError as error:
        raise _SpentAllowanceError(error) from None


def send_sms(to: str, text: str, *, not_after: datetime | None = None) -> int:
    """Queue one code or alarm in the current transaction; ``text`` is in its reader's language."""
    return _queued(outbox.enqueue(SMS, _written(to, text), not_after=not_after, lane=Lane.URGENT))


def send_sms_once(to: str, text: str, *, key: str, not_after: datetime | None = None) -> int | None:
    """Queue one notice, or nothing if the same ``key`` already queued one."""
    return outbox.enqueue(SMS, _written(to, text), dedupe_key=key, not_after=not_after)


def _written(to: str, text: str) -> dict[str, str]:
    return {"to": to, "text": plain(text)}


def send_call(to: str, text: str, *, language: str, not_after: datetime | None = None) -> int:
    """Queue one call that speaks ``text`` in ``language``."""
    payload = {"to": to, "text": text, "language": language}
    return _queued(outbox.enqueue(CALL, payload, not_after=not_after, lane=Lane.URGENT))


def plain(text: str) -> str:
    """Keep to the alphabet of text messages: one other sign halves what fits into a message.

    « ê » becomes « e »; what has no such form (another script) is kept.
    """
    parts = []
    for sign in bidi.without_isolates(text).translate(TYPED_OTHERWISE):
        bare = "".join(
            part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part)
        )
        parts.append(sign if sign in GSM_ALPHABET or not set(bare) <= GSM_ALPHABET else bare)
    return "".join(parts)


def _queued(row_id: int | None) -> int:
    assert row_id is not None  # noqa: S101  (only a dedupe key makes it nothing)
    return row_id


def init_app(config: Config) -> None:
    """Choose the ways out."""
    host = urlsplit(config.base_url).hostname or "alveole"

    def reference(row_id: int) -> str:
        """Name one message for its provider: the same at every try, no other installation's."""
        return f"{host}-{row_id}"

    sms = config.sms
    outbox.register_handler(SMS, _texter(sms, reference), destination=_gateway(sms.backend))
    outbox.register_handler(CALL, _caller(sms, reference), destination=_gateway(sms.voice_backend))


def _gateway(backend: str) -> str:
    return f"sms {backend}" if backend in SMS_PROVIDERS | CALL_PROVIDERS else ""


Handler = Callable[[int, dict[str, Any]], None]
Reference = Callable[[int], str]


def _texter(config: SmsConfig, reference: Reference) -> Handler:
    if config.backend not in SMS_PROVIDERS:
        return _mailbox_or_nothing(config.backend, "SMS")
    provider = SMS_PROVIDERS[config.backend](config)

    def handle(row_id: int, payload: dict[str, Any]) -> None:
        with _away_is_away():
            name = provider.send_sms(reference(row_id), payload["to"], payload["text"])
        log.info("sms_accepted", id=row_id, provider=config.backend, provider_id=name)

    return handle


def _caller(config: SmsConfig, reference: Reference) -> Handler:
    if config.voice_backend not in CALL_PROVIDERS:
        return _mailbox_or_nothing(config.voice_backend, "appel")
    provider = CALL_PROVIDERS[config.voice_backend](config)

    def handle(row_id: int, payload: dict[str, Any]) -> None:
        to, text, language = payload["to"], payload["text"], payload["language"]
        with _away_is_away():
            name = provider.call(reference(row_id), to, text, language)
        log.info("call_accepted", id=row_id, provider=config.voice_backend, provider_id=name)

    return handle


@contextmanager
def _away_is_away() -> Iterator[None]:
    require_held()
    try:
        yield
    except (OSError, HTTPException) as error:
        raise AwayError(f"{type(error).__name__}: {error}") from error


def _mailbox_or_nothing(backend: str, kind: str) -> Handler:
    def handle(_row_id: int, payload: dict[str, Any]) -> None:
        if backend == "off":
            raise RefusedForGoodError("switched off")
        shown = {"to": payload["to"], "text": payload["text"], "html": ""}
        mail.keep_in_mailbox(shown | {"subject": SUBJECTS[kind]}, kind=kind)

    return handle


SUBJECTS = {"SMS": "SMS", "appel": "Appel vocal"}
"""The mailbox page is of the demonstration, whose people speak French."""
