"""Commands say in one sentence that something they need is away."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from core.host_faults import sentence_of

if TYPE_CHECKING:
    from flask import Flask

    from core.config import Config


def init_app(app: Flask) -> None:
    """Let every command of the application end so; called once all of them are there."""
    config: Config = app.config["ALVEOLE"]
    for command in _all_of(app.cli):
        if command.callback is not None:
            command.callback = _in_one_sentence(command.callback, config)


def _all_of(group: click.Group) -> list[click.Command]:
    commands: list[click.Command] = []
    for command in group.commands.values():
        commands.append(command)
        if isinstance(command, click.Group):
            commands += _all_of(command)
    return commands


def _in_one_sentence(act: Callable[..., Any], config: Config) -> Callable[..., Any]:
    @wraps(act)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return act(*args, **kwargs)
        except Exception as error:
            said = sentence_of(error, config)
            if said is None:
                raise
            raise click.ClickException(said) from error

    return run
