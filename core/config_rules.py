"""What each setting must be: ranges, forms, and what goes together. Nothing is opened here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core import processes
from core.config_addresses import address_problems
from core.problems import Problem, marked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config import Config, SmsConfig

SHORTEST_SECRET = 32
RANGES: dict[str, tuple[float, float]] = {
    "server.port": (1, 65535),
    "server.proxy_count": (-1, 10),
    "server.workers": (1, 64),
    "server.feed_reads_per_hour": (1, 100_000),
    "database.pool_size": (1, 500),
    "uploads.clamd_timeout": (0.1, 120),
    "mail.smtp_port": (1, 65535),
    "mail.smtp_timeout": (0.1, 50),
    "sms.timeout": (0.1, 30),
    "sms.daily_budget": (1, 1_000_000),
    "realtime.max_sockets": (1, 100_000),
    "retention.record_months": (0, 600),
    "retention.audit_months": (1, 120),
    "retention.journal_months": (1, 120),
    "retention.device_months": (1, 12),
    "retention.invitation_months": (1, 120),
    "retention.notice_months": (3, 120),
    "retention.reader_months": (1, 120),
    "retention.mailbox_days": (1, 366),
    "retention.sent_days": (2, 366),
    "retention.unsent_days": (2, 366),
    "retention.counter_days": (31, 366),
    "retention.hold_days": (1, 366),
    "retention.ended_days": (1, 90),
    "retention.unfinished_hours": (24, 720),
    "retention.request_hours": (24, 720),
    "retention.typed_hours": (1, 24),
}
"""Every number that can be set. What is deleted has served: nothing is kept more
shortly than pages and brakes count on it."""
NEEDED_BY_SMS = {
    ("backend", "ovh"): (
        "ovh_endpoint",
        "ovh_application_key",
        "ovh_application_secret",
        "ovh_consumer_key",
        "ovh_service_name",
    ),
    ("backend", "twilio"): ("twilio_endpoint", "twilio_account_sid", "twilio_auth_token", "sender"),
    ("backend", "http"): ("http_sms_url", "http_token"),
    ("voice_backend", "twilio"): (
        "twilio_endpoint",
        "twilio_account_sid",
        "twilio_auth_token",
        "twilio_caller",
    ),
    ("voice_backend", "http"): ("http_call_url", "http_token"),
}
NEEDED_BY_S3 = ("s3_bucket", "s3_access_key", "s3_secret_key")


def rule_problems(config: Config) -> Iterator[Problem]:
    """Yield everything that is wrong in what was understood."""
    yield from _out_of_range(config)
    yield from address_problems(config)
    yield from _weak_secrets(config)
    yield from _missing_parts(config)
    yield from _sms_problems(config.sms)
    if not config.is_demo:
        yield from _unsafe_in_production(config)


def value_of(config: Config, key: str) -> object:
    """Return what a setting is, by its name: « server.port »."""
    value: object = config
    for part in key.split("."):
        value = getattr(value, part)
    return value


def _out_of_range(config: Config) -> Iterator[Problem]:
    for key, (least, most) in RANGES.items():
        value = value_of(config, key)
        if not isinstance(value, int | float) or not least <= value <= most:
            words = marked("must be between %(least)s and %(most)s.")
            yield Problem(key, words, {"least": least, "most": most})


def _weak_secrets(config: Config) -> Iterator[Problem]:
    kept = config.secrets
    named = [("secret_key", kept.secret_key)]
    named += [(f"encryption_keys[{index}]", key) for index, key in enumerate(kept.encryption_keys)]
    peppers = (kept.password_pepper, *kept.former_password_peppers)
    named += [("password_pepper", pepper) for pepper in peppers if pepper]
    for name, secret in named:
        if len(secret) < SHORTEST_SECRET or len(set(secret)) < SHORTEST_SECRET // 4:
            words = marked("missing or too easy to guess; make one with: %(command)s")
            command = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
            yield Problem(f"secrets.{name}", words, {"command": command})
    if not kept.encryption_keys:
        yield Problem("secrets.encryption_keys", marked("at least one key is needed."))


def _missing_parts(config: Config) -> Iterator[Problem]:
    if not config.instance.name.strip():
        yield Problem("instance.name", marked("must not be empty."))
    if config.storage.backend == "s3":
        for name in NEEDED_BY_S3:
            if not getattr(config.storage, name):
                words = marked("is needed when %(why)s.")
                yield Problem(f"storage.{name}", words, {"why": 'storage.backend = "s3"'})
    if config.mail.backend == "smtp" and not config.mail.smtp_host:
        words = marked("is needed when %(why)s.")
        yield Problem("mail.smtp_host", words, {"why": 'mail.backend = "smtp"'})
    if bool(config.mail.smtp_user) != bool(config.mail.smtp_password):
        missing = "smtp_password" if config.mail.smtp_user else "smtp_user"
        words = marked("is needed when %(why)s.")
        other = "mail.smtp_user" if config.mail.smtp_user else "mail.smtp_password"
        yield Problem(f"mail.{missing}", words, {"why": other})


def _sms_problems(sms: SmsConfig) -> Iterator[Problem]:
    for (kind, backend), names in NEEDED_BY_SMS.items():
        for name in names if getattr(sms, kind) == backend else ():
            if not getattr(sms, name):
                words = marked("is needed when %(why)s.")
                yield Problem(f"sms.{name}", words, {"why": f'sms.{kind} = "{backend}"'})
    wrong = [
        prefix for prefix in sms.allowed_prefixes if not re.fullmatch(r"\+[1-9][0-9]{0,6}", prefix)
    ]
    if wrong:
        words = marked("“%(given)s” is not written like +33.")
        yield Problem("sms.allowed_prefixes", words, {"given": ", ".join(wrong)})


def _unsafe_in_production(config: Config) -> Iterator[Problem]:
    if config.mail.backend == "mailbox":
        words = marked('the mailbox page shows every code: production needs "smtp".')
        yield Problem("mail.backend", words)
    for kind in ("backend", "voice_backend"):
        if getattr(config.sms, kind) == "mailbox":
            words = marked(
                'the mailbox page shows every code: production needs a provider or "off".'
            )
            yield Problem(f"sms.{kind}", words)
    shares_no_queue = processes.settings_problem(config)
    if shares_no_queue is not None:
        yield shares_no_queue
    if config.server.proxy_count < 0:
        words = marked(
            "say how many proxies stand in front (0 if none), otherwise anybody can pretend to be "
            "at another address."
        )
        yield Problem("server.proxy_count", words)
