"""From a configuration to one that may start: environment, demo keys, everything that is wrong."""

from __future__ import annotations

import os
import secrets
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from flask_migrate import upgrade
from sqlalchemy.engine import make_url

from core import config_file, file_rights, host_faults, legal
from core.config import Config
from core.config_addresses import database_problem, is_site
from core.config_file import Reading
from core.config_rules import rule_problems, value_of
from core.database_age import MIGRATIONS, newest_revision, read_revision
from core.page_slots import filled
from core.problems import ConfigError, Problem, line_of, marked, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LOOPBACK = ("127.0.0.1", "localhost")
ROOT = Path(__file__).resolve().parent.parent
SECRET_SETTINGS = (
    "secrets.secret_key",
    "secrets.encryption_keys",
    "secrets.password_pepper",
    "secrets.former_password_peppers",
    "storage.s3_secret_key",
    "mail.smtp_password",
    "sms.ovh_application_secret",
    "sms.ovh_consumer_key",
    "sms.twilio_auth_token",
    "sms.http_token",
)


@dataclass
class _Prepared:
    """A configuration on its way, with what was found wrong so far."""

    config: Config
    problems: list[Problem] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    """Settings that the environment gives, with the names that they have there."""

    def note(self, problems: Iterable[Problem]) -> None:
        """Keep the first thing that is wrong with each setting: the others follow from it."""
        known = {problem.key for problem in self.problems if problem.key}
        self.problems += [problem for problem in problems if problem.key not in known]


def load(environment: Mapping[str, str]) -> Config:
    """Read ``CONFIG`` (else ``config.toml`` if there is one), let HOST, PORT and DATA_DIR win.

    Raises:
        ConfigError: with everything that is wrong, or unsafe for its mode.
    """
    prepared, reading = _read(environment)
    return _finished(prepared, reading)


def load_to_serve(environment: Mapping[str, str]) -> Config:
    """Do the same, and look whether the port is free and the database answers.

    Raises:
        ConfigError: with everything that is wrong.
    """
    prepared, reading = _read(environment)
    prepared.note(_machine_faults(prepared))
    return _finished(prepared, reading)


def load_or_exit(environment: Mapping[str, str]) -> Config:
    """Do the same, or end this process with what is wrong, one line for each reason."""
    try:
        return load(environment)
    except ConfigError as error:
        sys.exit(f"{error}")


def prepare(config: Config) -> Config:
    """Fill in what demo mode makes by itself; refuse what production must not start with.

    Raises:
        ConfigError: with everything that is wrong.
    """
    prepared, reading = _Prepared(config), Reading(config)
    _prepare(prepared, reading)
    return _finished(prepared, reading)


def _read(environment: Mapping[str, str]) -> tuple[_Prepared, Reading]:
    file_rights.keep_private()
    named = environment.get("CONFIG")
    path = Path(named or "config.toml")
    reading = config_file.collect(path if named or path.exists() else None)
    prepared = _with_environment(reading, environment)
    _prepare(prepared, reading)
    return prepared, reading


def _machine_faults(prepared: _Prepared) -> Iterator[Problem]:
    known = {problem.key for problem in prepared.problems}
    server = prepared.config.server
    if not known & {"server.port", "server.host"}:
        fault = host_faults.port_fault(server.host, server.port)
        if fault is not None:
            yield fault
    if not known & {"database.url", "data_dir"}:
        fault = host_faults.database_fault(prepared.config)
        if fault is not None:
            yield fault


def _finished(prepared: _Prepared, reading: Reading) -> Config:
    config = prepared.config
    if prepared.problems:
        located = [
            reading.located(_renamed(problem, prepared.given)) for problem in prepared.problems
        ]
        located.sort(key=line_of)
        raise ConfigError(*located, locales=(config.instance.default_locale,))
    return config


def _prepare(prepared: _Prepared, reading: Reading) -> None:
    prepared.config = _with_files(prepared)
    config = prepared.config
    if config.is_demo or not config.database.url or config.storage.backend == "local":
        problem = file_rights.folder_problem(config.data_path)
        prepared.note(
            [problem] if problem else file_rights.tighten(config.data_path, _sqlite(config))
        )
    can_write = all(problem.key != "data_dir" for problem in prepared.problems)
    if config.is_demo and can_write:
        config = _with_demo_hosts(_with_demo_keys(config))
    without_keys = config.is_demo and not can_write
    rules = [
        problem
        for problem in rule_problems(config)
        if not (without_keys and problem.key.startswith("secrets."))
    ]
    prepared.note(rules)
    prepared.note(_unreadable_texts(config))
    if not config.is_demo:
        prepared.note(_shown_secrets(config, reading))
    url = config.database.url or f"sqlite:///{config.data_path / file_rights.DATABASE}"
    prepared.config = replace(config, database=replace(config.database, url=url))


def _renamed(problem: Problem, given: Mapping[str, str]) -> Problem:
    """Name a setting as the environment does, where it comes from there."""
    name = given.get(problem.key)
    return problem if name is None else replace(problem, key="", location=name)


def bring_database_up(config: Config) -> None:
    """In demo mode migrate; in production only make sure that somebody did.

    Raises:
        ConfigError: the database does not have the newest form.
    """
    if config.is_demo:
        upgrade(directory=str(MIGRATIONS))
    else:
        refuse_old_database(config)


def refuse_unready(config: Config) -> None:
    """Begin nothing beside the server that the server itself would not begin.

    Raises:
        ConfigError: with everything that is wrong.
    """
    away = host_faults.database_fault(config)
    refuse_problems([] if away is None else [away], config)
    refuse_old_database(config)
    refuse_problems(filled("start_problem"), config)


def refuse_old_database(config: Config) -> None:
    """Make sure that the database has the newest form.

    Raises:
        ConfigError: it has not.
    """
    if read_revision() != newest_revision():
        raise ConfigError(host_faults.NOT_MIGRATED, locales=(config.instance.default_locale,))


def refuse_problems(problems: Iterable[Problem | str | list[Problem]], config: Config) -> None:
    """Do not serve as long as a package says that something is wrong.

    Raises:
        ConfigError: with everything that they say.
    """
    told: list[Problem | str] = []
    for fault in problems:
        told += fault if isinstance(fault, list) else [fault]
    if told:
        raise ConfigError(*told, locales=(config.instance.default_locale,))


def serve(config: Config) -> NoReturn:
    """Become the server: gunicorn reads gunicorn.conf.py, its worker builds the application."""
    os.environ["DATA_DIR"] = str(config.data_path)
    os.environ[CHECKED] = "1"
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(  # noqa: S606  (our own interpreter, a fixed command)
        sys.executable, [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")]
    )


CHECKED = "ALVEOLE_CHECKED"
"""Set for the server by the process that judged everything before it."""


def _with_environment(reading: Reading, environment: Mapping[str, str]) -> _Prepared:
    prepared = _Prepared(reading.config, list(reading.problems))
    server = prepared.config.server
    named = {"server.host": "HOST", "server.port": "PORT", "data_dir": "DATA_DIR"}
    prepared.given = {key: name for key, name in named.items() if environment.get(name)}
    if environment.get("HOST"):
        server = replace(server, host=environment["HOST"])
    if environment.get("PORT"):
        given = environment["PORT"]
        if given.isascii() and given.isdigit() and 1 <= int(given) <= 65535:  # noqa: PLR2004
            server = replace(server, port=int(given))
        else:
            words = marked("“%(given)s” is not a port: a number from 1 to 65535.")
            prepared.note([Problem("server.port", words, {"given": given})])
    data_dir = environment.get("DATA_DIR") or prepared.config.data_dir
    prepared.config = replace(prepared.config, server=server, data_dir=data_dir)
    return prepared


def _with_files(prepared: _Prepared) -> Config:
    kept = prepared.config.secrets
    if kept.secret_key_file:
        lines = _read_secret(prepared, "secret_key_file", kept.secret_key_file)
        kept = replace(kept, secret_key=lines[0])
    if kept.encryption_keys_file:
        lines = _read_secret(prepared, "encryption_keys_file", kept.encryption_keys_file)
        kept = replace(kept, encryption_keys=lines)
    return replace(prepared.config, secrets=kept)


def _read_secret(prepared: _Prepared, name: str, path: str) -> tuple[str, ...]:
    """Read the secrets of a file; where it cannot be read say so, and go on with another secret."""
    reason = ""
    try:
        lines = Path(path).read_text("utf-8").split()
    except OSError as error:
        lines, reason = [], reason_of(error)
    except UnicodeDecodeError:
        lines, reason = [], "UTF-8"
    if not lines:
        words = marked("%(path)s is empty.")
        if reason:
            words = marked("%(path)s cannot be read (%(reason)s).")
        problem = Problem(f"secrets.{name}", words, {"path": path, "reason": reason})
        prepared.note([problem])
    return tuple(lines) or (secrets.token_urlsafe(48),)


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
    named = urlsplit(server.base_url).hostname if is_site(server.base_url) else None
    hosts = LOOPBACK if named is None or named in LOOPBACK else (*LOOPBACK, named)
    return replace(config, server=replace(server, trusted_hosts=hosts))


def _demo_key(path: Path) -> str:
    """Return the key kept in ``path``, made at the first start, readable by its owner only."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text("utf-8").strip()


def _sqlite(config: Config) -> Path | None:
    """Return the file of a database that stands elsewhere than in the data folder."""
    url = config.database.url
    if not url or database_problem(url) is not None or not url.startswith("sqlite"):
        return None
    return Path(make_url(url).database or "").absolute()


def _unreadable_texts(config: Config) -> Iterator[Problem]:
    folder = config.instance.legal_dir
    if not folder:
        return
    if not Path(folder).is_dir():
        yield Problem("instance.legal_dir", marked("%(path)s is no folder."), {"path": folder})
        return
    for slug in legal.SLUGS:
        try:
            legal.read(slug, config.instance)
        except (OSError, UnicodeDecodeError, legal.LegalTextError) as error:
            words = marked("%(name)s.txt cannot be shown (%(reason)s).")
            reason = reason_of(error) if isinstance(error, OSError) else f"{error}"
            values = {"name": slug, "reason": reason}
            yield Problem("instance.legal_dir", words, values)


def _shown_secrets(config: Config, reading: Reading) -> Iterator[Problem]:
    """Yield the files of secrets that others on this machine can read."""
    files = {
        "secrets.secret_key_file": config.secrets.secret_key_file,
        "secrets.encryption_keys_file": config.secrets.encryption_keys_file,
    }
    if reading.source is not None and _holds_secrets(reading.config):
        files["mode"] = str(reading.source.path)
    for key, path in files.items():
        if path and Path(path).is_file() and file_rights.is_readable_by_others(Path(path)):
            words = marked("others on this machine can read %(path)s: run « chmod 600 %(path)s ».")
            location = "" if key != "mode" else path
            yield Problem("" if location else key, words, {"path": path}, location)


def _holds_secrets(written: Config) -> bool:
    urls = (written.database.url, written.realtime.message_queue)
    has_password = any("@" in url and ":" in url.partition("@")[0][8:] for url in urls)
    return has_password or any(value_of(written, key) for key in SECRET_SETTINGS)
