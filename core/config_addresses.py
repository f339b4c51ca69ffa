"""Settings that are addresses: hosts, URLs, mailboxes, zones; and those where nobody answers."""

from __future__ import annotations

import ipaddress
import re
from email.utils import parseaddr
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from core.problems import Problem, marked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config import Config

LABEL = r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62}"
HOST = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*")
EXAMPLES = ("example.org", "example.com", "example.net", "example", "test", "invalid")
"""Reserved for manuals and tests (RFC 2606): nobody answers there."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SMS_URLS = {
    "ovh_endpoint": ("ovh",),
    "twilio_endpoint": ("twilio",),
    "http_sms_url": ("http",),
    "http_call_url": ("http",),
}
DRIVERS = {"postgresql": {"", "psycopg"}, "sqlite": {"", "pysqlite"}}


def address_problems(config: Config) -> Iterator[Problem]:
    """Yield every address that cannot be one, or cannot be meant."""
    yield from _server_problems(config)
    yield from _mailbox_problems(config)
    yield from _service_problems(config)
    if config.instance.default_time_zone not in available_timezones():
        words = marked("there is no time zone of this name; write it like Europe/Paris.")
        yield Problem("instance.default_time_zone", words)


def is_private_address(url: str) -> bool:
    """Say whether what is sent there can be read by nobody on the way."""
    parts = _parts(url)
    if parts is None:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def is_site(url: str) -> bool:
    """Say whether this is the address of a site alone, without a path."""
    parts = _parts(url)
    return parts is not None and _is_plain_site(parts)


def database_problem(url: str) -> Problem | None:
    """Say what is wrong with the address of the database; its password is never repeated."""
    try:
        parsed = make_url(url)
        name, _, driver = parsed.drivername.partition("+")
    except (ArgumentError, ValueError):
        name, driver, parsed = "", "", None
    if parsed is None or driver not in DRIVERS.get(name, ()):
        words = marked(
            "must begin with postgresql://user:password@host/name, or be empty (SQLite)."
        )
        return Problem("database.url", words)
    if not parsed.database:
        return Problem("database.url", marked("does not say which database: …/name is missing."))
    return None


def _server_problems(config: Config) -> Iterator[Problem]:
    server, base = config.server, _parts(config.server.base_url)
    yield from _host_problems(config)
    if server.base_url and (base is None or not _is_plain_site(base)):
        words = marked("must be the address of the site alone, like https://alveole.your-domain.fr")
        yield Problem("server.base_url", words)
    elif not config.is_demo and (base is None or base.scheme != "https"):
        yield Problem("server.base_url", marked("production needs its https:// address."))
    elif not config.is_demo and base and _is_example(base.hostname or ""):
        yield _example("server.base_url", base.hostname or "")
    elif base and server.trusted_hosts and not _is_trusted(base.hostname or "", config):
        words = marked("%(host)s is not among server.trusted_hosts: every page would be refused.")
        yield Problem("server.base_url", words, {"host": base.hostname})
    if not config.is_demo:
        for trusted in server.trusted_hosts:
            if _is_example(_without_port(trusted).lstrip(".")):
                yield _example("server.trusted_hosts", trusted)


def _host_problems(config: Config) -> Iterator[Problem]:
    server = config.server
    if not _is_host(server.host):
        yield Problem("server.host", marked("must be an address or a host name, without a port."))
    for trusted in server.trusted_hosts:
        if not _is_trusted_host(trusted):
            words = marked("“%(given)s” is not a host name (no https://, no path).")
            yield Problem("server.trusted_hosts", words, {"given": trusted})
    if not config.is_demo and not server.trusted_hosts:
        words = marked("production needs the list of its host names.")
        yield Problem("server.trusted_hosts", words)


def _mailbox_problems(config: Config) -> Iterator[Problem]:
    for key, given in (
        ("instance.contact_email", config.instance.contact_email),
        ("mail.sender", config.mail.sender),
    ):
        address = parseaddr(given)[1] if key == "mail.sender" else given
        local, at, domain = address.rpartition("@")
        if not (local and at and _is_host(domain)) or re.search(r"[\s<>,;\"]", address):
            yield Problem(key, marked("must be an e-mail address, like contact@your-domain.fr"))
        elif not config.is_demo and _is_example(domain):
            yield _example(key, address)


def _service_problems(config: Config) -> Iterator[Problem]:
    if config.database.url and (problem := database_problem(config.database.url)) is not None:
        yield problem
    queue = config.realtime.message_queue
    if queue and not _is_url(queue, {"redis", "rediss"}):
        yield Problem("realtime.message_queue", marked("must be like redis://host:6379/0"))
    endpoint = config.storage.s3_endpoint
    if endpoint and not _is_url(endpoint, {"http", "https"}):
        yield Problem("storage.s3_endpoint", marked("must begin with https:// and name a host."))
    if not _is_clamd_address(config.uploads.clamd):
        words = marked("must be like tcp://host:3310 or unix:///run/clamd.sock")
        yield Problem("uploads.clamd", words)
    if config.mail.smtp_host and not _is_host(config.mail.smtp_host):
        words = marked("must be an address or a host name, without a port.")
        yield Problem("mail.smtp_host", words)
    used = {config.sms.backend, config.sms.voice_backend}
    for name, backends in SMS_URLS.items():
        given = getattr(config.sms, name)
        if given and not is_private_address(given) and (used & {*backends} or not _parts(given)):
            words = marked(
                "codes and keys travel there: it must begin with https:// "
                "(http:// is for a gateway on this very machine)."
            )
            yield Problem(f"sms.{name}", words)


def _example(key: str, given: str) -> Problem:
    words = marked("%(given)s is an address of examples, where nobody answers: write your own.")
    return Problem(key, words, {"given": given})


def _is_example(host: str) -> bool:
    host = host.lower().rstrip(".")
    return any(host == example or host.endswith(f".{example}") for example in EXAMPLES)


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return bool(HOST.fullmatch(text)) and not re.fullmatch(r"[\d.]+", text)
    return True


def _is_trusted_host(text: str) -> bool:
    return _is_host(_without_port(text).removeprefix("."))


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    name, _, port = host.partition(":")
    return name if port.isdigit() else host


def _is_trusted(host: str, config: Config) -> bool:
    for trusted in config.server.trusted_hosts:
        name = _without_port(trusted).lower().strip("[]")
        if host == name or (name.startswith(".") and f".{host}".endswith(name)):
            return True
    return False


def _is_plain_site(parts: SplitResult) -> bool:
    has_more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    return parts.scheme in {"http", "https"} and _is_host(parts.hostname or "") and not has_more


def _is_url(url: str, schemes: set[str]) -> bool:
    parts = _parts(url)
    return parts is not None and parts.scheme in schemes and _is_host(parts.hostname or "")


def _is_clamd_address(address: str) -> bool:
    parts = _parts(address)
    if not address or parts is None:
        return not address
    is_path = parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc
    return is_path or (parts.scheme == "tcp" and bool(parts.hostname and parts.port))


def _parts(url: str) -> SplitResult | None:
    """Split an address; nothing when it has a port or brackets that are none."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return None
    return parts if url else None
