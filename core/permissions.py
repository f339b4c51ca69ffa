"""The table of rights in plain words, for people to check: ``flask permissions``.

A permission says what it allows in the sentence under its name; a rule says who in the first
sentence of its docstring; the class of a package's permissions says its subject.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import click

from core.authorization import RULES

if TYPE_CHECKING:
    from flask import Flask

HEAD = """# Who may do what

Made by `flask --app app permissions` from the rules that run; do not edit.

One line is one right: what can be done, and who can do it. What is not written here is refused to
everybody. What somebody may not see does not exist for them: they are told that the page is not
there, not that they may not open it.

"""
COLUMNS = ("| What | Who | Name in the code |", "|---|---|---|")


def render() -> str:
    """Return the whole table in Markdown: a heading a subject, a line a right."""
    sections: dict[str, list[str]] = defaultdict(list)
    for permission, rule in RULES.items():
        line = f"| {what(permission)} | {who(rule)} | `{permission}` |"
        sections[subject(type(permission))].append(line)
    parts = ["\n".join([f"## {name}", "", *COLUMNS, *rows]) for name, rows in sections.items()]
    return HEAD + "\n\n".join(parts) + "\n"


def what(permission: StrEnum) -> str:
    """Say what a permission allows."""
    return _plain(sentences(type(permission)).get(permission.name, ""))


def who(rule: Any) -> str:
    """Say whom a rule lets through."""
    parts = getattr(rule, "parts", None)
    if not parts:
        return _plain(_first_line(rule))
    first, *others = [who(part) for part in parts]
    return "; ".join([first, *(f"{rule.joint} {_lower(other)}" for other in others)])


def subject(permissions: type[StrEnum]) -> str:
    """Say what a package's permissions are about: « Files », « Care teams »."""
    return _first_line(permissions).partition(":")[0].rstrip(".")


def wordless(rules: Iterable[Any]) -> list[str]:
    """Name the rules, and the parts of rules, that do not say whom they let through."""
    names: list[str] = []
    for rule in rules:
        parts = getattr(rule, "parts", None)
        if parts:
            names += wordless(parts)
        elif not _first_line(rule):
            names.append(f"{rule.__module__}.{rule.__qualname__}")
    return names


@lru_cache
def sentences(permissions: type[StrEnum]) -> dict[str, str]:
    """Read the sentence that stands under each name of a table of permissions."""
    [body] = [
        node.body
        for node in ast.parse(textwrap.dedent(inspect.getsource(permissions))).body
        if isinstance(node, ast.ClassDef)
    ]
    by_name: dict[str, str] = {}
    for named, said in itertools.pairwise(body):
        if not isinstance(named, ast.Assign) or not isinstance(named.targets[0], ast.Name):
            continue
        if isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant):
            by_name[named.targets[0].id] = str(said.value.value)
    return by_name


def _first_line(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0]


def _plain(words: str) -> str:
    return " ".join(words.split()).rstrip(".").replace("``", "`").replace("|", "\\|")


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def init_app(app: Flask) -> None:
    """Add the command."""

    @app.cli.command("permissions")
    def permissions() -> None:
        """Print the table of rights in Markdown."""
        click.echo(render(), nl=False)
