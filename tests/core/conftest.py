"""Providers of text messages that are really a server of the tests."""

import pytest

from core import clock
from core.config import SmsConfig
from tests.servers import sms_providers as far


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
