"""Everything that is wrong is told at once, one sentence each, before anything starts."""

import dataclasses
import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_type_hints

import pytest

from core import config_file, config_rules, file_rights, start
from core.config import CHOICES, Config
from core.problems import ConfigError
from tests.core.test_config import production, write
from tests.servers import commands

ROOT = Path(__file__).resolve().parents[2]
WRONG = """
mode = "production"
colour = "green"
[instance]
contact_email = "contact@example.org"
default_time_zone = "Europe/Lyon"
default_locale = "de"
legal_dir = "/nowhere"
[server]
host = "a host"
port = 99999
workers = "two"
base_url = "https://soins.fr/x"
trusted_hosts = ["https://soins.fr"]
[secrets]
secret_key = "dev"
encryption_keys_file = "/nowhere/keys"
[database]
url = "mysql://u:verysecret@h/x"
pool_sise = 3
[storage]
backend = "s3"
s3_endpoint = "minio:9000"
[uploads]
clamd = "localhost"
[mail]
backend = "smtp"
smtp_port = true
sender = "nobody"
smtp_timeout = 0
[sms]
backend = "http"
http_sms_url = "http://gateway.example.fr/sms"
allowed_prefixes = ["33"]
[realtime]
message_queue = "redis//h"
[log]
level = "loud"
"""
TOLD = {
    "colour": 3,
    "instance.contact_email": 5,
    "instance.default_time_zone": 6,
    "instance.default_locale": 7,
    "instance.legal_dir": 8,
    "server.host": 10,
    "server.port": 11,
    "server.workers": 12,
    "server.base_url": 13,
    "server.trusted_hosts": 14,
    "secrets.secret_key": 16,
    "secrets.encryption_keys_file": 17,
    "database.url": 19,
    "database.pool_sise": 20,
    "storage.s3_endpoint": 23,
    "uploads.clamd": 25,
    "mail.smtp_port": 28,
    "mail.sender": 29,
    "mail.smtp_timeout": 30,
    "sms.http_sms_url": 33,
    "sms.allowed_prefixes": 34,
    "realtime.message_queue": 36,
    "log.level": 38,
    # Missing ones are told with the line of their section.
    "server.proxy_count": 9,
    "storage.s3_bucket": 21,
    "mail.smtp_host": 26,
    "sms.http_token": 31,
    "sms.voice_backend": 31,
}


def refusal(tmp_path, text, **environment):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        start.load({"CONFIG": str(path), "DATA_DIR": str(tmp_path / "data")} | environment)
    return refused.value.lines()


def test_everything_that_is_wrong_is_told_in_one_go_with_its_line(tmp_path):
    lines = refusal(tmp_path, WRONG)
    found = {}
    for line in lines:
        place, key, words = re.fullmatch(r".*config\.toml:(\d+): ([\w.]+): (.+)", line).groups()
        assert key not in found, line
        assert words
        found[key] = int(place)
    assert {key: found.get(key) for key in TOLD} == TOLD
    assert [int(re.search(r"toml:(\d+)", line).group(1)) for line in lines] == sorted(
        found.values()
    )
    assert "verysecret" not in "".join(lines)


@pytest.mark.parametrize(
    ("locale", "words"), [("fr", "doit être compris entre"), ("en", "must be between")]
)
def test_the_sentences_are_in_the_language_of_the_instance(tmp_path, locale, words):
    text = f'[instance]\ndefault_locale = "{locale}"\n[server]\nport = 0\n'
    assert words in refusal(tmp_path, text)[0]


@pytest.mark.parametrize(
    "content", [b"[server\n", b"\xff\xfe", None], ids=["syntax", "encoding", "missing"]
)
def test_a_file_that_cannot_be_read_is_told_in_french_then_in_english(tmp_path, content):
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        start.load({"CONFIG": str(path), "DATA_DIR": str(tmp_path)})
    french, english = refused.value.lines()
    assert re.search(r"n’est pas écrite|doit être écrit|n’existe pas", french)
    assert re.search(r"TOML wants|must be written|no such file", english)
    assert all(str(path) in line for line in (french, english))


def test_every_number_has_a_range_and_every_range_a_number():
    numbers = set()
    for section in dataclasses.fields(Config):
        kind = get_type_hints(Config)[section.name]
        if dataclasses.is_dataclass(kind):
            for name, hint in get_type_hints(kind).items():
                if hint in {int, float}:
                    numbers.add(f"{section.name}.{name}")
    assert numbers == set(config_rules.RANGES)


@pytest.mark.parametrize("key", sorted(config_rules.RANGES))
def test_beyond_its_range_a_number_is_refused_and_its_ends_are_taken(tmp_path, key):
    least, most = config_rules.RANGES[key]
    section, name = key.split(".")
    config = replace(Config(), data_dir=str(tmp_path))

    def with_value(value):
        return replace(config, **{section: replace(getattr(config, section), **{name: value})})

    for value in (least, most):
        start.prepare(with_value(value))
    for value in (least - 1, most + 1, float("nan")):
        with pytest.raises(ConfigError, match=key.replace(".", r"\.")):
            start.prepare(with_value(value))


@pytest.mark.parametrize("key", sorted(CHOICES))
def test_a_choice_that_does_not_exist_is_refused(tmp_path, key):
    section, _, name = key.rpartition(".")
    value = '["x"]' if key == "security.require_strong_step" else '"x"'
    text = (f"[{section}]\n" if section else "") + f"{name} = {value}\n"
    assert any(f": {key}: " in line for line in refusal(tmp_path, text))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("contact@bulle-des-tilleuls.fr", "contact@example.com"), "instance.contact_email"),
        (("ne-pas-repondre@bulle-des-tilleuls.fr", "a@mail.example.net"), "mail.sender"),
        (
            ('url = "https://bulle-des-tilleuls.fr"', 'url = "https://a.example.org"'),
            "server.base_url",
        ),
        (('hosts = ["bulle', 'hosts = ["care.test", "bulle'), "server.trusted_hosts"),
        (('hosts = ["bulle', 'hosts = [".example.org:443", "bulle'), "server.trusted_hosts"),
        (('url = "https://bulle-des-tilleuls.fr"', 'url = "https://autre.fr"'), "server.base_url"),
        (('url = "https://bulle', 'url = "https://x:y@bulle'), "server.base_url"),
        (('url = "https://bulle', 'url = "https://:443/bulle'), "server.base_url"),
        (("postgresql://localhost/alveole", "postgresql://localhost"), "database.url"),
        (("postgresql://localhost/alveole", "postgresql://localhost:abc/a"), "database.url"),
        (("postgresql://localhost/alveole", "postgresql+psycopg2://localhost/a"), "database.url"),
        (('smtp_host = "localhost"', 'smtp_host = "smtp://mail"'), "mail.smtp_host"),
        (('smtp_host = "localhost"', 'smtp_host = "m"\nsmtp_user = "u"'), "mail.smtp_password"),
        (("[secrets]", '[secrets]\npassword_pepper = "short"'), "secrets.password_pepper"),
        (("contact@bulle-des-tilleuls.fr", "Bulle"), "instance.contact_email"),
    ],
)
def test_in_production_what_cannot_be_meant_is_refused(tmp_path, change, key):
    lines = refusal(tmp_path, production(change=change))
    assert [line for line in lines if f": {key}: " in line], lines
    assert len(lines) == 1, lines


@pytest.mark.parametrize(
    "hosts",
    ['"bulle-des-tilleuls.fr:8443"', '".bulle-des-tilleuls.fr"', '"a.fr", "BULLE-des-tilleuls.fr"'],
)
def test_a_host_may_be_trusted_in_every_way_of_writing_it(tmp_path, hosts):
    change = ('trusted_hosts = ["bulle-des-tilleuls.fr"]', f"trusted_hosts = [{hosts}]")
    path = write(tmp_path, production(change=change))
    start.load({"CONFIG": str(path), "DATA_DIR": str(tmp_path)})


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", "8000.0", "٨٠"])
def test_the_port_of_the_environment_is_named_as_such(tmp_path, port):
    [line] = refusal(tmp_path, 'mode = "demo"\n', PORT=port)
    assert line.startswith("PORT: ")


def test_a_host_and_a_folder_of_the_environment_too(tmp_path):
    (tmp_path / "file").write_text("")
    lines = refusal(tmp_path, 'mode = "demo"\n', HOST="http://x", DATA_DIR=str(tmp_path / "file"))
    assert sorted(line.split(":")[0] for line in lines) == ["DATA_DIR", "HOST"]


@pytest.mark.parametrize(
    ("mode", "owner", "is_told"),
    [
        (0o600, 0, False),
        (0o640, 0, False),
        (0o644, 0, True),
        (0o640, 65534, True),
        (0o604, 0, True),
    ],
)
def test_secrets_that_others_can_read_are_refused_in_production(tmp_path, mode, owner, is_told):
    secret = "Zx9" + "abcdefghijklmnopqrstuvwxyz0123456789"
    keys = tmp_path / "keys"
    keys.write_text(secret)
    text = production(change=("encryption_keys = [", f'encryption_keys_file = "{keys}"\n#'))
    path = write(tmp_path, text)
    environment = {"CONFIG": str(path), "DATA_DIR": str(tmp_path / "data")}
    for file in (keys, path):
        file.chmod(0o600)
        os.chown(file, owner if os.geteuid() == 0 else -1, -1)
    start.load(environment)
    for file in (keys, path):
        file.chmod(mode)
    if not is_told:
        start.load(environment)
        return
    with pytest.raises(ConfigError) as refused:
        start.load(environment)
    lines = refused.value.lines()
    assert len(lines) == 2
    assert all("chmod 600" in line for line in lines)
    assert secret not in "".join(lines)


def test_a_configuration_without_secrets_may_be_read_by_all(tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("Zx9" + "abcdefghijklmnopqrstuvwxyz0123456789")
    keys.chmod(0o600)
    text = re.sub(
        r"secret_key = .*\nencryption_keys = .*",
        f'secret_key_file = "{keys}"\nencryption_keys_file = "{keys}"',
        production(),
    )
    for line in ("ovh_application_secret", "ovh_consumer_key"):
        text = re.sub(rf"{line} = .*\n", "", text)
    path = write(tmp_path, text.replace('backend = "ovh"', 'backend = "off"'))
    path.chmod(0o644)
    start.load({"CONFIG": str(path), "DATA_DIR": str(tmp_path)})


def test_a_folder_that_everybody_shares_is_not_made_ours(tmp_path):
    tmp_path.chmod(0o1777)
    [line] = refusal(tmp_path, 'mode = "demo"\n', DATA_DIR=str(tmp_path))
    assert "est partagé par tous" in line
    assert tmp_path.stat().st_mode & 0o7777 == 0o1777


# ── In processes of their own ─────────────────────────────────────────────────────────────────


def run(*command, folder, **environment):
    environment = {**os.environ, "DATA_DIR": str(folder)} | environment
    if "gunicorn" not in command:
        return commands.run(command, environment=environment)
    return subprocess.run(  # it must be the first to import what makes sockets cooperative
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_one_sentence(done, words, *, count=1):
    said = [line for line in (done.stdout + done.stderr).splitlines() if "[INFO]" not in line]
    assert done.returncode != 0, said
    assert len(said) == count, said
    assert re.search(words, said[0]), said


DOORS = {
    "server": ("app.py",),
    "gunicorn": ("-m", "gunicorn", "-c", "gunicorn.conf.py"),
    "worker": ("-m", "flask", "--app", "app", "worker"),
    "upgrade": ("-m", "flask", "--app", "app", "db", "upgrade"),
}


@pytest.mark.parametrize("door", DOORS)
def test_at_every_door_wrong_settings_are_told_without_a_traceback(tmp_path, door):
    path = write(tmp_path, "[server]\nworkers = 0\n[mail]\nsmtp_timeout = -1\n")
    done = run(*DOORS[door], folder=tmp_path / "data", CONFIG=str(path), PORT="0")
    assert_one_sentence(done, r"PORT: |toml:2: server.workers", count=3)
    assert not (tmp_path / "data" / "alveole.db").exists()


@pytest.mark.parametrize("door", DOORS)
def test_at_every_door_a_database_that_is_down_is_one_sentence(tmp_path, door):
    text = '[database]\nurl = "postgresql://alveole:verysecret@127.0.0.1:1/alveole"\n'
    path = write(tmp_path, text)
    done = run(*DOORS[door], folder=tmp_path / "data", CONFIG=str(path), PORT="65529")
    assert_one_sentence(done, "database.url: la base de données ne répond pas")
    assert "verysecret" not in done.stdout + done.stderr


def test_a_wrong_password_of_the_database_is_one_sentence(tmp_path, postgres_server):
    url = re.sub(r"//[^@]*@", "//nobody:verysecret@", postgres_server.new_database())
    path = write(tmp_path, f'[database]\nurl = "{url}"\n')
    done = run("app.py", folder=tmp_path / "data", CONFIG=str(path), PORT="65529")
    assert_one_sentence(done, "database.url: la base de données ne répond pas, ou refuse")
    assert "verysecret" not in done.stdout + done.stderr


@pytest.mark.parametrize("door", ["worker", "audit"])
def test_a_database_that_was_not_brought_up_to_date_is_one_sentence(tmp_path, door):
    command = DOORS.get(door, ("-m", "flask", "--app", "app", "audit", "verify"))
    assert_one_sentence(run(*command, folder=tmp_path / "data"), "n’est pas à jour")


def test_a_file_that_is_no_database_is_one_sentence(tmp_path):
    (tmp_path / "alveole.db").write_text("no database " * 200)
    assert_one_sentence(run("app.py", folder=tmp_path, PORT="65529"), "database.url: ")


def test_a_port_that_is_taken_is_one_sentence_at_both_doors_of_the_server(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = str(taken.getsockname()[1])
        for door in ("server", "gunicorn"):
            done = run(*DOORS[door], folder=tmp_path / "data", PORT=port)
            said = done.stdout + done.stderr
            assert done.returncode != 0
            assert f"PORT: le port {port} de 127.0.0.1 est déjà pris" in said
            assert "Traceback" not in said


def test_an_example_copied_as_it_is_starts(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text((ROOT / "config.example.toml").read_text("utf-8"))
    assert config_file.read(path) == Config()
    start.load({"CONFIG": str(path), "DATA_DIR": str(tmp_path / "data")})


def test_our_own_keys_are_closed_to_others_before_they_are_read(tmp_path):
    start.load({"DATA_DIR": str(tmp_path)})
    for name in file_rights.KEYS:
        (tmp_path / name).chmod(0o644)
    start.load({"DATA_DIR": str(tmp_path)})
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in file_rights.KEYS} == {0o600}
