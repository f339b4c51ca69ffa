"""``python -m bench [--quick] [--on sqlite|postgresql] [job …]``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
import traceback

from bench.jobs import JOBS
from bench.scene import opened
from bench.table import Line, print_table

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def main() -> None:
    """Measure what was asked for, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("job", nargs="*", choices=[*JOBS, []], help=", ".join(JOBS))
    parser.add_argument("--quick", action="store_true", help="SQLite only, fewer turns")
    parser.add_argument("--on", choices=DATABASES, help="one kind of database only")
    asked = parser.parse_args()
    names = asked.job or list(JOBS)
    began = time.monotonic()
    lines: list[Line] = []
    broken: list[str] = []
    everywhere = ["sqlite"] if asked.quick else list(DATABASES)
    for key in [asked.on] if asked.on else everywhere:
        with opened(DATABASES[key], is_quick=asked.quick) as site:
            for name in names:
                job = f"{DATABASES[key]}: {name}"
                print(f"{time.monotonic() - began:4.0f} s  {job}", file=sys.stderr)
                try:
                    lines += JOBS[name](site)
                except Exception:  # noqa: BLE001  (the other jobs are measured all the same)
                    traceback.print_exc()
                    broken.append(job)
    print(_machine(time.monotonic() - began))
    print_table(lines)
    if broken:
        sys.exit(f"\nDid not run to their end: {', '.join(broken)}")


def _machine(seconds: float) -> str:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"\nPython {platform.python_version()}, {os.cpu_count()} cores, load {load};"
        f" {seconds:.0f} s. Milliseconds; CPU is the server's.\n"
    )


if __name__ == "__main__":
    main()
