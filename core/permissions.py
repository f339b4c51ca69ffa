"""The table of rights in words, for people to check: ``flask permissions``."""

from __future__ import annotations

import importlib
import inspect
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import click

from core.authorization import OPERATIONS, RULES

if TYPE_CHECKING:
    from flask import Flask

HEAD = """# Who may do what

Made by `flask --app app permissions` from the rules that run; do not edit.
A permission that is not here is refused.

"""


COLUMNS = ("| Permission | What it allows | Who |", "|---|---|---|")


def render() -> str:
    """Return the whole table in Markdown, a section a package."""
    sections: dict[str, list[str]] = defaultdict(list)
    names = defaultdict(list)
    for name, permission in OPERATIONS.items():
        if not name.startswith("tests."):
            names[permission].append(name)
    for permission, rule in RULES.items():
        package = type(permission).__module__.partition(".")[0]
        acts = "; ".join(_sentence(_find(name)) for name in sorted(names[permission])) or "—"
        sections[package].append(f"| `{permission}` | {acts} | {_who(rule)} |")
    parts = [
        "\n".join([f"## {package}", "", *COLUMNS, *rows]) for package, rows in sections.items()
    ]
    return HEAD + "\n\n".join(parts) + "\n"


def _who(rule: Any) -> str:
    parts = getattr(rule, "parts", None)
    if parts:
        return f" {rule.joint} ".join(_who(part) for part in parts)
    return _sentence(rule)


def _sentence(thing: Any) -> str:
    words = (inspect.getdoc(thing) or thing.__name__.replace("_", " ")).split("\n\n")[0]
    return " ".join(words.split()).rstrip(".").replace("``", "`").replace("|", "\\|")


def _find(name: str) -> Any:
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)


def init_app(app: Flask) -> None:
    """Add the command."""

    @app.cli.command("permissions")
    def permissions() -> None:
        """Print the table of rights in Markdown."""
        click.echo(render(), nl=False)
