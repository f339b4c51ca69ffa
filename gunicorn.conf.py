"""How the site is served: gevent workers, for pages and sockets alike.

``python app.py`` starts gunicorn with this file; so may a service manager, with no argument at all.
"""

# Before anything that opens a socket or a lock is imported.
from gevent import monkey

monkey.patch_all()

import gc
import os
import subprocess
import sys
import threading
import time
from typing import Any

from gunicorn.arbiter import Arbiter

from core import start
from core.native_pool import let_others_go_on

site = start.load_or_exit(os.environ)

wsgi_app = "app:create_app(serving=True)"
bind = f"{site.server.host}:{site.server.port}"
worker_class = "gevent"
workers = site.server.workers
worker_connections = (
    site.realtime.max_sockets + 500
)  # pages keep room when sockets have their share
preload_app = False  # each worker opens its own connections
timeout = 60
graceful_timeout = 15
control_socket_disable = True  # otherwise one socket in the home folder, shared by every instance

DRAIN_LOOK_SECONDS = 0.2


def on_starting(server: Any) -> None:
    """Judge what ``python app.py`` has not; a new server that follows an old one just goes on."""
    if os.environ.get(start.CHECKED) or os.environ.get("GUNICORN_FD"):
        return
    judge = [sys.executable, str(start.ROOT / "app.py"), "check"]
    judged = subprocess.run(judge, check=False)  # noqa: S603  (our own interpreter)
    if judged.returncode:
        sys.exit(judged.returncode)


def post_request(worker: Any, req: Any, environ: Any, resp: Any) -> None:
    """Give the others their turn.

    A connection that keeps talking has its next request here already: its answers never wait, so
    that nobody else would be served until it stops.
    """
    let_others_go_on()


def post_worker_init(worker: Any) -> None:
    """Start what lives beside the pages: the outbox, and the watch over the end."""
    # The server's own words name addresses, some of which are secret: ours hide them.
    worker.log.error_log.handlers.clear()
    worker.log.error_log.propagate = True

    from core import outbox, serving
    from core.extensions import socketio
    from core.problems import ConfigError

    try:
        stop_beside_pages = serving.start_beside_pages(worker.wsgi)
    except ConfigError as error:
        worker.log.critical("%s", error)
        sys.exit(Arbiter.APP_LOAD_ERROR)  # the whole service ends: trying again changes nothing
    outbox_stop = outbox.start_embedded_worker(worker.wsgi) if site.worker.embedded else None

    def drain() -> None:
        # Open sockets would hold the stop until the time is up, and then be cut without a word.
        # The worker's own signal handler stays: replacing it cuts pages that are being answered.
        while worker.alive:
            time.sleep(DRAIN_LOOK_SECONDS)
        if outbox_stop is not None:
            outbox_stop.set()
        stop_beside_pages()
        connections = socketio.server.eio
        while True:  # until the process ends: pages come back while the door is still open
            for sid in list(connections.sockets):
                try:
                    connections.disconnect(sid)
                except Exception:
                    worker.log.exception("A socket could not be closed: %s", sid)
            time.sleep(DRAIN_LOOK_SECONDS)

    threading.Thread(target=drain, daemon=True, name="drain").start()
    # What was loaded stays until the end: the collector, which stops everything, need not look.
    gc.collect()
    gc.freeze()
