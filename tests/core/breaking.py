"""Ways in which a database goes away, and how each ends."""

from __future__ import annotations

from dataclasses import replace

import psycopg

from app import create_app
from core.authorization import System
from core.config import DatabaseConfig
from security.operations.sessions import open_session
from tests.conftest import make_config, migrate_up


def site_on(url, folder, *, pool_size):
    """Make the application as a host has it, with the limits of time of the product."""
    config = make_config(folder, url)
    config = replace(config, database=DatabaseConfig(url=url, pool_size=pool_size))
    app = create_app(config, TESTING=False)
    migrate_up(app)
    return app


def open_browser(app, user):
    browser = app.test_client()
    token = open_session(System("tests"), user, device="computer Linux Firefox")
    browser.set_cookie(app.config["SESSION_COOKIE_NAME"], token)
    return browser


def stop(server):
    server.stop()
    return server.start


def kill(server):
    server.kill()
    return server.start


def freeze(server):
    server.freeze()
    return server.thaw


def limit_connections(server):
    """Everybody else takes every place that there is, and every connection of ours is cut."""
    server.stop()
    server.start(max_connections="6", superuser_reserved_connections="0")
    others = []
    for _number in range(6):
        try:
            others.append(psycopg.connect(server.url))
        except psycopg.OperationalError:
            break

    def undo():
        for other in others:
            other.close()
        server.stop()
        server.start()

    return undo


END_THE_OTHERS = """
    SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
"""Each is waited for, as long as two seconds: what begins now meets nobody who is only leaving."""


def make_read_only(server):
    with psycopg.connect(server.url, autocommit=True) as own:
        own.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
        own.execute(END_THE_OTHERS)

    def undo():
        with psycopg.connect(server.url, autocommit=True) as own:
            own.execute("SET default_transaction_read_only = off")
            own.execute("ALTER DATABASE postgres RESET default_transaction_read_only")
            own.execute(END_THE_OTHERS)

    return undo


def lock_everything(server):
    other = psycopg.connect(server.url)
    other.execute("LOCK TABLE sessions, users, messages, conversations IN ACCESS EXCLUSIVE MODE")
    return other.close


WAYS = {
    "stopped": stop,
    "killed": kill,
    "frozen": freeze,
    "full of others": limit_connections,
    "read only": make_read_only,
    "locked": lock_everything,
}
