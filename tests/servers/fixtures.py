"""One fixture per server: started at the first test that asks, ended with the session.

``tests/conftest.py`` names this module in ``pytest_plugins``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.clamd import Clamd, clamd
from tests.servers.postgres import PostgresServer, postgres
from tests.servers.redis import RedisServer, redis
from tests.servers.s3 import S3Server, s3
from tests.servers.sms_providers import SmsProviders, sms_providers
from tests.servers.smtp import SmtpServer, smtp


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of one's own."""
    url = postgres_server.new_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def _redis_server() -> Iterator[RedisServer]:
    with redis() as server:
        yield server


@pytest.fixture
def redis_server(_redis_server: RedisServer) -> RedisServer:
    """An empty Redis."""
    _redis_server.clear()
    return _redis_server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with s3() as server:
        yield server


@pytest.fixture(scope="session")
def _smtp_server() -> Iterator[SmtpServer]:
    with smtp() as server:
        yield server


@pytest.fixture
def smtp_server(_smtp_server: SmtpServer) -> Iterator[SmtpServer]:
    """A mail server that has received nothing and accepts everything."""
    _smtp_server.reset()
    yield _smtp_server
    _smtp_server.reset()


@pytest.fixture(scope="session")
def _sms_server() -> Iterator[SmsProviders]:
    with sms_providers() as server:
        yield server


@pytest.fixture
def sms_server(_sms_server: SmsProviders) -> Iterator[SmsProviders]:
    """OVHcloud, Twilio and a gateway that have received nothing and accept everything."""
    _sms_server.reset()
    yield _sms_server
    _sms_server.reset()


@pytest.fixture
def clamd_server() -> Iterator[Clamd]:
    """An antivirus that knows one virus."""
    with clamd() as server:
        yield server
