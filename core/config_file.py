"""Reading the configuration: what is not understood is told, all of it at once, with its line."""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from core.config import CHOICES, Config
from core.problems import BOTH, ConfigError, Problem, marked, reason_of

if TYPE_CHECKING:
    from pathlib import Path

MUST_BE = {
    str: marked("must be a text between quotes."),
    int: marked("must be a whole number, without quotes."),
    float: marked("must be a number, without quotes."),
    bool: marked("must be true or false, without quotes."),
}
LIST_OF = marked('must be a list of texts: ["…", "…"].')


@dataclass
class Source:
    """One file, in which the line of a setting can be found."""

    path: Path
    lines: list[str]

    def location_of(self, key: str) -> str:
        """Return the file and the line of a setting, else of its section, else the file."""
        section, _, name = key.rpartition(".")
        current, line_number = "", 0
        for number, line in enumerate(self.lines, 1):
            header = re.match(r"\s*\[\s*([^\]]+?)\s*\]", line)
            if header:
                current = header.group(1)
                line_number = number if current in {key, section} else line_number
                if current == key:
                    break
            elif current == section and re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line):
                line_number = number
                break
        return f"{self.path}:{line_number}" if line_number else str(self.path)


@dataclass
class Reading:
    """What a file says, and what in it is not understood: there the default stands."""

    config: Config
    source: Source | None = None
    problems: list[Problem] = field(default_factory=list)

    def located(self, problem: Problem) -> Problem:
        """Say where the setting of this problem stands."""
        if problem.location or self.source is None or not problem.key:
            return problem
        return dataclasses.replace(problem, location=self.source.location_of(problem.key))


def read(path: Path | None) -> Config:
    """Read ``path``; without a file, every default.

    Raises:
        ConfigError: the file does not parse, or has an unknown key, a wrong type or value.
    """
    reading = collect(path)
    if reading.problems:
        raise ConfigError(*reading.problems, locales=(reading.config.instance.default_locale,))
    return reading.config


def collect(path: Path | None) -> Reading:
    """Read ``path``, and go on after what is not understood.

    Raises:
        ConfigError: nothing in the file can be read.
    """
    if path is None:
        return Reading(Config())
    text = _text_of(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, line = str(error), re.search(r"line (\d+)", str(error))
        location = f"{path}:{line.group(1)}" if line else str(path)
        words = marked("this line is not written as TOML wants it (%(reason)s).")
        raise ConfigError(Problem("", words, {"reason": reason}, location), locales=BOTH) from error
    source = Source(path, text.splitlines())
    reading = Reading(Config(), source)
    reading.config = _build(Config, raw, reading, "")
    return reading


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        words = marked("there is no such file.")
        raise ConfigError(Problem("", words, location=str(path)), locales=BOTH) from error
    except OSError as error:
        words, why = marked("this file cannot be read (%(reason)s)."), reason_of(error)
        problem = Problem("", words, {"reason": why}, str(path))
        raise ConfigError(problem, locales=BOTH) from error
    except UnicodeDecodeError as error:
        words = marked("this file must be written in UTF-8.")
        raise ConfigError(Problem("", words, location=str(path)), locales=BOTH) from error


def _build(cls: type[Any], raw: dict[str, Any], reading: Reading, prefix: str) -> Any:
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for name, value in raw.items():
        key = f"{prefix}{name}"
        hint = hints.get(name)
        if hint is None:
            _note(reading, _unknown(key, hints))
        elif dataclasses.is_dataclass(hint):
            if isinstance(value, dict):
                values[name] = _build(hint, value, reading, f"{key}.")  # type: ignore[arg-type]
            else:
                words = marked("must be a section of its own: [%(name)s] on a line.")
                _note(reading, Problem(key, words, {"name": key}))
        elif (problem := _refusal(value, hint, key)) is not None:
            _note(reading, problem)
        else:
            values[name] = tuple(value) if isinstance(value, list) else hint(value)
    return cls(**values)


def _note(reading: Reading, problem: Problem) -> None:
    reading.problems.append(reading.located(problem))


def _unknown(key: str, hints: dict[str, Any]) -> Problem:
    prefix, _, name = key.rpartition(".")
    near = difflib.get_close_matches(name, hints, 1)
    if not near:
        return Problem(key, marked("there is no setting of this name here."))
    wanted = f"{prefix}.{near[0]}" if prefix else near[0]
    words = marked("there is no setting of this name; the nearest is %(near)s.")
    return Problem(key, words, {"near": wanted})


def _refusal(value: Any, hint: Any, key: str) -> Problem | None:
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        if not isinstance(value, list) or not all(type(entry) is item for entry in value):
            return Problem(key, LIST_OF)
        if key in CHOICES and not set(value) <= set(CHOICES[key]):
            words = marked("may only name: %(choices)s.")
            return Problem(key, words, {"choices": ", ".join(CHOICES[key])})
        return None
    if type(value) is not hint and not (hint is float and type(value) is int):
        return Problem(key, MUST_BE[hint])
    if key in CHOICES and value not in CHOICES[key]:
        return Problem(
            key, marked("must be one of: %(choices)s."), {"choices": ", ".join(CHOICES[key])}
        )
    return None
