"""The rules of the house about templates, on the whole tree and on templates that break them."""

from __future__ import annotations

import re

import pytest

from tests.architecture import template_rules as rules
from tests.architecture.tree import TEMPLATES, TEXT_MAILS, faults, read

PAGE = "templates/home/day.html"
MAIL = "templates/emails/security/code.html"
PAGE_RULES = [
    rules.nothing_is_declared_safe,
    rules.no_style_or_script_in_a_page,
    rules.every_word_can_be_translated,
    rules.what_was_typed_goes_back_as_it_was,
    rules.variables_are_named_after_the_thing,
]
NAMED = rules.variables_are_named_after_the_thing

BROKEN = [
    (rules.nothing_is_declared_safe, PAGE, "{{ note.body | safe }}"),
    (rules.nothing_is_declared_safe, PAGE, "{{ note.body|safe }}"),
    (rules.nothing_is_declared_safe, PAGE, "{% autoescape false %}{% endautoescape %}"),
    (rules.no_style_or_script_in_a_page, PAGE, '<p style="color: red"></p>'),
    (rules.no_style_or_script_in_a_page, PAGE, "<style>p { color: red }</style>"),
    (rules.no_style_or_script_in_a_page, PAGE, "<script>start()</script>"),
    (rules.no_style_or_script_in_a_page, PAGE, '<button onclick="go()"></button>'),
    (rules.no_style_or_script_in_a_page, PAGE, '<button hx-on:click="go()"></button>'),
    (rules.no_style_or_script_in_a_page, PAGE, '<a href=" JavaScript:go()"></a>'),
    (rules.no_style_or_script_in_a_page, PAGE, '<p {% if a %}style="x"{% endif %}></p>'),
    (rules.no_style_or_script_in_a_page, MAIL, "<script>start()</script>"),
    (rules.what_was_typed_goes_back_as_it_was, PAGE, '<input value="{{ name }}">'),
    (rules.what_was_typed_goes_back_as_it_was, PAGE, "<textarea{{ x }}>{{ a }}</textarea>"),
    (NAMED, PAGE, "{% for one in patients %}{{ one.name }}{% endfor %}"),
    (NAMED, PAGE, "{% for one, words in kept %}{{ words }}{% endfor %}"),
    (NAMED, PAGE, "{% set found = patients|first %}"),
    (NAMED, PAGE, "{% macro row(one) %}{{ one }}{% endmacro %}"),
    (NAMED, MAIL, "{% with made = 1 %}{{ made }}{% endwith %}"),
    (rules.every_word_can_be_translated, PAGE, "<p>Hello</p>"),
    (rules.every_word_can_be_translated, PAGE, "<p>{{ name }} is here</p>"),
    (rules.every_word_can_be_translated, PAGE, '<img alt="A hive">'),
    (rules.every_word_can_be_translated, PAGE, '<input type="submit" value="Save">'),
    (rules.every_word_can_be_translated, PAGE, '{{ button("Save") }}'),
    (rules.every_word_can_be_translated, PAGE, '{{ field(form.name, hint="As on a letter.") }}'),
    (rules.every_word_can_be_translated, PAGE, '<b lang="en">Hi</b> and <code>x</code> more'),
    (rules.every_line_can_be_translated, "templates/emails/a.txt", "Hello {{ name }}"),
    (rules.every_line_can_be_translated, "templates/emails/a.txt", '{{ line("Hello") }}'),
]

SOUND = [
    (rules.nothing_is_declared_safe, PAGE, "<p>{{ safe }}</p>"),
    (rules.what_was_typed_goes_back_as_it_was, PAGE, '<input value="{{ name|typed }}">'),
    (NAMED, PAGE, "{% for patient in found %}{{ patient.one }}{{ row(one=1) }}{% endfor %}"),
    (rules.no_style_or_script_in_a_page, PAGE, '<script type="module" src="/x.js"></script>'),
    (rules.no_style_or_script_in_a_page, PAGE, '<script type="application/json">{}</script>'),
    (rules.no_style_or_script_in_a_page, MAIL, '<style>p {}</style><td style="x"></td>'),
    (rules.every_word_can_be_translated, PAGE, '<p>{{ _("Hello %(name)s", name=name) }} — 1</p>'),
    (rules.every_word_can_be_translated, PAGE, "<p>{% trans %}Hello{% endtrans %}</p>"),
    (rules.every_word_can_be_translated, PAGE, '<p aria-label="{{ _("Day") }}">&nbsp;·</p>'),
    (rules.every_word_can_be_translated, PAGE, '{{ button(_("Save"), "btn btn--big") }}'),
    (rules.every_word_can_be_translated, PAGE, '<{{ tag }} class="card">{# no #}</{{ tag }}>'),
    (rules.every_word_can_be_translated, PAGE, '<a lang="en">English</a><code>ssh</code>'),
    (rules.every_line_can_be_translated, "templates/emails/a.txt", '{{ _("Hello") }}\nhttps://x'),
]


@pytest.mark.parametrize(("rule", "name", "text"), BROKEN)
def test_a_rule_sees_the_template_that_breaks_it(rule: rules.Rule, name: str, text: str):
    assert list(rule(name, text))


@pytest.mark.parametrize(("rule", "name", "text"), SOUND)
def test_a_rule_leaves_a_sound_template_in_peace(rule: rules.Rule, name: str, text: str):
    assert list(rule(name, text)) == []


@pytest.mark.parametrize("rule", PAGE_RULES)
def test_the_pages_keep_the_rule(rule: rules.Rule):
    assert faults(rule, TEMPLATES) == []


def test_every_line_of_a_plain_mail_can_be_translated():
    assert faults(rules.every_line_can_be_translated, TEXT_MAILS) == []


def test_plain_mails_name_their_variables_too():
    assert faults(rules.variables_are_named_after_the_thing, TEXT_MAILS) == []


# ── Counters of steps ─────────────────────────────────────────────────────────────────────────

COUNTED = {
    "layouts/booking.html": "tests/scheduling/test_booking_steps.py",
    "security/_sign_up_head.html": "tests/security/test_sign_up_pages.py",
    "home/first_steps/step.html": "tests/home/test_first_steps.py",
}
"""Where a page says how many steps there are, and the test that walks all of them."""


def test_each_counter_of_steps_is_walked_by_a_test():
    """A counter is right only over what is really asked: somebody has to walk there and count."""
    counts = re.compile(r"\bSteps? %\(number\)d of %\(total\)|%\(num\)d steps left")
    found = {path for path in TEMPLATES if counts.search(read(path))}
    assert found == {f"templates/{path}" for path in COUNTED}
    for test in COUNTED.values():
        assert re.search(r"(Étape|Encore) \(\\d", read(test)), test
