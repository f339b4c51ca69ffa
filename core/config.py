"""Configuration: everything that can be set, in frozen dataclasses with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class InstanceConfig:
    """What people see of this installation."""

    name: str = "Alvéole"
    contact_email: str = "contact@example.org"
    help_phone: str = ""
    help_hours: str = ""
    default_locale: str = "fr"
    default_time_zone: str = "Europe/Paris"
    bubble_creation: str = "anyone"
    """``anyone`` with a proved address, or ``host``: only by command."""
    legal_dir: str = ""
    """A folder with the host's own legal texts; ours stand for those that are missing."""


@dataclass(frozen=True)
class ServerConfig:
    """Where the application listens and what it is called from outside."""

    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxy_count: int = -1
    """Proxies in front, each adding one X-Forwarded-For; -1 means that nobody has said."""
    workers: int = 1
    feed_reads_per_hour: int = 60
    """Of one calendar link, in each process; programs read a few times an hour at most."""


@dataclass(frozen=True)
class SecretsConfig:
    """What must never be published. In demo mode, made and kept in the data folder."""

    secret_key: str = ""
    secret_key_file: str = ""
    encryption_keys: tuple[str, ...] = ()
    encryption_keys_file: str = ""
    """One key a line, newest first."""
    password_pepper: str = ""
    former_password_peppers: tuple[str, ...] = ()
    """Those of before: they open what they closed, until its owner signs in."""


@dataclass(frozen=True)
class DatabaseConfig:
    """SQLite in the data folder unless a URL says otherwise."""

    url: str = ""
    pool_size: int = 10


@dataclass(frozen=True)
class StorageConfig:
    """Where files live: ``local`` (the data folder) or ``s3``."""

    backend: str = "local"
    s3_endpoint: str = ""
    s3_region: str = "eu-west-1"
    s3_bucket: str = ""
    s3_access_key: str = ""
    s3_secret_key: str = ""
    s3_server_side_encryption: str = ""


@dataclass(frozen=True)
class UploadsConfig:
    """What files pass before they are kept.

    How large one may be is no setting: ``uploads.inspection.files.MAX_BYTES``.
    """

    clamd: str = ""
    """``tcp://host:3310`` or ``unix:///path``: no file is taken that it has not judged."""
    clamd_timeout: float = 20.0


@dataclass(frozen=True)
class MailConfig:
    """How mail leaves: ``smtp``, or ``mailbox`` (a page and the terminal; never in production)."""

    backend: str = "mailbox"
    sender: str = "Alvéole <ne-pas-repondre@example.org>"
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_security: str = "starttls"
    """``starttls``, ``tls`` or ``none`` (a relay on this very machine)."""
    smtp_timeout: float = 10.0


# fmt: off
REACHED_PREFIXES = (
    "+33", "+262", "+508", "+590", "+594", "+596", "+681", "+687", "+689", "+30", "+31", "+32",
    "+34", "+351", "+352", "+353", "+354", "+356", "+357", "+358", "+359", "+36", "+370", "+371",
    "+372", "+385", "+386", "+39", "+40", "+420", "+421", "+423", "+43", "+45", "+46", "+47",
    "+48", "+49", "+376", "+377", "+41", "+44",
)
# fmt: on
"""France and its overseas territories, the European Union and its economic area, and the neighbours
from which people come to work: Switzerland, Monaco, Andorra, the United Kingdom."""


@dataclass(frozen=True)
class SmsConfig:
    """How text messages and spoken codes leave."""

    backend: str = "mailbox"
    """``mailbox`` (never in production), ``ovh``, ``twilio``, ``http``, or ``off``."""
    voice_backend: str = "mailbox"
    """``mailbox`` (never in production), ``twilio``, ``http``, or ``off``."""
    sender: str = "Alveole"
    """What telephones show; with Twilio a number of yours, or a messaging service (MG…)."""
    timeout: float = 5.0
    daily_budget: int = 500
    """Messages and calls in any 24 hours, for everybody together."""
    allowed_prefixes: tuple[str, ...] = REACHED_PREFIXES
    ovh_endpoint: str = "https://eu.api.ovh.com/1.0"
    ovh_application_key: str = ""
    ovh_application_secret: str = ""
    ovh_consumer_key: str = ""
    ovh_service_name: str = ""
    twilio_endpoint: str = "https://api.twilio.com"
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_caller: str = ""
    """The number of yours that calls come from."""
    http_sms_url: str = ""
    http_call_url: str = ""
    http_token: str = ""


@dataclass(frozen=True)
class SecurityConfig:
    """Rules that a host may tighten."""

    password_policy: str = "composed"  # noqa: S105  (a policy's name, not a password)
    """``composed``: 12 characters with A, a and 1; ``length``: 15 characters, as NIST prefers."""
    self_service_email_change: bool = False
    """People change their address themselves, proving both; otherwise they write to the host."""
    require_strong_step: tuple[str, ...] = ()
    """Roles that must have an app or a passkey: « administrator », « caregiver »."""


@dataclass(frozen=True)
class RealtimeConfig:
    """Live connections."""

    max_sockets: int = 500
    """Beyond this the server refuses sockets, and pages ask every few seconds instead."""
    message_queue: str = ""
    """redis://… when several processes serve."""


@dataclass(frozen=True)
class WorkerConfig:
    """Who empties the outbox."""

    embedded: bool = True
    """A thread of the server; otherwise run ``flask worker`` beside it."""


@dataclass(frozen=True)
class RetentionConfig:
    """How long things are kept, each in the unit at the end of its name."""

    record_months: int = 0
    """What a team keeps of somebody whose account has ended, from then on; 0: nothing."""
    audit_months: int = 12
    journal_months: int = 12
    device_months: int = 12
    """A browser that signed in once, since it last did."""
    invitation_months: int = 12
    """An invitation, since the end of its last link."""
    notice_months: int = 12
    """Reminders, calls, offers and proposals that have served."""
    reader_months: int = 12
    """A program that reads a calendar link, since it last did."""
    mailbox_days: int = 30
    sent_days: int = 30
    """A message that has left; its words are forgotten at once."""
    unsent_days: int = 90
    """A message that could not leave; a dead one keeps its words until then, to be sent again."""
    counter_days: int = 31
    """Of brakes; none looks further back."""
    hold_days: int = 30
    """A hold that became no appointment."""
    ended_days: int = 1
    """Sessions, sign-ins, codes, links: a late page is told that they ended."""
    unfinished_hours: int = 24
    """A booking or a list of invitations that was begun."""
    request_hours: int = 24
    """The key by which a request that is sent twice is one."""
    typed_hours: int = 1
    """What was typed when the session had ended."""


@dataclass(frozen=True)
class LogConfig:
    """What is written to standard output."""

    level: str = "info"
    format: str = "json"
    """``json`` or ``console``."""


@dataclass(frozen=True)
class Config:
    """Everything that can be set."""

    mode: str = "demo"
    data_dir: str = "data"
    instance: InstanceConfig = field(default_factory=InstanceConfig)
    server: ServerConfig = field(default_factory=ServerConfig)
    secrets: SecretsConfig = field(default_factory=SecretsConfig)
    database: DatabaseConfig = field(default_factory=DatabaseConfig)
    storage: StorageConfig = field(default_factory=StorageConfig)
    uploads: UploadsConfig = field(default_factory=UploadsConfig)
    mail: MailConfig = field(default_factory=MailConfig)
    sms: SmsConfig = field(default_factory=SmsConfig)
    security: SecurityConfig = field(default_factory=SecurityConfig)
    realtime: RealtimeConfig = field(default_factory=RealtimeConfig)
    worker: WorkerConfig = field(default_factory=WorkerConfig)
    retention: RetentionConfig = field(default_factory=RetentionConfig)
    log: LogConfig = field(default_factory=LogConfig)

    @property
    def is_demo(self) -> bool:
        """Say whether this is a trial on somebody's machine."""
        return self.mode == "demo"

    @property
    def has_mailbox(self) -> bool:
        """Say whether something that should leave is kept on a page instead."""
        backends = {self.mail.backend, self.sms.backend, self.sms.voice_backend}
        return self.is_demo and "mailbox" in backends

    @property
    def data_path(self) -> Path:
        """Return the folder of the database, the files and the demo keys, absolute."""
        return Path(self.data_dir).absolute()

    @property
    def base_url(self) -> str:
        """Return the address that mails and feeds name, without a final slash."""
        if self.server.base_url:
            return self.server.base_url.rstrip("/")
        host = "localhost" if self.server.host in {"0.0.0.0", "::"} else self.server.host  # noqa: S104
        return f"http://{host}:{self.server.port}"


CHOICES = {
    "mode": ("demo", "production"),
    "instance.default_locale": ("fr", "en"),
    "instance.bubble_creation": ("anyone", "host"),
    "storage.backend": ("local", "s3"),
    "mail.backend": ("mailbox", "smtp"),
    "mail.smtp_security": ("starttls", "tls", "none"),
    "sms.backend": ("mailbox", "ovh", "twilio", "http", "off"),
    "sms.voice_backend": ("mailbox", "twilio", "http", "off"),
    "security.password_policy": ("composed", "length"),
    "security.require_strong_step": ("administrator", "caregiver"),
    "log.level": ("debug", "info", "warning", "error"),
    "log.format": ("json", "console"),
}
