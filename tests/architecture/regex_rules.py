"""Every regular expression of the product, and texts that make it walk in circles if it can."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from tests.architecture.tree import PACKAGES, PRODUCT, read

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_parse

ASKED = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
MOST_SIGNS = 8
Text = str | bytes


def written_patterns(source: str) -> Iterator[Text]:
    """Yield the patterns that a module writes where it uses them."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in ASKED
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str | bytes)
        ):
            yield node.args[0].value


def held_patterns(value: Any, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    """Yield the compiled ones that a module holds, in tables too."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, (tuple, list, set, frozenset)):
        for one in value:
            yield from held_patterns(one, depth - 1)
    elif depth and isinstance(value, dict):
        for one in itertools.chain(value, value.values()):
            yield from held_patterns(one, depth - 1)


def all_patterns() -> dict[re.Pattern[Any], str]:
    """Return every pattern of the product with one place where it stands."""
    found: dict[re.Pattern[Any], str] = {}
    for name in PRODUCT:
        for text in written_patterns(read(name)):
            found.setdefault(re.compile(text), name)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PACKAGES and module is not None:
            for value in list(vars(module).values()):
                for pattern in held_patterns(value):
                    found.setdefault(pattern, name)
    return found


def import_everything() -> None:
    """Load every module, so that what it holds can be seen."""
    for name in PRODUCT:
        if "/" in name:
            dotted = name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            importlib.import_module(dotted)


def signs_of(pattern: re.Pattern[Any]) -> list[int]:
    """Return some signs that the pattern speaks of, and one that it surely does not."""
    found: dict[int, None] = {}

    def walk(node: Any) -> None:
        if isinstance(node, sre_parse.SubPattern):
            node = node.data
        if isinstance(node, (list, tuple)):
            if len(node) == 2 and str(node[0]) in {"LITERAL", "NOT_LITERAL"}:
                found.setdefault(node[1])
            elif len(node) == 2 and str(node[0]) == "RANGE":
                found.setdefault(node[1][0])
            elif len(node) == 2 and str(node[0]) == "CATEGORY":
                found.setdefault({"SPACE": 32, "DIGIT": 48}.get(str(node[1]).split("_")[-1], 97))
            else:
                for one in node:
                    walk(one)

    walk(sre_parse.parse(pattern.pattern, pattern.flags & ~re.DEBUG))
    return [*itertools.islice(found, MOST_SIGNS), ord("a"), ord(" ")]


def pumps(pattern: re.Pattern[Any]) -> Iterator[Text]:
    """Yield what, repeated, may send the pattern back over and over again."""
    signs = list(dict.fromkeys(signs_of(pattern)))
    words = [chr(one) for one in signs] + ["".join(map(chr, signs[:-2]))]
    words += [chr(one) + chr(other) for one, other in itertools.permutations(signs[:4], 2)]
    for word in words:
        yield word.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else word
