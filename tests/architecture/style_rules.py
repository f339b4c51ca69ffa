"""Rules about style sources: each takes a file's name and text, and yields what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Rule = Callable[[str, str], Iterator[str]]

WIDEST = 100
OUTSIDE = re.compile(r"/\*.*?\*/|\"[^\"\n]*\"|'[^'\n]*'|\((?:[^()]|\([^()]*\))*\)", re.DOTALL)
"""Comments, texts and what stands in brackets: a comma or a semicolon there separates nothing."""
ENDING = re.compile(r"[{};]")
LIST_ON_ONE_LINE = re.compile(r",[^\S\n]*[^\s]")


def _bare(text: str) -> str:
    """Return the text with nothing where a sign would mislead, every line in its place."""
    return OUTSIDE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def one_line_says_one_thing(name: str, text: str) -> Iterator[str]:
    """A rule opens, declares and closes on lines of their own, that can be found and compared."""
    for number, line in enumerate(_bare(text).splitlines(), 1):
        endings = ENDING.findall(line)
        if len(endings) > 1 or (endings and line.rstrip()[-1] != endings[0]):
            yield f"{name}:{number}: more than one declaration, or a whole rule, on a line"
        elif endings == ["}"] and line.strip() != "}":
            yield f"{name}:{number}: a declaration that the end of its rule follows"


def one_line_names_one_selector(name: str, text: str) -> Iterator[str]:
    """Each selector of a list stands on its line."""
    bare = _bare(text)
    for found in re.finditer(r"[^{};]+\{", bare):
        selectors = found[0].strip()
        if not selectors.startswith("@") and LIST_ON_ONE_LINE.search(selectors):
            line = bare.count("\n", 0, found.end()) + 1
            yield f"{name}:{line}: more than one selector on a line"


def lines_fit_a_screen(name: str, text: str) -> Iterator[str]:
    """Long lines hide what stands at their end."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > WIDEST:
            yield f"{name}:{number}: {len(line)} characters"


def addresses_stand_in_the_first_folder(name: str, text: str) -> Iterator[str]:
    """Joined, every file is read from ``static/css``: an address elsewhere would lead astray."""
    if name.count("/") > len(("static", "css")) and "url(" in text:
        yield f"{name}: an address that another folder understands differently"
