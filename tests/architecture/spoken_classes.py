"""Which classes pages, scripts and bricks give to elements, and which icons they ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from jinja2 import Environment, nodes

_CLASS_TEXT = re.compile(
    r"""class(?:es)?="(?P<attribute>(?:[^"{]|\{\{.*?\}\}|\{%.*?%\}|\{)*)\""""
    r"""|\{%-?\ block\ \w*class\ -?%\}(?P<block>.*?)\{%-?\ endblock""",
    re.DOTALL | re.VERBOSE,
)
_STRING = re.compile(r'"([^"\n]*)"|\'([^\'\n]*)\'|`([^`]*)`')
_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_FILLED = re.compile(r"\$?\{[^}]*\}")
_NAMES = re.compile(r"[a-z][\w-]*(?: [a-z][\w-]*)*")
_WORD = re.compile(r"(?<![\w-])[a-z][\w-]*")
_STEM = re.compile(r"([a-z][\w-]*-)(?=\{|['\"]\s*[~+]|\$\{|%)")
_SELECTOR_NOISE = re.compile(r'/\*.*?\*/|url\([^)]*\)|"[^"]*"', re.DOTALL)
_CLASS = re.compile(r"\.([a-z][\w-]*)")
_REFERENCE = re.compile(r'icons\.svg"\) \}\}#([\w-]+)')
_SYMBOL = re.compile(r'<symbol id="([\w-]+)"')


def styled(sheet: str) -> set[str]:
    """Return the classes that a sheet has rules for."""
    return set(_CLASS.findall(_SELECTOR_NOISE.sub("", sheet)))


def given(templates: Mapping[str, str], programs: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Return the classes that are given to elements, and the beginnings of those put together.

    A template gives them in a class attribute, in a block for one, or to a macro as a string of
    nothing but names; scripts and bricks in a class attribute or such a string, after other names
    that they fill in. A sentence gives none.
    """
    words: set[str] = set()
    stems: set[str] = set()
    for text in templates.values():
        for match in _CLASS_TEXT.finditer(text):
            said = match["attribute"] or match["block"] or ""
            words.update(_WORD.findall(said))
            stems.update(_STEM.findall(said))
        for code in _CODE.findall(text):
            for string in _strings(code):
                if _NAMES.fullmatch(string):
                    words.update(string.split())
        stems.update(_STEM.findall(text))
    for text in programs.values():
        stems.update(_STEM.findall(text))
        for match in _CLASS_TEXT.finditer(text):
            words.update(_WORD.findall(match["attribute"] or ""))
        for string in _strings(text):
            bare = _FILLED.sub("", string).strip(" #")
            if _NAMES.fullmatch(bare):
                words.update(bare.split())
    return words, stems


def unused(sheet: str, words: set[str], stems: set[str]) -> set[str]:
    """Return the classes of a sheet that nothing gives."""
    return {
        name
        for name in styled(sheet)
        if name not in words and not any(name.startswith(stem) for stem in stems)
    }


def kinds(template: str) -> set[str]:
    """Return the classes by which a page's states and tags say their kind in colour."""
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(template)
    return {
        f"{call.node.name}--{kind}"
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in {"status", "tag"}
        for argument in call.args[1:2]
        for kind in _spoken(argument)
    }


def referenced(templates: Mapping[str, str]) -> set[str]:
    """Return the icons that drawings take from the sprite by its address."""
    return {name for text in templates.values() for name in _REFERENCE.findall(text)}


def drawn(icons: str) -> set[str]:
    """Return the names of the icons in the one file of them."""
    return set(_SYMBOL.findall(icons))


def _spoken(argument: nodes.Expr | None) -> Iterator[str]:
    if isinstance(argument, nodes.CondExpr):
        yield from _spoken(argument.expr1)
        yield from _spoken(argument.expr2)
    elif isinstance(argument, nodes.Const) and argument.value:
        yield argument.value


def _strings(text: str) -> list[str]:
    return [a or b or c for a, b, c in _STRING.findall(text)]
