"""The rules of the house about style sources, on the whole tree and on files that break them."""

from __future__ import annotations

import re

import pytest

from core import stylesheet
from tests.architecture import spoken_classes
from tests.architecture import style_rules as rules
from tests.architecture.tree import PRODUCT, SCRIPTS, STYLES, TEMPLATES, faults, read

SHEET = "static/css/components/cards.css"
RULES = [
    rules.one_line_says_one_thing,
    rules.one_line_names_one_selector,
    rules.lines_fit_a_screen,
    rules.addresses_stand_in_the_first_folder,
]

BROKEN = [
    (rules.one_line_says_one_thing, SHEET, ".a { color: red; }\n"),
    (rules.one_line_says_one_thing, SHEET, ".a { color: red }\n"),
    (rules.one_line_says_one_thing, SHEET, ".a {\n  color: red; margin: 0;\n}\n"),
    (rules.one_line_says_one_thing, SHEET, ".a {\n  color: red; margin: 0\n}\n"),
    (rules.one_line_says_one_thing, SHEET, ".a {\n  color: red }\n"),
    (rules.one_line_says_one_thing, SHEET, ".a { color: red;\n}\n"),
    (rules.one_line_says_one_thing, SHEET, ".a {\n  color: red;\n} .b {\n  margin: 0;\n}\n"),
    (rules.one_line_says_one_thing, SHEET, "@media print { .a {\n  margin: 0;\n}\n}\n"),
    (rules.one_line_says_one_thing, SHEET, ".a {\n  margin: 0;\n}}\n"),
    (rules.one_line_says_one_thing, SHEET, ".a {\n  color: red; /* why */ margin: 0;\n}\n"),
    (rules.one_line_says_one_thing, SHEET, ':root {\n  --a: url("x;y"); --b: 0;\n}\n'),
    (rules.one_line_names_one_selector, SHEET, ".a, .b {\n  margin: 0;\n}\n"),
    (rules.one_line_names_one_selector, SHEET, ".a,\n.b, .c {\n  margin: 0;\n}\n"),
    (rules.one_line_names_one_selector, SHEET, ".a, .b,\n.c {\n  margin: 0;\n}\n"),
    (rules.lines_fit_a_screen, SHEET, f"/* {'a' * 100} */\n"),
    (rules.addresses_stand_in_the_first_folder, SHEET, '.a {\n  src: url("../../a.svg");\n}\n'),
]

SOUND = [
    (rules.one_line_says_one_thing, SHEET, ".a {\n  color: red;\n}\n"),
    (rules.one_line_says_one_thing, SHEET, ".a {\n  color: red; /* why; not { blue */\n}\n"),
    (rules.one_line_says_one_thing, SHEET, '@import "a.css";\n\n@layer base, layout;\n'),
    (rules.one_line_says_one_thing, SHEET, '.a::before {\n  content: "a;b}";\n}\n'),
    (rules.one_line_says_one_thing, SHEET, '.a {\n  src: url("data:a;b") format("c");\n}\n'),
    (rules.one_line_names_one_selector, SHEET, ".a,\n.b:is(p, ul) {\n  margin: 0;\n}\n"),
    (rules.one_line_names_one_selector, SHEET, ".a {\n  font: a, b;\n}\n.b {\n  top: 0;\n}\n"),
    (rules.one_line_names_one_selector, SHEET, "@layer base, layout;\n\n.a {\n  top: 0;\n}\n"),
    (rules.one_line_names_one_selector, SHEET, '.a:has([name="b,c"]) {\n  top: 0;\n}\n'),
    (rules.addresses_stand_in_the_first_folder, "static/css/a.css", 'src: url("../a.woff2");\n'),
]


@pytest.mark.parametrize(("rule", "name", "text"), BROKEN)
def test_a_rule_sees_the_sheet_that_breaks_it(rule: rules.Rule, name: str, text: str):
    assert list(rule(name, text))


@pytest.mark.parametrize(("rule", "name", "text"), SOUND)
def test_a_rule_leaves_a_sound_sheet_in_peace(rule: rules.Rule, name: str, text: str):
    assert list(rule(name, text)) == []


@pytest.mark.parametrize("rule", RULES)
def test_the_sheets_keep_the_rule(rule: rules.Rule):
    assert faults(rule, STYLES) == []


def test_the_scripts_fit_a_screen_as_well():
    assert faults(rules.lines_fit_a_screen, SCRIPTS) == []


def test_every_sheet_reaches_a_page_and_is_read_once():
    """A file that nobody imports or links says nothing; imports inside imports stay unread."""
    linked = {
        f"static/{sheet}"
        for name in TEMPLATES
        for sheet in re.findall(r"asset\('(css/[^']+)'\)", read(name))
    }
    joined = f"static/{stylesheet.NAME}"
    assert joined in linked
    imported = [f"static/css/{sheet}" for sheet in stylesheet.IMPORT.findall(read(joined))]
    assert sorted([*imported, *linked]) == sorted(STYLES)
    assert [name for name in STYLES if "@import" in read(name)] == [joined]


def test_every_class_that_is_styled_is_given_and_every_icon_is_asked_for():
    """What nothing names any more would be sent to everybody, and believed to be needed."""
    templates = {name: read(name) for name in TEMPLATES}
    programs = {name: read(name) for name in [*SCRIPTS, *PRODUCT]}
    words, stems = spoken_classes.given(templates, programs)
    unused = {name: spoken_classes.unused(read(name), words, stems) for name in STYLES}
    assert {name: sorted(classes) for name, classes in unused.items() if classes} == {}
    asked = words | spoken_classes.referenced(templates)
    assert spoken_classes.drawn(read("static/icons.svg")) - asked == set()


PROGRAMS = {
    "a.js": 'note.classList.add("d")',
    "views.py": '''"""Say where f and e are."""\nclasses = f"{classes} h"''',
}


def test_a_class_that_nothing_gives_is_seen():
    page = """<p class="a {{ 'b' if x }} hue-{{ n }}" id="e">{% block mainclass %}c{% endblock %}"""
    words, stems = spoken_classes.given({"page.html": page}, PROGRAMS)
    sheet = "/* .g */\n.a.b,\n.c .d,\n.hue-3,\n.h {\n  top: 0;\n}\n.e,\n.f {\n  top: 0;\n}\n"
    assert spoken_classes.unused(sheet, words, stems) == {"e", "f"}


def test_a_class_that_a_program_puts_together_is_given():
    programs = {"bricks.py": 'f"tag--{kind}"', "a.js": "`state--${kind}`"}
    _words, stems = spoken_classes.given({}, programs)
    sheet = ".tag--ok,\n.state--ok,\n.row--ok {\n  top: 0;\n}\n"
    assert spoken_classes.unused(sheet, set(), stems) == {"row--ok"}


def test_every_kind_of_state_and_tag_has_its_colour():
    """Bricks put these classes together: no page shows them whole."""
    styled = {name for sheet in STYLES for name in spoken_classes.styled(read(sheet))}
    spoken = {name for page in TEMPLATES for name in spoken_classes.kinds(read(page))}
    assert {"status--ok", "status--bad", "tag--next"} <= spoken
    assert spoken - styled == set()
