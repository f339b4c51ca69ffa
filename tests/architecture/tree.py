"""The files of the product, sorted by what may be asked of them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
PACKAGES: list[str] = SETTINGS["importlinter"]["root_packages"]
NOT_OURS = ("static/vendor/", "migrations/versions/")


def _below(folders: Iterable[str], ending: str) -> Iterator[str]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob(f"*{ending}")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(NOT_OURS):
                yield name


def read(name: str) -> str:
    """Return the text of one file of the tree."""
    return (ROOT / name).read_text("utf-8")


def faults(rule: Callable[[str, str], Iterable[str]], names: Sequence[str]) -> list[str]:
    """Return what a rule finds in files of the tree; that there are none would prove nothing."""
    assert names
    return [fault for name in names for fault in rule(name, read(name))]


PRODUCT = ["app.py", "gunicorn.conf.py", *_below(PACKAGES, ".py")]
TOOLS = list(_below(["scripts", "bench"], ".py"))
PYTHON = [*PRODUCT, *_below(["tests", "scripts", "migrations"], ".py")]
MIGRATIONS = [path.relative_to(ROOT).as_posix() for path in (ROOT / "migrations").rglob("*.py")]
TEMPLATES = list(_below(["templates"], ".html"))
TEXT_MAILS = list(_below(["templates/emails"], ".txt"))
SCRIPTS = list(_below(["static"], ".js"))
STYLES = list(_below(["static"], ".css"))
EVERYTHING = [*PYTHON, *TEMPLATES, *TEXT_MAILS, *SCRIPTS, *STYLES]
