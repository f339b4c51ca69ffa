"""What is set is understood, or the start is refused with the place to mend."""

import stat
import tomllib
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest

from core import config as settings
from core import config_file as configuration
from core import start
from core.config import Config
from core.problems import ConfigError

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Pq7" + "abcdefghijklmnopqrstuvwxyz0123456789"


def write(tmp_path, text):
    path = tmp_path / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('mode = "demo"\ncolour = "green"\n', r":2: colour: il n’y a pas de réglage"),
        (
            '[server]\nhost = "x"\n\n[mail]\nsmtp_prot = 25\n',
            r":5: mail.smtp_prot: .*smtp_port",
        ),
        ("[server]\nport = true\n", r":2: server.port: doit être un nombre entier"),
        ('[server]\nport = "80"\n', r":2: server.port: doit être un nombre entier"),
        ("[server]\ntrusted_hosts = [1]\n", r":2: server.trusted_hosts: .*liste de textes"),
        ('mode = "test"\n', r":1: mode: doit être l’une .*: demo, production"),
        ("server = 3\n", r":1: server: doit être une section"),
        ("[server\n", r"config.toml:1: "),
    ],
)
def test_a_mistake_stops_the_start_and_names_its_line(tmp_path, text, expected):
    with pytest.raises(ConfigError, match=expected):
        configuration.read(write(tmp_path, text))


def production(**changes):
    text = f"""
mode = "production"
[instance]
default_locale = "en"
contact_email = "contact@bulle-des-tilleuls.fr"
[server]
base_url = "https://bulle-des-tilleuls.fr"
trusted_hosts = ["bulle-des-tilleuls.fr"]
proxy_count = 1
[secrets]
secret_key = "{SECRET}"
encryption_keys = ["{SECRET[::-1]}"]
[database]
url = "postgresql://localhost/alveole"
[mail]
backend = "smtp"
smtp_host = "localhost"
sender = "Bulle <ne-pas-repondre@bulle-des-tilleuls.fr>"
[sms]
backend = "ovh"
ovh_application_key = "a"
ovh_application_secret = "b"
ovh_consumer_key = "c"
ovh_service_name = "d"
voice_backend = "off"
"""
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_complete_production_configuration_starts(tmp_path):
    config = start.prepare(configuration.read(write(tmp_path, production())))
    assert not config.is_demo
    assert config.base_url == "https://bulle-des-tilleuls.fr"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ((f'secret_key = "{SECRET}"', 'secret_key = "dev"'), "secret_key: missing or too"),
        (
            (f'secret_key = "{SECRET}"', f'secret_key = "{"a" * 40}"'),
            "secret_key: missing or too",
        ),
        ((f'secret_key = "{SECRET}"', ""), "secret_key: missing or too"),
        ((f'encryption_keys = ["{SECRET[::-1]}"]', ""), "encryption_keys: at least one"),
        (('backend = "smtp"', 'backend = "mailbox"'), "mailbox page shows every code"),
        (("https://bulle", "http://bulle"), "needs its https:// address"),
        (('trusted_hosts = ["bulle-des-tilleuls.fr"]', ""), "server.trusted_hosts"),
        (("proxy_count = 1", ""), "server.proxy_count"),
        (('smtp_host = "localhost"', ""), "mail.smtp_host"),
        (('backend = "ovh"', 'backend = "mailbox"'), "production needs a provider"),
        (('voice_backend = "off"', 'voice_backend = "mailbox"'), "production needs a provider"),
        (('voice_backend = "off"', ""), "production needs a provider"),
        (('ovh_consumer_key = "c"', ""), "sms.ovh_consumer_key: is needed when sms.backend = .ovh"),
        (
            ('voice_backend = "off"', 'voice_backend = "twilio"'),
            "twilio_account_sid: is needed",
        ),
        (('voice_backend = "off"', 'voice_backend = "http"'), "sms.http_call_url: is needed"),
        (("[sms]", '[sms]\novh_endpoint = "http://ovh.example"'), "begin with https://"),
        (("[sms]", '[sms]\novh_endpoint = "https://"'), "begin with https://"),
        (("[sms]", '[sms]\nallowed_prefixes = ["33"]'), "“33” is not written like \\+33"),
        (("[sms]", "[sms]\ndaily_budget = 0"), "between 1 and"),
        (("[sms]", "[sms]\ntimeout = 0"), "between 0.1 and"),
    ],
)
def test_production_refuses_what_is_unsafe(tmp_path, change, expected):
    config = configuration.read(write(tmp_path, production(change=change)))
    with pytest.raises(ConfigError, match=expected):
        start.prepare(config)


def test_production_may_do_without_telephones(tmp_path):
    text = production(change=('backend = "ovh"', 'backend = "off"'))
    assert start.prepare(configuration.read(write(tmp_path, text))).sms.backend == "off"


def test_the_example_names_every_key_with_its_default():
    """Uncommented, the example reads back as the defaults: none is missing, none is invented."""
    assert tomllib.loads((ROOT / "config.example.toml").read_text("utf-8")) == _as_dict(Config())


def _as_dict(thing):
    values = {}
    for one in fields(thing):
        value = getattr(thing, one.name)
        if is_dataclass(value):
            values[one.name] = _as_dict(value)
        else:
            values[one.name] = list(value) if isinstance(value, tuple) else value
    return values


def test_demo_keys_are_made_once_and_read_by_their_owner_only(tmp_path):
    config = replace(Config(), data_dir=str(tmp_path))
    first, second = start.prepare(config), start.prepare(config)
    assert first.secrets == second.secrets
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "encryption_key").stat().st_mode) == 0o600


def test_secrets_may_live_in_files(tmp_path):
    (tmp_path / "key").write_text(SECRET + "\n")
    (tmp_path / "keys").write_text(f"{SECRET}new\n{SECRET}\n")
    config = Config(
        data_dir=str(tmp_path),
        secrets=settings.SecretsConfig(
            secret_key_file=str(tmp_path / "key"), encryption_keys_file=str(tmp_path / "keys")
        ),
    )
    kept = start.prepare(config).secrets
    assert kept.secret_key == SECRET
    assert kept.encryption_keys == (f"{SECRET}new", SECRET)
    with pytest.raises(ConfigError, match="introuvable"):
        start.prepare(replace(config, secrets=settings.SecretsConfig(secret_key_file="/nowhere")))


def test_the_environment_says_where_to_listen_and_keep_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = start.load({"HOST": "0.0.0.0", "PORT": "9001", "DATA_DIR": str(tmp_path / "d")})
    assert (config.server.host, config.server.port) == ("0.0.0.0", 9001)
    assert config.base_url == "http://localhost:9001"
    assert config.database.url == f"sqlite:///{tmp_path}/d/alveole.db"
    with pytest.raises(ConfigError, match="PORT"):
        start.load({"PORT": "eighty"})
    with pytest.raises(ConfigError, match="n’existe pas"):
        start.load({"CONFIG": str(tmp_path / "none.toml")})
