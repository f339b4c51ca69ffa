"""The servers of the tests are real: each refuses what the real one refuses."""

from __future__ import annotations

import contextlib
import smtplib
import threading
import urllib.error
import urllib.request
from email.message import EmailMessage

import psycopg
import pytest
import redis
from botocore.exceptions import ClientError

from tests.servers import processes
from tests.servers.breakable_postgres import breakable_postgres
from tests.servers.smtp import Manner

OVERLAP_GUARD = """
    CREATE TABLE promises (
        caregiver_id int NOT NULL,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        CONSTRAINT ex_promises_overlap EXCLUDE USING gist (
            int8range(caregiver_id, caregiver_id, '[]') WITH &&,
            tstzrange(starts_at, ends_at, '[)') WITH &&
        )
    )
"""


def test_postgres_refuses_two_promises_of_one_hour(postgres_url):
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(OVERLAP_GUARD)
        promise = "INSERT INTO promises VALUES (%s, %s, %s)"
        connection.execute(promise, (1, "2030-01-07 09:00Z", "2030-01-07 10:00Z"))
        connection.execute(promise, (1, "2030-01-07 10:00Z", "2030-01-07 11:00Z"))
        connection.execute(promise, (2, "2030-01-07 09:00Z", "2030-01-07 10:00Z"))
        with pytest.raises(psycopg.errors.ExclusionViolation, match="ex_promises_overlap"):
            connection.execute(promise, (1, "2030-01-07 09:30Z", "2030-01-07 09:45Z"))


def test_each_test_has_a_postgres_database_of_its_own(postgres_server):
    first = postgres_server.new_database()
    with psycopg.connect(first, autocommit=True) as connection:
        connection.execute("CREATE TABLE only_here (id int)")
    copy = postgres_server.new_database(template=first.rpartition("/")[2])
    second = postgres_server.new_database()
    with psycopg.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM only_here").fetchone() == (0,)
    with (
        psycopg.connect(second) as connection,
        pytest.raises(psycopg.errors.UndefinedTable),
    ):
        connection.execute("SELECT count(*) FROM only_here")
    for url in (first, copy, second):
        postgres_server.drop_database(url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(first)


def test_a_killed_postgres_leaves_no_process_behind_and_comes_back_where_it_was():
    with breakable_postgres() as server, contextlib.ExitStack() as lines:
        opened = [lines.enter_context(psycopg.connect(server.url)) for _number in range(5)]
        serving = [line.info.backend_pid for line in opened]
        assert all(map(processes.runs, serving))
        server.kill()
        assert not any(map(processes.runs, serving))
        server.start()
        psycopg.connect(server.url).close()


def test_no_port_of_a_server_is_one_that_a_connection_may_be_given_while_it_is_down():
    ports = processes.free_ports(200)
    assert len(set(ports)) == 200
    assert not set(ports) & set(processes.given_ports())


def test_redis_carries_a_message_from_one_connection_to_another(redis_server):
    with (
        redis.Redis.from_url(redis_server.url) as sender,
        redis.Redis.from_url(redis_server.url) as receiver,
        receiver.pubsub() as subscription,
    ):
        subscription.subscribe("rooms")
        assert subscription.get_message(timeout=60)["type"] == "subscribe"
        assert sender.publish("rooms", "hello") == 1
        assert subscription.get_message(timeout=60)["data"] == b"hello"


def test_s3_keeps_a_file_and_refuses_a_wrong_secret(s3_server):
    bucket = s3_server.new_bucket()
    s3_server.client().put_object(Bucket=bucket, Key="a/b", Body=b"care")
    assert s3_server.client().get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"care"

    stranger = s3_server.client(secret_key="another secret, which nobody gave us.")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        stranger.get_object(Bucket=bucket, Key="a/b")


def test_s3_serves_a_signed_address_and_refuses_a_tampered_one(s3_server):
    bucket = s3_server.new_bucket()
    client = s3_server.client()
    for key in ("mine", "theirs"):
        client.put_object(Bucket=bucket, Key=key, Body=key.encode())
    address = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "mine"}, 60)
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"mine"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(address.replace("/mine?", "/theirs?"))
    assert refused.value.code == 403
    refused.value.close()


def _mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.test", "b@example.test", "Été"
    mail.set_content("Bonjour Chloé,\n")
    return mail


def _send(server, seconds: float = 60) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=seconds) as client:
        client.send_message(_mail())


def test_smtp_receives_a_mail_as_it_was_written(smtp_server):
    _send(smtp_server)
    [mail] = smtp_server.wait_for(1)
    assert mail.recipients == ("b@example.test",)
    assert mail.message["Subject"] == "Été"
    assert mail.text == "Bonjour Chloé,\n"


@pytest.mark.parametrize(
    ("manner", "code"), [(Manner.REFUSE_FOR_NOW, 451), (Manner.REFUSE_FOR_GOOD, 550)]
)
def test_smtp_refuses_when_told_to(smtp_server, manner, code):
    smtp_server.manner = manner
    with pytest.raises(smtplib.SMTPDataError) as refused:
        _send(smtp_server)
    assert refused.value.smtp_code == code
    assert smtp_server.mails == []


def test_smtp_hangs_when_told_to_and_the_client_gives_up(smtp_server):
    smtp_server.manner = Manner.HANG
    client = smtplib.SMTP(smtp_server.host, smtp_server.port, timeout=60)
    client.sock.settimeout(0.3)  # it is greeted, then nothing more is heard
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        client.send_message(_mail())
    client.close()
    smtp_server.reset()
    _send(smtp_server)
    assert len(smtp_server.wait_for(1)) == 1


def test_smtp_is_away_and_comes_back_on_the_same_port(smtp_server):
    with smtp_server.away(), pytest.raises(ConnectionRefusedError):
        _send(smtp_server)
    _send(smtp_server)
    assert len(smtp_server.wait_for(1)) == 1


def test_a_server_that_dies_says_what_it_wrote(tmp_path):
    command = ["/bin/sh", "-c", "echo no room left >&2; exit 3"]
    with (
        pytest.raises(processes.ServerStartError, match="no room left"),
        processes.running(command, log=tmp_path / "log", answers=threading.Event().is_set),
    ):
        pass


def test_a_missing_service_fails_in_ci_and_is_skipped_elsewhere(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Gramophone is missing"):
        processes.unavailable("Gramophone")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="Gramophone is missing"):
        processes.unavailable("Gramophone")
