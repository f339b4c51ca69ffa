"""What templates write: text escaped once, markup as it is, callables given what they want."""

from __future__ import annotations

import pytest
from flask_babel import LazyString
from jinja2 import Undefined, pass_context, pass_environment, pass_eval_context
from jinja2.exceptions import UndefinedError
from markupsafe import Markup, escape

from core.bidi import shown
from core.templating import written


class OwnText(str):
    """A text of another kind."""

    __slots__ = ()


class OwnMarkup(Markup):
    """Markup of another kind."""


class Drawn:
    """What draws itself."""

    def __html__(self) -> str:
        return "<i>drawn</i>"

    def __repr__(self) -> str:
        return "drawn"


VALUES = [
    "plain text",
    "a « b » & <b> \"c\" 'd'",
    "שלום",
    "a \u202e b",
    "",
    0,
    1.5,
    True,
    None,
    Markup("<b>x</b>"),
    ValueError("<told>"),
    ["<", "&"],
    OwnText("<b> שלום"),
    OwnMarkup("<b>x</b>"),
    Drawn(),
    LazyString(lambda: "said later"),
    Undefined(name="nothing"),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_written_as_it_is_shown_and_escaped(app, value):
    assert written(value) == escape(shown(value))
    page = app.jinja_env.from_string(
        "[{{ value }}|{% set kept %}{{ value }}{% endset %}{{ kept }}]"
    )
    with app.test_request_context():
        assert page.render(value=value) == f"[{escape(shown(value))}|{escape(shown(value))}]"


def test_text_that_is_put_together_is_escaped_once(app):
    page = app.jinja_env.from_string(
        "{% macro around(text) %}<i>{{ text }}{{ caller() if caller }}</i>{% endmacro %}"
        "{{ around(text) }}{% call around(text) %}{{ text }}{% endcall %}"
        "{{ text ~ text }}{{ [text, text]|join(', ') }}{{ nothing }}"
    )
    with app.test_request_context():
        assert page.render(text="<") == ("<i>&lt;</i><i>&lt;&lt;</i>&lt;&lt;&lt;, &lt;")


def test_a_template_without_escaping_writes_text_as_it_is(app):
    plain = app.jinja_env.overlay(autoescape=False).from_string("{{ text }}")
    assert plain.render(text="<b>") == "<b>"


def test_a_part_of_a_page_may_be_left_as_it_is(app):
    page = app.jinja_env.from_string(
        "{% autoescape how %}{{ text }}{% endautoescape %}", globals={"how": False}
    )
    with app.test_request_context():
        assert page.render(text="<", how=False) == "<"
        assert page.render(text="<", how=True) == "&lt;"


class Doors:
    def bound(self, number):
        return number + 1

    @pass_context
    def with_context(self, context):
        return context["text"]

    def __call__(self, number):
        return number + 2


@pass_eval_context
def escapes(context):
    return context.autoescape


@pass_environment
def environment_of(environment):
    return environment.written is written


@pass_context
def seen(context):
    return context["text"]


def test_what_a_template_calls_is_given_what_it_wants(app):
    doors = Doors()
    page = app.jinja_env.from_string(
        "{{ doors.bound(1) }} {{ doors.with_context() }} {{ doors(1) }} {{ escapes() }}"
        " {{ environment_of() }} {{ seen() }} {{ len('abc') }} {{ 'a-b'.split('-')|length }}"
        " {% for one in [1] %}{{ doors.bound(one) }}{% endfor %}"
    )
    values = {"escapes": escapes, "environment_of": environment_of, "seen": seen, "len": len}
    with app.test_request_context():
        assert page.render(doors=doors, text="x", **values) == "2 x 3 True True x 3 2 2"


def test_what_is_not_there_cannot_be_called(app):
    with app.test_request_context(), pytest.raises(UndefinedError):
        app.jinja_env.from_string("{{ nothing() }}").render()
