"""« Autour d’Adèle », in sentences of the code, of pages and of mails."""

from __future__ import annotations

import pytest
from flask_babel import force_locale, gettext, ngettext

SHORTENED = ["Adèle", "élise", "Yves", "Hugo", "Hélène", "Œdipe", "Îles", "O’Brien"]
WHOLE = ["Madeleine", "Yasmine", "Hassan", "Hong Kong", "7e étage", "אדל", "alice@example.org", ""]


def say(app, name):
    page = app.jinja_env.from_string('{{ _("Around %(name)s", name=name) }}')
    with app.test_request_context(), force_locale("fr"):
        said = gettext("Around %(name)s", name=name)
        assert page.render(name=name) == said
        return said


@pytest.mark.parametrize("name", SHORTENED)
def test_a_word_is_shortened_before_a_vowel(app, name):
    assert say(app, name) == f"Autour d’{name}"


@pytest.mark.parametrize("name", WHOLE)
def test_a_word_stays_whole_before_anything_else(app, name):
    said = say(app, name)
    assert said.startswith("Autour de ")
    assert said.endswith((name, f"{name}\u2069"))


def test_what_is_markup_is_escaped_once_and_shortened_too(app):
    page = app.jinja_env.from_string(
        '{{ _("Around %(name)s", name="<b>Adèle</b>"|safe) }} {{ _("Around %(name)s", name="<A") }}'
    )
    with app.test_request_context(), force_locale("fr"):
        assert page.render() == "Autour d’<b>Adèle</b> Autour de &lt;A"


def test_what_was_typed_is_never_changed(app):
    """Only our own word before a value is shortened: names keep their « de »."""
    assert say(app, "Marie de Abreu") == "Autour de Marie de Abreu"
    with app.test_request_context(), force_locale("en"):
        assert gettext("Around %(name)s", name="Adèle") == "Around Adèle"
        assert ngettext("%(num)d step of %(total)s", "%(num)d steps of %(total)s", 2, total="5")


def test_no_page_shows_a_mark(cast, sign_in, page):
    for path in ("/aujourdhui", "/messages/ecrire", "/parametres"):
        assert "\ue000" not in page(sign_in(cast.bob).get(path)).html
