"""The product's own server that also counts statements: asked for their number, never measured."""

import runpy
from pathlib import Path
from typing import Any

product = runpy.run_path(str(Path(__file__).parents[1] / "gunicorn.conf.py"))
globals().update({name: value for name, value in product.items() if not name.startswith("__")})

NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "--")
"""Two dashes: what a trigger of SQLite does by itself."""
PING = ";"
"""How the pool sees whether a connection of PostgreSQL still lives."""


class Count:
    """What was sent: through SQLAlchemy, and past it on a connection of the driver."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.sent = 0
        self.is_within = False

    def note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        """Count what SQLAlchemy sends; many rows of one statement count once."""
        self.is_within = True
        self.sent += not statement.startswith(NOT_COUNTED)

    def done(self, *_what: Any) -> None:
        """Whatever comes now does not come from SQLAlchemy."""
        self.is_within = False

    def overhear(self, statement: object) -> None:
        """Count what the driver is told by somebody else."""
        if not self.is_within and statement != PING:
            self.sent += not str(statement).lstrip().startswith(NOT_COUNTED)

    def listen_to(self, connection: Any, _record: Any) -> None:
        """Overhear one connection of a driver: sqlite3 or psycopg."""
        if hasattr(connection, "set_trace_callback"):
            connection.set_trace_callback(self.overhear)
            return
        overhear = self.overhear

        class Cursor(connection.cursor_factory):
            def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
                overhear(query)
                return super().execute(query, *args, **kwargs)

        connection.cursor_factory = Cursor


def post_worker_init(worker: Any) -> None:
    """Count, and answer the number at one address."""
    from sqlalchemy import Engine, event
    from sqlalchemy.pool import Pool

    count = Count()
    event.listen(Pool, "connect", count.listen_to)
    event.listen(Engine, "before_cursor_execute", count.note)
    event.listen(Engine, "after_cursor_execute", count.done)
    event.listen(Engine, "handle_error", count.done)
    product["post_worker_init"](worker)
    served = worker.wsgi

    def counting(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] != "/bench/statements":
            return served(environ, start_response)
        body = str(count.sent).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    worker.wsgi = counting
