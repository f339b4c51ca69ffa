"""Commands say in one sentence that something they need is away."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from core import database_faults

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Let every command of the application end so; called once all of them are there."""
    for command in _all_of(app.cli):
        if command.callback is not None:
            command.callback = _in_one_sentence(command.callback)


def _all_of(group: click.Group) -> list[click.Command]:
    found: list[click.Command] = []
    for command in group.commands.values():
        found.append(command)
        if isinstance(command, click.Group):
            found += _all_of(command)
    return found


def _in_one_sentence(act: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(act)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return act(*args, **kwargs)
        except Exception as error:
            unavailable = database_faults.translate(error)
            if unavailable is None:
                raise
            raise click.ClickException(database_faults.sentence(unavailable)) from error

    return run
