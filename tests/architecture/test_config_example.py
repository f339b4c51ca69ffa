"""config.example.toml: every key that exists, with its default."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any

from core import config, config_file
from tests.architecture.tree import read

COMMENTED_KEY = re.compile(r"^#\s?(?=[a-z0-9_]+ = )", re.MULTILINE)


def _example() -> str:
    """Return the file with the keys that it only shows in a comment."""
    return COMMENTED_KEY.sub("", read("config.example.toml"))


def _keys(values: dict[str, Any]) -> set[str]:
    keys = set()
    for name, value in values.items():
        keys |= {f"{name}.{key}" for key in _keys(value)} if isinstance(value, dict) else {name}
    return keys


def test_the_example_shows_every_key():
    assert _keys(tomllib.loads(_example())) == _keys(dataclasses.asdict(config.Config()))


def test_the_example_shows_the_defaults(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_text(_example(), "utf-8")
    assert config_file.read(path) == config.Config()


def test_the_example_can_be_used_as_it_is(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_text(read("config.example.toml"), "utf-8")
    assert config_file.read(path) == config.Config()
