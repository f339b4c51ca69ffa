"""The product's own server that also counts statements: asked for their number, never measured."""

import runpy
from pathlib import Path
from typing import Any

product = runpy.run_path(str(Path(__file__).parents[1] / "gunicorn.conf.py"))
globals().update({name: value for name, value in product.items() if not name.startswith("__")})


def post_worker_init(worker: Any) -> None:
    """Count what goes through SQLAlchemy, and answer the number at one address."""
    from sqlalchemy import Engine, event

    product["post_worker_init"](worker)
    sent = 0

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal sent
        sent += not statement.startswith("BEGIN")

    event.listen(Engine, "before_cursor_execute", note)
    served = worker.wsgi

    def counting(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] != "/bench/statements":
            return served(environ, start_response)
        body = str(sent).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    worker.wsgi = counting
