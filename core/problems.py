"""What keeps the product from starting: each in one sentence, all of them told at once."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

from babel.support import NullTranslations, Translations
from click import ClickException, echo

FOLDER = Path(__file__).resolve().parent.parent / "translations"
BOTH = ("fr", "en")
"""For whoever has not been able to say their language yet."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where to mend it."""

    key: str
    """The setting: « server.port ». Empty when it is about none."""
    words: str
    """In English, as the catalogues have it (``marked``)."""
    values: Mapping[str, object] = field(default_factory=dict)
    location: str = ""
    """The file and the line, or the variable of the environment."""

    def say(self, locale: str) -> str:
        """Return one line: the location, the setting, the sentence."""
        catalogue = _catalogue(locale)
        values = {
            name: catalogue.gettext(value) if isinstance(value, str) and value else value
            for name, value in self.values.items()
        }
        said = catalogue.gettext(self.words) % values
        return ": ".join(part for part in (self.location, self.key, said) if part)


class ConfigError(ClickException):
    """The product cannot start as it is set; says where and why, one line for each reason.

    A command prints it and ends.
    """

    def __init__(self, *problems: Problem | str, locales: Iterable[str] = ("fr",)) -> None:
        """Keep the reasons, which are said in the instance's language."""
        self.problems = tuple(problems)
        self.locales = tuple(locales)
        super().__init__("\n".join(self.lines()))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the reasons as they are, for commands."""
        echo(self.message, file=file, err=file is None)

    def lines(self) -> list[str]:
        """Return each reason in each language."""
        return [
            problem if isinstance(problem, str) else problem.say(locale)
            for locale in self.locales
            for problem in self.problems
        ]


def line_of(problem: Problem) -> int:
    """Return the line in its file, so that problems can be told in the order of the file."""
    line = problem.location.rpartition(":")[2]
    return int(line) if line.isdigit() else 0


def marked(words: str) -> str:
    """Mark a sentence for the catalogues: no application is there yet to translate it."""
    return words


REASONS = {
    errno.EACCES: marked("access is refused"),
    errno.EPERM: marked("access is refused"),
    errno.ENOENT: marked("it does not exist"),
    errno.EROFS: marked("it is read-only"),
    errno.ENOSPC: marked("the disk is full"),
    errno.EDQUOT: marked("the disk is full"),
    errno.EISDIR: marked("it is a folder"),
    errno.ENOTDIR: marked("a part of the path is a file"),
    errno.EEXIST: marked("a part of the path is a file"),
}


def reason_of(error: OSError) -> str:
    """Return why the system refused, in words that the catalogues have where it is common."""
    return REASONS.get(error.errno or 0) or error.strerror or str(error)


@cache
def _catalogue(locale: str) -> NullTranslations:
    return Translations.load(FOLDER, [locale])
