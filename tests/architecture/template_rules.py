"""Rules about templates: each takes a file's name and text, and yields what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

from tests.architecture.code_rules import SAY_NOTHING

Rule = Callable[[str, str], Iterator[str]]

MAILS = "templates/emails/"
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TRANSLATED = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", re.DOTALL)
CLASSES = re.compile(r"\{%-?\s*block \w*class\b.*?endblock\s*-?%\}", re.DOTALL)
"""Blocks that fill a class attribute: a style sheet reads them, nobody else."""
NAMES_A_TAG = re.compile(r"(</?)\{\{.*?\}\}", re.DOTALL)
LETTER = re.compile(r"[^\W\d_]")
ADDRESS = re.compile(r"https?://\S+")
SAID_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "aria-description", "label"}
TRANSLATORS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
LOOKS_SAID = re.compile(r"[A-ZÀÂÇÉÈÊÎÔŒ][a-zà-öø-ÿœ’']+(?:$|[\s.,:;!?…\xa0])")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


def _bare(text: str) -> str:
    """Return the HTML without its Jinja; a tag whose name is computed keeps some name."""
    return JINJA.sub("", NAMES_A_TAG.sub(r"\1x", CLASSES.sub("", TRANSLATED.sub("", text))))


class _Reader(HTMLParser):
    """Collects tags, and what is read aloud or shown, outside code and other languages' names."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[int, str, dict[str, str]]] = []
        self.said: list[tuple[int, str]] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line, attributes = self.getpos()[0], {name: value or "" for name, value in attrs}
        self.tags.append((line, tag, attributes))
        spoken = [attributes.get(name, "") for name in SAID_ATTRIBUTES]
        if tag == "input" and attributes.get("type") in {"submit", "button", "reset"}:
            spoken.append(attributes.get("value", ""))
        if not self._silent:
            self.said += [(line, text) for text in spoken if LETTER.search(text)]
        silent = tag in {"script", "style", "code"} or ("lang" in attributes and tag != "html")
        if tag not in VOID and (self._silent or silent):
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._silent and LETTER.search(data):
            self.said.append((self.getpos()[0], data.strip()))


def _tree(text: str) -> nodes.Template:
    return Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(text)


def _parsed(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(_bare(text))
    reader.close()
    return reader


def nothing_is_declared_safe(name: str, text: str) -> Iterator[str]:
    """Escaping is never switched off in a template; a view hands over Markup when it must."""
    for match in re.finditer(r"\|\s*safe\b|\{%-?\s*autoescape", text):
        yield f"{name}: {match.group()!r}"


def no_style_or_script_in_a_page(name: str, text: str) -> Iterator[str]:
    """The content security policy would refuse it; mail programs, in turn, want their styles."""
    for line, tag, attributes in _parsed(text).tags:
        where = f"{name}:{line}: <{tag}>"
        handlers = [key for key in attributes if key.startswith(("on", "hx-on"))]
        if handlers:
            yield f"{where} with {handlers}"
        if any(value.strip().lower().startswith("javascript:") for value in attributes.values()):
            yield f"{where} with a javascript: address"
        is_data = attributes.get("type", "").endswith("json")
        if tag == "script" and "src" not in attributes and not is_data:
            yield f"{where} without src"
        if not name.startswith(MAILS) and (tag == "style" or "style" in attributes):
            yield f"{where} with its own style"


def what_was_typed_goes_back_as_it_was(name: str, text: str) -> Iterator[str]:
    """A field holds no mark of ours: everywhere else, expressions are set apart from our words."""
    if name.startswith(MAILS):
        return
    held = re.findall(r'\bvalue="([^"]*)"', text)
    held += re.findall(
        r"<textarea(?:\{\{.*?\}\}|\{%.*?%\}|[^>{])*>(.*?)</textarea>", text, re.DOTALL
    )
    for shown in (expression for part in held for expression in re.findall(r"\{\{(.*?)\}\}", part)):
        if not shown.strip().endswith("|typed"):
            yield f"{name}: {{{{{shown}}}}} in a field without |typed"


def variables_are_named_after_the_thing(name: str, text: str) -> Iterator[str]:
    """As in Python; what a view hands over is named there."""
    for node in _tree(text).find_all(nodes.Name):
        if node.ctx in {"store", "param"} and node.name in SAY_NOTHING:
            yield f"{name}:{node.lineno}: {node.name!r} says nothing"


def every_word_can_be_translated(name: str, text: str) -> Iterator[str]:
    """What a person reads or hears goes through _()."""
    for line, said in _parsed(text).said:
        yield f"{name}:{line}: {said!r} outside _()"
    yield from _untranslated_arguments(name, text)


def every_line_can_be_translated(name: str, text: str) -> Iterator[str]:
    """The same, for the plain part of a mail."""
    for line in ADDRESS.sub("", _bare(text)).splitlines():
        if LETTER.search(line):
            yield f"{name}: {line.strip()!r} outside _()"
    yield from _untranslated_arguments(name, text)


def _untranslated_arguments(name: str, text: str) -> Iterator[str]:
    """Find texts handed to a macro or shown by an expression, as in {{ button("Save") }}."""
    tree = _tree(text)
    translated = {
        id(constant)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in TRANSLATORS
        for constant in call.find_all(nodes.Const)
    }
    for constant in tree.find_all(nodes.Const):
        said = constant.value
        if id(constant) not in translated and isinstance(said, str) and LOOKS_SAID.match(said):
            yield f"{name}:{constant.lineno}: {said!r} outside _()"
