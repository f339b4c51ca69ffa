"""``python -m bench [--quick] [--on sqlite|postgresql] [--peers] [--before FOLDER] [job …]``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
import traceback
from pathlib import Path

from bench.clients import Person
from bench.jobs import JOBS, UNHURRIED
from bench.jobs.pages import page
from bench.scene import Site, opened
from bench.table import Line, milliseconds, print_table

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def main() -> None:
    """Measure what was asked for, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("job", nargs="*", choices=[*JOBS, []], help=", ".join(JOBS))
    parser.add_argument("--quick", action="store_true", help="SQLite only, fewer turns")
    parser.add_argument("--on", choices=DATABASES, help="one kind of database only")
    parser.add_argument("--peers", action="store_true", help="Radicale, too (is downloaded)")
    parser.add_argument("--before", type=Path, help="another checkout, measured in turns with this")
    asked = parser.parse_args()
    names = asked.job or [name for name in JOBS if not (asked.quick and name in UNHURRIED)]
    began = time.monotonic()
    lines: list[Line] = []
    broken: list[str] = []
    client = 0.0
    everywhere = ["sqlite"] if asked.quick else list(DATABASES)
    for key in [asked.on] if asked.on else everywhere:
        before = asked.before.resolve() if asked.before else None
        with opened(
            DATABASES[key], is_quick=asked.quick, with_peers=asked.peers, before=before
        ) as site:
            client = _client(site)
            for name in names:
                job = f"{DATABASES[key]}: {name}"
                print(f"{time.monotonic() - began:4.0f} s  {job}", file=sys.stderr)
                try:
                    lines += JOBS[name](site)
                except Exception:  # noqa: BLE001  (the other jobs are measured all the same)
                    traceback.print_exc()
                    broken.append(job)
    print(_machine(time.monotonic() - began, client))
    print_table(lines)
    if broken:
        sys.exit(f"\nDid not run to their end: {', '.join(broken)}")


def _client(site: Site) -> float:
    """Return the CPU time of a request in this process, in milliseconds."""
    scripts, times = page(Person(), "/hello"), 200
    before = time.process_time()
    for _ in range(times):
        site.references.play(scripts(0))
    return (time.process_time() - before) * 1000 / times


def _machine(seconds: float, client: float) -> str:
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    return (
        f"\nPython {platform.python_version()}, {os.cpu_count()} cores, load {load};"
        f" {seconds:.0f} s. Milliseconds; CPU is the server's. A request costs the client"
        f" {milliseconds(client)}."
    )


if __name__ == "__main__":
    main()
