"""A database of before is refused in one sentence, by whatever command touches it."""

import os
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from core.database_age import BEFORE_THE_BASELINE, newest_revision
from tests.servers import commands
from tests.servers.processes import free_ports

DEMO = 'mode = "demo"\n'
PRODUCTION = """
mode = "production"
[instance]
contact_email = "contact@bulle-des-tilleuls.fr"
[server]
base_url = "https://bulle-des-tilleuls.fr"
trusted_hosts = ["bulle-des-tilleuls.fr"]
proxy_count = 0
[secrets]
secret_key = "k0-abcdefghijklmnopqrstuvwxyz-0123456789"
encryption_keys = ["k1-abcdefghijklmnopqrstuvwxyz-0123456789"]
[mail]
backend = "smtp"
smtp_host = "127.0.0.1"
sender = "contact@bulle-des-tilleuls.fr"
[sms]
backend = "off"
voice_backend = "off"
"""
COMMANDS = {
    "python app.py": ["app.py"],
    "db upgrade": ["-m", "flask", "--app", "app", "db", "upgrade"],
    "db current": ["-m", "flask", "--app", "app", "db", "current"],
    "db check": ["-m", "flask", "--app", "app", "db", "check"],
    "doctor clock": ["-m", "flask", "--app", "app", "doctor", "clock"],
    "worker": ["-m", "flask", "--app", "app", "worker"],
}


def run(folder: Path, config: str, command: list[str]) -> subprocess.CompletedProcess[str]:
    path = folder / "config.toml"
    path.write_text(config, "utf-8")
    path.chmod(0o600)
    [port] = free_ports(1)
    environment = {"CONFIG": str(path), "DATA_DIR": str(folder), "PORT": str(port)}
    return commands.run(command, environment=os.environ | environment)


def left_behind(url: str, revision: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:at)"), {"at": revision})
        connection.execute(text("CREATE TABLE users (id INTEGER PRIMARY KEY)"))
    engine.dispose()


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0
    assert "Traceback" not in done.stderr + done.stdout
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize(
    ("command", "config"),
    [*((command, DEMO) for command in COMMANDS), ("python app.py", PRODUCTION)],
    ids=[*COMMANDS, "python app.py in production"],
)
def test_a_database_of_a_trial_is_refused_in_one_sentence(tmp_path, command, config):
    left_behind(f"sqlite:///{tmp_path / 'alveole.db'}", min(BEFORE_THE_BASELINE))
    done = run(tmp_path, config, COMMANDS[command])
    said = one_sentence(done)
    assert "mettez de côté" in said
    assert str(tmp_path) in said
    assert "DATA_DIR" in said


def test_the_demonstration_is_not_seeded_over_it_and_english_is_spoken_where_it_is(tmp_path):
    left_behind(f"sqlite:///{tmp_path / 'alveole.db'}", sorted(BEFORE_THE_BASELINE)[1])
    english = 'mode = "demo"\n[instance]\ndefault_locale = "en"\n'
    said = one_sentence(run(tmp_path, english, ["-m", "flask", "--app", "app", "seed", "demo"]))
    assert "keep the folder" in said


def test_on_postgresql_the_sentence_speaks_of_the_database(tmp_path, postgres_url):
    left_behind(postgres_url, sorted(BEFORE_THE_BASELINE)[2])
    config = f'mode = "demo"\n[database]\nurl = "{postgres_url}"\n'
    said = one_sentence(run(tmp_path, config, COMMANDS["python app.py"]))
    assert "DROP DATABASE" in said
    assert "CREATE DATABASE" in said
    assert postgres_url not in said


def test_a_database_of_a_newer_version_is_not_sent_to_the_dustbin(tmp_path):
    left_behind(f"sqlite:///{tmp_path / 'alveole.db'}", "ffffffffffff")
    said = one_sentence(run(tmp_path, DEMO, COMMANDS["db upgrade"]))
    assert "ffffffffffff" in said
    assert "une autre version" in said
    assert "mettez de côté" not in said


def test_the_database_of_today_is_taken(tmp_path):
    done = run(tmp_path, DEMO, COMMANDS["db upgrade"])
    assert done.returncode == 0, done.stderr
    done = run(tmp_path, DEMO, COMMANDS["db current"])
    assert str(newest_revision()) in done.stdout
