"""The application factory: the only module that knows every package."""

from __future__ import annotations

import os
import sys
from typing import Any

from flask import Flask

import bubbles.wiring
import caregiver.wiring
import core.audit_seals
import core.commands
import core.database
import core.doctor
import core.logs
import core.mail
import core.outbox.cli
import core.permissions
import core.personal_data
import core.processes
import core.resealing
import core.retention
import core.sms
import core.sockets
import core.web
import core.zones
import demo.wiring
import home.wiring
import messaging.wiring
import patient.wiring
import scheduling.wiring
import security.wiring
import uploads.wiring
from core import body_limits, encryption, host_faults, start
from core.application import Application
from core.config import Config
from core.database_age import refuse_unknown_age
from core.extensions import migrate
from core.page_slots import filled
from core.problems import ConfigError

PACKAGES = (
    security.wiring,
    uploads.wiring,
    bubbles.wiring,
    caregiver.wiring,
    patient.wiring,
    scheduling.wiring,
    messaging.wiring,
    home.wiring,
    demo.wiring,
)


def create_app(config: Config | None = None, *, serving: bool = False, **flask: Any) -> Flask:
    """Build one application.

    ``serving`` is true in the server, whose waits must be cooperative; commands wait inside SQLite.
    ``flask`` overrides Flask's own settings, for tests.
    """
    if config is None:
        config = start.load_or_exit(os.environ)
        host_faults.say_in_one_sentence(config)
    core.logs.configure(config.log)
    core.zones.use_newest_database()
    encryption.configure(config.secrets.encryption_keys)
    app = Application(__name__)
    app.config.from_mapping(
        ALVEOLE=config,
        SECRET_KEY=config.secrets.secret_key,
        TRUSTED_HOSTS=list(config.server.trusted_hosts) or None,
        SQLALCHEMY_DATABASE_URI=config.database.url,
        SQLALCHEMY_ENGINE_OPTIONS=core.database.engine_options(
            config.database, patient_with_locks=not serving
        ),
        SOCKETIO_ASYNC_MODE="gevent" if serving else "threading",
        MAX_CONTENT_LENGTH=body_limits.MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=body_limits.MOST_BYTES,
        MAX_FORM_PARTS=body_limits.MOST_FIELDS,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # core.origins asks more, of pages that send no referrer too
        BABEL_DEFAULT_LOCALE=config.instance.default_locale,
        BABEL_DEFAULT_TIMEZONE=config.instance.default_time_zone,
    )
    app.config.from_mapping(flask)
    core.database.init_app(app)
    migrate.init_app(
        app, core.database.db, render_item=core.database.render_plain_types, render_as_batch=False
    )
    core.web.init_app(app, config)
    core.audit_seals.init_app(app)
    core.outbox.cli.init_app(app)
    core.permissions.init_app(app)
    core.personal_data.init_app(app)
    core.retention.init_app(app)
    core.doctor.init_app(app)
    core.resealing.init_app(app)
    core.mail.init_app(app, config)
    core.sms.init_app(config)
    core.sockets.init_app(app, config)
    for package in PACKAGES:
        package.init_app(app)
    refuse_unknown_age(app)
    core.commands.init_app(app)
    core.web.enclose(app, config)
    return app


def main() -> None:
    """Serve, as ``python app.py`` does: one process for pages, sockets and the outbox.

    ``python app.py check`` only says whether it could.
    """
    try:
        config = start.load_to_serve(os.environ)
    except ConfigError as error:
        sys.exit(f"{error}")
    host_faults.say_in_one_sentence(config)
    app = create_app(config)
    is_check = sys.argv[1:] == ["check"]
    with app.app_context():
        start.bring_database_up(config)
        start.refuse_problems(filled("start_problem"), config)
        for lines in [] if is_check else filled("greeting", config):
            print(lines)
        core.database.db.engine.dispose()
    if not is_check:
        start.serve(config)


if __name__ == "__main__":
    main()
