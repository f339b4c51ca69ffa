"""From a configuration to one that may start: environment, demo keys, refusals of production."""

from __future__ import annotations

import os
import re
import secrets
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from flask_migrate import upgrade

from core import config as configuration
from core import processes
from core.config import Config, ConfigError, SmsConfig
from core.database_age import MIGRATIONS, newest_revision, read_revision

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST_SECRET = 32
LOOPBACK = ("127.0.0.1", "localhost")
ROOT = Path(__file__).resolve().parent.parent


def load(environment: Mapping[str, str]) -> Config:
    """Read ``CONFIG`` (else ``config.toml`` if there is one), let HOST, PORT and DATA_DIR win.

    Raises:
        ConfigError: the configuration is wrong, or unsafe for its mode.
    """
    named = environment.get("CONFIG")
    path = Path(named or "config.toml")
    if named and not path.exists():
        raise ConfigError(f"{path}: no such file")
    config = configuration.read(path if path.exists() else None)
    return prepare(_with_environment(config, environment))


def prepare(config: Config) -> Config:
    """Fill in what demo mode makes by itself; refuse what production must not start with."""
    config = _with_files(config)
    if config.is_demo:
        config = _with_demo_hosts(_with_demo_keys(config))
    _refuse_unsafe(config)
    url = config.database.url
    if not url:
        config.data_path.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{config.data_path / 'alveole.db'}"
    return replace(config, database=replace(config.database, url=url))


def bring_database_up(config: Config) -> None:
    """In demo mode migrate; in production only make sure that somebody did.

    Raises:
        ConfigError: the database does not have the newest form.
    """
    if config.is_demo:
        upgrade(directory=str(MIGRATIONS))
        return
    if read_revision() != newest_revision():
        raise ConfigError(
            "the database is not up to date: run « flask --app app db upgrade » first"
        )


def refuse_problems(problems: list[str]) -> None:
    """Do not serve as long as a package says that something is wrong.

    Raises:
        ConfigError: with what they say.
    """
    if problems:
        raise ConfigError("; ".join(problems))


def serve(config: Config) -> NoReturn:
    """Become the server: gunicorn reads gunicorn.conf.py, its worker builds the application."""
    os.environ["DATA_DIR"] = str(config.data_path)
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(  # noqa: S606  (our own interpreter, a fixed command)
        sys.executable, [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")]
    )


def _with_environment(config: Config, environment: Mapping[str, str]) -> Config:
    server = config.server
    if environment.get("HOST"):
        server = replace(server, host=environment["HOST"])
    if environment.get("PORT"):
        try:
            server = replace(server, port=int(environment["PORT"]))
        except ValueError as error:
            raise ConfigError(f"PORT: {environment['PORT']!r} is not a number") from error
    data_dir = environment.get("DATA_DIR") or config.data_dir
    return replace(config, server=server, data_dir=data_dir)


def _with_files(config: Config) -> Config:
    kept = config.secrets
    if kept.secret_key_file:
        kept = replace(kept, secret_key=_read_secret(kept.secret_key_file)[0])
    if kept.encryption_keys_file:
        kept = replace(kept, encryption_keys=_read_secret(kept.encryption_keys_file))
    return replace(config, secrets=kept)


def _read_secret(path: str) -> tuple[str, ...]:
    try:
        lines = Path(path).read_text("utf-8").split()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if not lines:
        raise ConfigError(f"{path}: is empty")
    return tuple(lines)


def _with_demo_keys(config: Config) -> Config:
    kept = config.secrets
    if not kept.secret_key:
        kept = replace(kept, secret_key=_demo_key(config.data_path / "secret_key"))
    if not kept.encryption_keys:
        kept = replace(kept, encryption_keys=(_demo_key(config.data_path / "encryption_key"),))
    return replace(config, secrets=kept)


def _with_demo_hosts(config: Config) -> Config:
    """Answer to the names of the address it is bound to: a page elsewhere must not lend it its own.

    A site that makes its name mean 127.0.0.1 could otherwise read the mailbox in a visitor's
    browser. Bound to every address, a trial answers to every name.
    """
    server = config.server
    if server.trusted_hosts or server.host not in LOOPBACK:
        return config
    return replace(config, server=replace(server, trusted_hosts=LOOPBACK))


def _demo_key(path: Path) -> str:
    """Return the key kept in ``path``, made at the first start, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text("utf-8").strip()


def _refuse_unsafe(config: Config) -> None:
    kept = config.secrets
    for name, secret in [("secret_key", kept.secret_key), *_named(kept.encryption_keys)]:
        if len(secret) < SHORTEST_SECRET or len(set(secret)) < SHORTEST_SECRET // 4:
            raise ConfigError(
                f"secrets.{name}: too weak, or missing. Make one with: "
                'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
            )
    if not kept.encryption_keys:
        raise ConfigError("secrets.encryption_keys: at least one key is needed")
    if config.storage.backend == "s3" and not (config.storage.s3_bucket):
        raise ConfigError("storage.s3_bucket: needed when storage.backend is s3")
    if not _is_clamd_address(config.uploads.clamd) or config.uploads.clamd_timeout <= 0:
        raise ConfigError(
            "uploads.clamd, uploads.clamd_timeout: must be tcp://host:port or unix:///path, and "
            "above zero"
        )
    if config.mail.backend == "smtp" and not config.mail.smtp_host:
        raise ConfigError("mail.smtp_host: needed when mail.backend is smtp")
    _refuse_unusable_sms(config.sms)
    if not config.is_demo:
        _refuse_unsafe_production(config)


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


def _refuse_unusable_sms(sms: SmsConfig) -> None:
    for (kind, backend), names in NEEDED_BY_SMS.items():
        if getattr(sms, kind) != backend:
            continue
        for name in names:
            given = getattr(sms, name)
            if not given:
                raise ConfigError(f"sms.{name}: needed when sms.{kind} is {backend}")
            if name.endswith(("_endpoint", "_url")) and not is_private_address(given):
                raise ConfigError(
                    f"sms.{name}: codes and keys travel there: it must begin with https:// "
                    "(http:// is for a gateway on this very machine)"
                )
    wrong = [one for one in sms.allowed_prefixes if not re.fullmatch(r"\+[1-9][0-9]{0,6}", one)]
    if wrong:
        raise ConfigError(f"sms.allowed_prefixes: {wrong[0]!r} is not like +33")
    if sms.daily_budget < 1 or sms.timeout <= 0:
        raise ConfigError("sms.daily_budget, sms.timeout: must be above zero")


def _is_clamd_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        reached = parts.hostname and parts.port
    except ValueError:  # a port that is none
        return False
    is_path = parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc
    return not address or is_path or (parts.scheme == "tcp" and bool(reached))


def is_private_address(url: str) -> bool:
    """Say whether what is sent there can be read by nobody on the way."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}


def _refuse_unsafe_production(config: Config) -> None:
    if config.mail.backend == "mailbox":
        raise ConfigError("mail.backend: the mailbox page shows every code; production needs smtp")
    if "mailbox" in {config.sms.backend, config.sms.voice_backend}:
        raise ConfigError(
            "sms.backend, sms.voice_backend: the mailbox page shows every code; production needs "
            'a provider, or "off"'
        )
    if not config.server.base_url.startswith("https://"):
        raise ConfigError("server.base_url: production needs its https:// address")
    if not config.server.trusted_hosts:
        raise ConfigError("server.trusted_hosts: production needs the list of its host names")
    problem = processes.settings_problem(config)
    if problem is not None:
        raise ConfigError(problem)
    if config.server.proxy_count < 0:
        raise ConfigError(
            "server.proxy_count: say how many proxies stand in front (0 if none), "
            "otherwise anybody can pretend to be at another address"
        )


def _named(keys: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(f"encryption_keys[{index}]", key) for index, key in enumerate(keys)]
