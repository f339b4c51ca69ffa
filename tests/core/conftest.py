"""Servers that tests may break, and providers of text messages that are really one of them."""

import pytest

from core import clock
from core.config import SmsConfig
from core.transaction import transaction
from tests.cast import build_cast
from tests.conftest import close_connections, empty_tables
from tests.core.breaking import site_on
from tests.servers import sms_providers as far
from tests.servers.breakable_postgres import breakable_postgres


@pytest.fixture
def sms_config(sms_server) -> SmsConfig:
    sms_server.now = int(clock.now().timestamp())
    return SmsConfig(
        sender="Alveole",
        timeout=60,
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


@pytest.fixture(scope="module")
def server():
    with breakable_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def site(server, tmp_path_factory):
    return site_on(server.url, tmp_path_factory.mktemp("away"), pool_size=3)


@pytest.fixture
def away(site, server, monkeypatch):
    """The application on a server that a test may break; it is well again afterwards."""
    with site.app_context():
        empty_tables()
        with transaction():
            cast = build_cast()
        yield site, cast
        server.thaw()
        close_connections()
