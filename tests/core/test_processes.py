"""Processes see each other: without a queue they are told, and in production one is refused."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

import pytest

from core import processes
from core.config import RealtimeConfig, ServerConfig
from core.database import db
from core.problems import ConfigError
from core.processes import (
    GONE,
    Heart,
    ServingProcess,
    list_serving,
    refuse_to_be_second,
    settings_problem,
)
from tests.servers.commands import run
from tests.servers.processes import free_ports, scratch_folder
from tests.servers.several import environment_for, is_answering, serving, settings_of, wait_until

REDIS = "redis://127.0.0.1:1/0"


def heart(host: str, *, queue: str = "", workers: int = 1, parent: int = 1) -> Heart:
    return Heart(queue=queue, workers=workers, host=host, pid=7, parent_pid=parent)


def unreached(one: Heart) -> list[str]:
    return [seen.host for seen in one.list_unreached()]


@pytest.mark.both_databases
def test_two_processes_without_one_queue_see_that_they_do_not_reach_each_other(app):
    here, there = heart("here"), heart("there")
    here.beat()
    there.beat()
    assert unreached(here) == ["there"]
    assert unreached(there) == ["here"]
    there.stop()
    assert unreached(here) == []


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [(REDIS, REDIS, []), (REDIS, "", ["b"]), (REDIS, REDIS + "1", ["b"]), ("", "", ["b"])],
)
def test_only_the_same_queue_connects_them(app, mine, theirs, expected):
    one, other = heart("a", queue=mine), heart("b", queue=theirs)
    one.beat()
    other.beat()
    assert unreached(one) == expected
    kept = {row.queue_hash for row in list_serving()}
    assert not any("redis" in text for text in kept), "an address may hold a password"


def test_a_worker_that_takes_over_from_another_is_no_second_one(app):
    old, new = heart("a", parent=5), heart("a", parent=5)
    old.beat()
    new.beat()
    assert unreached(new) == []
    of_several = heart("a", parent=5, workers=2)
    of_several.beat()
    assert len(unreached(of_several)) == 2


@pytest.mark.both_databases
def test_who_gives_no_sign_is_gone_and_its_row_too(app, travel_to):
    dead, alive = heart("dead"), heart("alive")
    dead.beat()
    alive.beat()
    travel_to(GONE + timedelta(seconds=1))
    alive.beat()
    assert unreached(alive) == []
    assert [row.host for row in db.session.query(ServingProcess)] == ["alive"]


def test_it_is_logged_once_for_each_and_the_doctor_says_it(app, caplog):
    one, other = heart("one"), heart("other")
    one.beat()
    runner = app.test_cli_runner()
    assert runner.invoke(args=["doctor", "processes"]).exit_code == 0
    other.beat()
    told = processes.tell_of_unreached(one, set())
    assert processes.tell_of_unreached(one, told) == told
    said = [record.getMessage() for record in caplog.records]
    assert sum("processes_share_no_queue" in text for text in said) == 1
    answer = runner.invoke(args=["doctor", "processes"])
    assert answer.exit_code == 1
    assert "realtime.message_queue" in answer.output
    other.stop()
    assert runner.invoke(args=["doctor", "processes"]).exit_code == 0


@pytest.fixture
def production(app):
    return replace(app.config["ALVEOLE"], mode="production")


def test_in_production_the_second_is_refused_while_the_first_lives(
    app, production, travel_to, monkeypatch
):
    monkeypatch.setattr(processes, "BEAT", 2.0)
    first, second = heart("first"), heart("second")
    first.beat()
    second.beat()
    over = Event()

    def live():
        with app.app_context():
            while not over.wait(0.2):
                travel_to(timedelta(seconds=1))
                first.beat()

    thread = Thread(target=live)
    thread.start()
    try:
        with pytest.raises(ConfigError, match=r"first.*realtime\.message_queue"):
            refuse_to_be_second(second, production)
        refuse_to_be_second(first, production)  # of two at once, the older one stays
        refuse_to_be_second(second, app.config["ALVEOLE"])  # a trial is only told
    finally:
        over.set()
        thread.join()


def test_a_row_that_a_killed_process_left_stops_nobody(app, production, monkeypatch):
    monkeypatch.setattr(processes, "BEAT", 0.5)
    left, fresh = heart("killed"), heart("fresh")
    left.beat()
    fresh.beat()
    refuse_to_be_second(fresh, production)


def test_several_workers_without_a_queue_are_refused_by_the_settings(production):
    several = replace(production, server=ServerConfig(workers=2))
    assert "realtime.message_queue" in settings_problem(several).say("fr")
    assert settings_problem(replace(several, realtime=RealtimeConfig(message_queue=REDIS))) is None
    assert settings_problem(production) is None


PRODUCTION = """
[instance]
default_locale = "en"
contact_email = "contact@bulle-des-tilleuls.fr"
[server]
base_url = "https://bulle-des-tilleuls.fr"
trusted_hosts = ["bulle-des-tilleuls.fr"]
proxy_count = 0
[mail]
backend = "smtp"
smtp_host = "127.0.0.1"
sender = "contact@bulle-des-tilleuls.fr"
[sms]
backend = "off"
voice_backend = "off"
"""


def test_a_second_server_ends_with_one_sentence_and_the_first_goes_on(app, cast):
    settings = settings_of(app, PRODUCTION, mode="production")
    with serving(settings) as first:
        assert wait_until(lambda: len(fresh_rows()) == 1)
        with scratch_folder("second") as folder:
            (folder / "config.toml").write_text(settings, "utf-8")
            (folder / "config.toml").chmod(0o600)
            [port] = free_ports(1)
            done = run(["app.py"], environment=os.environ | environment_for(folder, port))
        said = done.stdout + done.stderr
        assert done.returncode != 0
        assert "another process serves this database already" in said, said
        assert "Traceback" not in said
        assert is_answering(first.port)
        first.process.kill()
        first.process.wait()
        with serving(settings) as next_one:
            assert is_answering(next_one.port)


def fresh_rows() -> list[ServingProcess]:
    db.session.rollback()
    return db.session.query(ServingProcess).all()
