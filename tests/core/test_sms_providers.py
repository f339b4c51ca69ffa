"""Each provider's own protocol, its refusals, and waits that end."""

import datetime as dt
import http.client
import ipaddress
import ssl
import time
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core import outgoing_http
from core.outbox import RefusedForGoodError
from core.sms_providers import HttpGateway, OvhSms, ProviderError, Twilio
from tests.servers import sms_providers as far
from tests.servers.sms_providers import Manner, Received

PHONE = "+33639981234"
FAST = 0.3


EACH = pytest.mark.parametrize("kind", [OvhSms, Twilio, HttpGateway])


# ── Each provider, in its own words ───────────────────────────────────────────────────────────


def test_ovh_takes_a_signed_job(sms_config, sms_server):
    assert OvhSms(sms_config).send_sms("here-12", PHONE, "Alvéole : 481027") == "77"
    assert sms_server.received == [Received("sms", PHONE, "Alvéole : 481027", "Alveole", "here-12")]


def test_ovh_is_signed_by_its_own_clock(sms_config, sms_server):
    sms_server.now += 3600
    OvhSms(sms_config).send_sms("here-12", PHONE, "481027")
    assert len(sms_server.received) == 1


def test_a_clock_that_moved_is_asked_for_again(sms_config, sms_server):
    provider = OvhSms(sms_config)
    provider.send_sms("here-1", PHONE, "1")
    sms_server.now += 3600
    with pytest.raises(RefusedForGoodError, match="OVHcloud: 400 QUERY_TIME_OUT"):
        provider.send_sms("here-2", PHONE, "2")
    provider.send_sms("here-3", PHONE, "3")
    assert [one.reference for one in sms_server.received] == ["here-1", "here-3"]


def test_a_receiver_that_ovh_sets_aside_is_a_refusal(sms_config, sms_server):
    sms_server.manner = Manner.SET_ASIDE
    with pytest.raises(RefusedForGoodError, match="receiver is not valid"):
        OvhSms(sms_config).send_sms("here-12", PHONE, "481027")


def test_a_wrong_secret_makes_a_signature_that_ovh_refuses(sms_config, sms_server):
    with pytest.raises(RefusedForGoodError, match="INVALID_SIGNATURE"):
        OvhSms(replace(sms_config, ovh_application_secret="x")).send_sms("here-12", PHONE, "1")
    with pytest.raises(ProviderError, match="403 INVALID_CREDENTIAL"):
        OvhSms(replace(sms_config, ovh_consumer_key="x")).send_sms("here-12", PHONE, "1")
    assert sms_server.received == []


def test_twilio_takes_a_form_and_an_account(sms_config, sms_server):
    numbered = replace(sms_config, sender="+33755530000")
    assert Twilio(numbered).send_sms("here-12", PHONE, "Été : 1 & 2 + 3") == "SM1"
    Twilio(replace(sms_config, sender="MG77")).send_sms("here-13", PHONE, "481027")
    assert sms_server.received == [
        Received("sms", PHONE, "Été : 1 & 2 + 3", "+33755530000"),
        Received("sms", PHONE, "481027", "MG77"),
    ]
    with pytest.raises(ProviderError, match="Twilio: 401 20003"):
        Twilio(replace(sms_config, twilio_auth_token="x")).send_sms("here-14", PHONE, "1")


@pytest.mark.parametrize(("language", "voice"), [("fr", "fr-FR"), ("en", "en-GB"), ("xx", "fr-FR")])
def test_twilio_speaks_in_the_persons_language(sms_config, sms_server, language, voice):
    assert Twilio(sms_config).call("here-12", PHONE, "4, 8 <& 1", language) == "CA1"
    assert sms_server.received == [
        Received("call", PHONE, "4, 8 <& 1", "+33199001234", language=voice)
    ]


def test_a_gateway_gets_json_a_token_and_the_same_key_at_every_try(sms_config, sms_server):
    gateway = HttpGateway(sms_config)
    for _ in range(2):
        gateway.send_sms("here-12", PHONE, "481027")
    assert gateway.call("here-13", PHONE, "4, 8", "fr") == "g-1"
    assert sms_server.received == [
        Received("sms", PHONE, "481027", "Alveole", "here-12"),
        Received("sms", PHONE, "481027", "Alveole", "here-12"),
        Received("call", PHONE, "4, 8", "Alveole", "here-13", "fr"),
    ]
    with pytest.raises(ProviderError, match="gateway: 401"):
        HttpGateway(replace(sms_config, http_token="x")).send_sms("here-14", PHONE, "1")


# ── Whatever the other side does ──────────────────────────────────────────────────────────────


@EACH
@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_is_for_good(sms_config, sms_server, kind, status):
    sms_server.manner, sms_server.status = Manner.REFUSE, status
    with pytest.raises(RefusedForGoodError, match=str(status)) as refused:
        kind(sms_config).send_sms("here-12", PHONE, "481027")
    assert PHONE not in str(refused.value)
    assert "481027" not in str(refused.value)


@EACH
@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
def test_a_fault_is_worth_another_try(sms_config, sms_server, kind, status):
    sms_server.manner, sms_server.status = Manner.REFUSE, status
    with pytest.raises(ProviderError, match=str(status)):
        kind(sms_config).send_sms("here-12", PHONE, "481027")


@EACH
def test_a_redirection_is_not_followed(sms_config, sms_server, kind):
    sms_server.manner = Manner.REDIRECT
    with pytest.raises(ProviderError, match="307"):
        kind(sms_config).send_sms("here-12", PHONE, "481027")
    assert sms_server.asked == 1


@pytest.mark.parametrize("kind", [OvhSms, Twilio])
def test_a_page_instead_of_an_answer_is_no_acceptance(sms_config, sms_server, kind):
    sms_server.manner = Manner.GARBAGE
    with pytest.raises(ProviderError):
        kind(sms_config).send_sms("here-12", PHONE, "481027")


@EACH
@pytest.mark.parametrize("manner", [Manner.HANG, Manner.TRICKLE])
def test_silence_is_given_up(sms_config, sms_server, kind, manner):
    """One wait of 0.3 s, 0.6 s for the whole: a byte now and then is silence too."""
    began = time.monotonic()
    kind(sms_config).send_sms("here-11", PHONE, "481027")
    usual = time.monotonic() - began
    sms_server.manner = manner
    began = time.monotonic()
    with pytest.raises((OSError, http.client.HTTPException)):
        kind(replace(sms_config, timeout=FAST)).send_sms("here-12", PHONE, "481027")
    assert time.monotonic() - began < 10 * FAST + 10 * usual
    sms_server.release()


@EACH
def test_nobody_there_is_an_error_of_the_network(sms_config, kind):
    nowhere = "http://127.0.0.1:9"
    gone = replace(sms_config, ovh_endpoint=nowhere, twilio_endpoint=nowhere, http_sms_url=nowhere)
    with pytest.raises(OSError):
        kind(gone).send_sms("here-12", PHONE, "481027")


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path, monkeypatch):
    context = _self_signed(tmp_path)
    with far.sms_providers(context) as server:
        url = f"{server.url}/gateway/sms"
        with pytest.raises(ssl.SSLCertVerificationError):
            outgoing_http.ask("POST", url, headers={}, body=b"{}", timeout=60)
        # The same server answers whoever trusts this certificate: it was the certificate.
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert outgoing_http.ask("POST", url, headers={}, body=b"{}", timeout=60).status == 401


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
