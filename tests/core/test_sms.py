"""Text messages and calls: each provider's own protocol, bounded waits, lists and budgets."""

import contextlib
import datetime as dt
import http.client
import ipaddress
import json
import ssl
import time
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select
from structlog.testing import capture_logs

from core import clock, outgoing_http, sms
from core import outbox as box
from core.config import Config, SmsConfig
from core.database import db
from core.errors import TooManyRequestsError
from core.mail import MailboxMessage
from core.outbox import OutboxMessage, OutboxState, RefusedForGoodError
from core.sms_providers import HttpGateway, OvhSms, ProviderError, Twilio
from core.transaction import transaction
from tests.servers import sms_providers as far
from tests.servers.sms_providers import Manner, Received

PHONE = "+33639981234"
FAST = 0.3


@pytest.fixture
def config(sms_server) -> SmsConfig:
    sms_server.now = int(clock.now().timestamp())
    return SmsConfig(
        sender="Alveole",
        timeout=5,
        ovh_endpoint=f"{sms_server.url}/1.0",
        ovh_application_key=far.APPLICATION,
        ovh_application_secret=far.SECRET,
        ovh_consumer_key=far.CONSUMER,
        ovh_service_name=far.SERVICE,
        twilio_endpoint=sms_server.url,
        twilio_account_sid=far.ACCOUNT,
        twilio_auth_token=far.AUTH_TOKEN,
        twilio_caller="+33199001234",
        http_sms_url=f"{sms_server.url}/gateway/sms",
        http_call_url=f"{sms_server.url}/gateway/call",
        http_token=far.GATEWAY_TOKEN,
    )


EACH = pytest.mark.parametrize("kind", [OvhSms, Twilio, HttpGateway])


# ── Each provider, in its own words ───────────────────────────────────────────────────────────


def test_ovh_takes_a_signed_job(config, sms_server):
    assert OvhSms(config).send_sms("here-12", PHONE, "Alvéole : 481027") == "77"
    assert sms_server.received == [Received("sms", PHONE, "Alvéole : 481027", "Alveole", "here-12")]


def test_ovh_is_signed_by_its_own_clock(config, sms_server):
    sms_server.now += 3600
    OvhSms(config).send_sms("here-12", PHONE, "481027")
    assert len(sms_server.received) == 1


def test_a_clock_that_moved_is_asked_for_again(config, sms_server):
    provider = OvhSms(config)
    provider.send_sms("here-1", PHONE, "1")
    sms_server.now += 3600
    with pytest.raises(RefusedForGoodError, match="OVHcloud: 400 QUERY_TIME_OUT"):
        provider.send_sms("here-2", PHONE, "2")
    provider.send_sms("here-3", PHONE, "3")
    assert [one.reference for one in sms_server.received] == ["here-1", "here-3"]


def test_a_receiver_that_ovh_sets_aside_is_a_refusal(config, sms_server):
    sms_server.manner = Manner.SET_ASIDE
    with pytest.raises(RefusedForGoodError, match="receiver is not valid"):
        OvhSms(config).send_sms("here-12", PHONE, "481027")


def test_a_wrong_secret_makes_a_signature_that_ovh_refuses(config, sms_server):
    with pytest.raises(RefusedForGoodError, match="INVALID_SIGNATURE"):
        OvhSms(replace(config, ovh_application_secret="x")).send_sms("here-12", PHONE, "1")
    with pytest.raises(ProviderError, match="403 INVALID_CREDENTIAL"):
        OvhSms(replace(config, ovh_consumer_key="x")).send_sms("here-12", PHONE, "1")
    assert sms_server.received == []


def test_twilio_takes_a_form_and_an_account(config, sms_server):
    numbered = replace(config, sender="+33755530000")
    assert Twilio(numbered).send_sms("here-12", PHONE, "Été : 1 & 2 + 3") == "SM1"
    Twilio(replace(config, sender="MG77")).send_sms("here-13", PHONE, "481027")
    assert sms_server.received == [
        Received("sms", PHONE, "Été : 1 & 2 + 3", "+33755530000"),
        Received("sms", PHONE, "481027", "MG77"),
    ]
    with pytest.raises(ProviderError, match="Twilio: 401 20003"):
        Twilio(replace(config, twilio_auth_token="x")).send_sms("here-14", PHONE, "1")


@pytest.mark.parametrize(("language", "voice"), [("fr", "fr-FR"), ("en", "en-GB"), ("xx", "fr-FR")])
def test_twilio_speaks_in_the_persons_language(config, sms_server, language, voice):
    assert Twilio(config).call("here-12", PHONE, "4, 8 <& 1", language) == "CA1"
    assert sms_server.received == [
        Received("call", PHONE, "4, 8 <& 1", "+33199001234", language=voice)
    ]


def test_a_gateway_gets_json_a_token_and_the_same_key_at_every_try(config, sms_server):
    gateway = HttpGateway(config)
    for _ in range(2):
        gateway.send_sms("here-12", PHONE, "481027")
    assert gateway.call("here-13", PHONE, "4, 8", "fr") == "g-1"
    assert sms_server.received == [
        Received("sms", PHONE, "481027", "Alveole", "here-12"),
        Received("sms", PHONE, "481027", "Alveole", "here-12"),
        Received("call", PHONE, "4, 8", "Alveole", "here-13", "fr"),
    ]
    with pytest.raises(ProviderError, match="gateway: 401"):
        HttpGateway(replace(config, http_token="x")).send_sms("here-14", PHONE, "1")


# ── Whatever the other side does ──────────────────────────────────────────────────────────────


@EACH
@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_is_for_good(config, sms_server, kind, status):
    sms_server.manner, sms_server.status = Manner.REFUSE, status
    with pytest.raises(RefusedForGoodError, match=str(status)) as refused:
        kind(config).send_sms("here-12", PHONE, "481027")
    assert PHONE not in str(refused.value)
    assert "481027" not in str(refused.value)


@EACH
@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
def test_a_fault_is_worth_another_try(config, sms_server, kind, status):
    sms_server.manner, sms_server.status = Manner.REFUSE, status
    with pytest.raises(ProviderError, match=str(status)):
        kind(config).send_sms("here-12", PHONE, "481027")


@EACH
def test_a_redirection_is_not_followed(config, sms_server, kind):
    sms_server.manner = Manner.REDIRECT
    with pytest.raises(ProviderError, match="307"):
        kind(config).send_sms("here-12", PHONE, "481027")
    assert sms_server.asked == 1


@pytest.mark.parametrize("kind", [OvhSms, Twilio])
def test_a_page_instead_of_an_answer_is_no_acceptance(config, sms_server, kind):
    sms_server.manner = Manner.GARBAGE
    with pytest.raises(ProviderError):
        kind(config).send_sms("here-12", PHONE, "481027")


@EACH
@pytest.mark.parametrize("manner", [Manner.HANG, Manner.TRICKLE])
def test_silence_is_given_up(config, sms_server, kind, manner):
    """One wait of 0.3 s, 0.6 s for the whole: a byte now and then is silence too."""
    sms_server.manner = manner
    began = time.monotonic()
    with pytest.raises((OSError, http.client.HTTPException)):
        kind(replace(config, timeout=FAST)).send_sms("here-12", PHONE, "481027")
    assert time.monotonic() - began < 10 * FAST
    sms_server.release()


@EACH
def test_nobody_there_is_an_error_of_the_network(config, kind):
    nowhere = "http://127.0.0.1:9"
    gone = replace(config, ovh_endpoint=nowhere, twilio_endpoint=nowhere, http_sms_url=nowhere)
    with pytest.raises(OSError):
        kind(gone).send_sms("here-12", PHONE, "481027")


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path, monkeypatch):
    context = _self_signed(tmp_path)
    with far.sms_providers(context) as server:
        url = f"{server.url}/gateway/sms"
        with pytest.raises(ssl.SSLCertVerificationError):
            outgoing_http.ask("POST", url, headers={}, body=b"{}", timeout=5)
        # The same server answers whoever trusts this certificate: it was the certificate.
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert outgoing_http.ask("POST", url, headers={}, body=b"{}", timeout=5).status == 401


def _self_signed(folder) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sms.example.org")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "certificate.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


# ── Through the outbox ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def by_gateway(app, config, monkeypatch):
    """The application, with the gateway in the place of the mailbox."""
    handlers = dict(box._handlers)
    alveole = app.config["ALVEOLE"]
    chosen = replace(config, backend="http", voice_backend="http")
    whole: Config = replace(alveole, sms=chosen)
    monkeypatch.setitem(app.config, "ALVEOLE", whole)
    sms.init_app(whole)
    yield whole
    box._handlers.update(handlers)


def row() -> OutboxMessage:
    found = db.session.scalars(select(OutboxMessage)).one()
    db.session.rollback()
    return found


@pytest.mark.both_databases
def test_a_message_leaves_through_the_outbox_and_its_words_are_forgotten(by_gateway, sms_server):
    with transaction():
        written = sms.send_sms(PHONE, "Alvéole : 481027")
    stored = db.session.scalar(db.text("SELECT payload FROM outbox_messages"))
    db.session.rollback()
    assert "481027" not in stored
    assert PHONE not in stored
    box.run_once("w")
    [received] = sms_server.received
    assert (received.to, received.text) == (PHONE, "Alvéole : 481027")
    assert received.reference == f"127.0.0.1-{written.id}"
    assert (row().state, row().payload) == (OutboxState.ACCEPTED, None)


def test_a_provider_that_comes_back_gets_the_message_once_more_with_the_same_key(
    by_gateway, sms_server, travel_to
):
    sms_server.manner, sms_server.status = Manner.REFUSE, 503
    with transaction():
        sms.send_sms(PHONE, "481027")
    box.run_once("w")
    assert row().state is OutboxState.QUEUED
    assert row().last_error == "ProviderError: gateway: 503 refused"
    sms_server.manner = Manner.ACCEPT
    travel_to(dt.timedelta(seconds=11))
    box.run_once("w")
    assert row().state is OutboxState.ACCEPTED
    assert len(sms_server.received) == 1


@pytest.mark.both_databases
def test_what_is_refused_for_good_is_dead_at_once_and_tells_no_number(by_gateway, sms_server):
    sms_server.manner, sms_server.status = Manner.REFUSE, 422
    with transaction():
        sms.send_call(PHONE, "4, 8, 1, 0, 2, 7", language="fr")
    with capture_logs() as logs:
        box.run_once("w")
    assert (row().state, row().payload) == (OutboxState.DEAD, None)
    said = f"{json.dumps(logs)} {row().last_error}"
    assert "422" in said
    assert PHONE not in said
    assert "4, 8" not in said


def test_a_code_that_comes_too_late_does_not_leave(by_gateway, sms_server, travel_to):
    with transaction():
        sms.send_sms(PHONE, "481027", not_after=clock.now() + dt.timedelta(minutes=10))
    travel_to(dt.timedelta(minutes=11))
    box.run_once("w")
    assert row().state is OutboxState.EXPIRED
    assert sms_server.received == []


def test_acceptance_is_logged_without_number_or_code(by_gateway, sms_server):
    with transaction():
        sms.send_sms(PHONE, "481027")
        sms.send_call(PHONE, "4, 8", language="fr")
    with capture_logs() as logs:
        box.run_once("w")
    assert [(one["event"], one["provider_id"]) for one in logs] == [
        ("sms_accepted", "g-1"),
        ("call_accepted", "g-1"),
    ]
    assert PHONE not in json.dumps(logs)


def test_in_the_demonstration_messages_and_calls_are_in_the_mailbox(app, outbox, visitor, page):
    with transaction():
        sms.send_sms(PHONE, "Alvéole : 481027")
        sms.send_call(PHONE, "4, 8, 1", language="fr")
    assert [(mail.subject, mail.text) for mail in outbox.mails(to=PHONE)] == [
        ("SMS", "Alvéole : 481027"),
        ("Appel vocal", "4, 8, 1"),
    ]
    db.session.rollback()
    number = db.session.scalars(select(MailboxMessage.id)).first()
    assert "481027" in page(visitor.get(f"/boite-aux-lettres/{number}")).text
    listed = page(visitor.get("/boite-aux-lettres", query_string={"a": PHONE}))
    assert listed.text.count("Appel vocal") == 1


def test_what_waited_when_messages_were_switched_off_is_dead(app, monkeypatch):
    handlers = dict(box._handlers)
    off = replace(app.config["ALVEOLE"], sms=SmsConfig(backend="off", voice_backend="off"))
    monkeypatch.setitem(app.config, "ALVEOLE", off)
    sms.init_app(off)
    assert not sms.can_text()
    assert not sms.can_call()
    with transaction():
        sms.send_sms(PHONE, "481027")
    box.run_once("w")
    assert (row().state, row().last_error) == (OutboxState.DEAD, "switched off")
    box._handlers.update(handlers)


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("Alvéole\u00a0: « c’est prêt… »", 'Alvéole : " c\'est pret... "'),
        ("Garçon à Noël, 5\u202f€", "Garcon à Noel, 5 €"),
        ("Пчела", "Пчела"),
    ],
)
def test_a_text_message_keeps_to_its_alphabet(typed, left):
    assert sms.plain(typed) == left


# ── Lists and budgets ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def with_budget(app, monkeypatch):
    def limit(**changes):
        config = app.config["ALVEOLE"]
        chosen = replace(config, sms=replace(config.sms, **changes))
        monkeypatch.setitem(app.config, "ALVEOLE", chosen)

    return limit


@pytest.mark.parametrize(
    "number", ["+33612345678", "+262692123456", "+32470123456", "+41791234567", "+447400123456"]
)
def test_france_and_its_neighbours_are_reached(app, number):
    sms.take_allowance(number)


@pytest.mark.parametrize(
    "number", ["+12025550143", "+2250102030405", "+88216500000", "+79161234567"]
)
def test_case_s14_other_countries_get_nothing(app, number):
    with capture_logs() as logs, pytest.raises(sms.UnreachableNumberError):
        sms.take_allowance(number)
    assert logs == [{"event": "sms_prefix_refused", "log_level": "warning", "prefix": number[:4]}]


def test_a_host_may_reach_further(app, with_budget):
    with_budget(allowed_prefixes=("+225",))
    sms.take_allowance("+2250102030405")
    with pytest.raises(sms.UnreachableNumberError):
        sms.take_allowance(PHONE)


@pytest.mark.both_databases
def test_case_s14_a_number_gets_three_an_hour_and_ten_a_day(app, travel_to):
    for sent in range(10):
        if sent and sent % 3 == 0:
            with pytest.raises(TooManyRequestsError):
                sms.take_allowance(PHONE)
            travel_to(dt.timedelta(hours=1, seconds=1))
        sms.take_allowance(PHONE)
    travel_to(dt.timedelta(hours=1, seconds=1))
    with pytest.raises(TooManyRequestsError):
        sms.take_allowance(PHONE)
    sms.take_allowance("+33639980000")


@pytest.mark.both_databases
def test_case_s14_fifty_numbers_meet_the_budget_of_the_day(app, with_budget, travel_to):
    with_budget(daily_budget=10)
    reached = 0
    with capture_logs() as logs:
        for number in range(50):
            with contextlib.suppress(sms.SpentBudgetError):
                sms.take_allowance(f"+336399800{number:02}")
                reached += 1
    assert reached == 10
    said = [one["event"] for one in logs]
    assert said[0] == "sms_budget_alarm"
    assert said.count("sms_budget_alarm") == 1
    assert said.count("sms_budget_spent") == 40
    travel_to(dt.timedelta(hours=24, seconds=1))
    sms.take_allowance("+33639980099")
