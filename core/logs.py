"""One line of JSON for each thing worth knowing, without secrets."""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from core.config import LogConfig

SECRET_NAMES = re.compile(r"password|secret|token|code|cookie|authorization|body", re.IGNORECASE)
SECRET_PATHS = re.compile(
    r"(/(?:agenda|ce-n-est-pas-moi|invitations/plusieurs|invitations|mot-de-passe/nouveau"
    r"|premier-compte|r|verifier-mon-e-mail)/)[^/?\s\"]+"
)
"""Addresses that carry a secret: calendar feeds, the links of mails and of messages."""
NOISY = (
    "geventwebsocket", "engineio", "socketio", "botocore", "PIL", "alembic",
    "core.database_patience",  # a pool is SQLAlchemy's, and as talkative, under whatever name
)  # fmt: skip
ROW_VALUES = re.compile(r"(DETAIL: ).*")
"""PostgreSQL's own words about a row that it refused, values included."""


def scrub(
    _logger: object, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Hide values whose name tells a secret, and the secret part of addresses."""
    for name, value in entry.items():
        if name != "status_code" and SECRET_NAMES.search(name):
            entry[name] = "[hidden]"
        elif isinstance(value, str):
            entry[name] = ROW_VALUES.sub(r"\1[hidden]", SECRET_PATHS.sub(r"\1[hidden]", value))
    return entry


def configure(config: LogConfig) -> None:
    """Send structlog and the standard library to standard output, in one format."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        scrub,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if config.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(config.level.upper())
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
