"""What every form refuses, whatever it asks."""

import pytest
from wtforms import PasswordField, SelectMultipleField, StringField, TextAreaField

from core.forms import Form


class Question(Form):
    line = StringField()
    text = TextAreaField()
    secret = PasswordField()
    several = SelectMultipleField(choices=["a", "b"])  # type: ignore[list-item]


def ask(app, **sent):
    with app.test_request_context("/", method="POST", **sent):
        form = Question()
        return form.validate(), form.errors


@pytest.mark.parametrize(
    "data",
    [
        {"line": "Léa\x00"},
        {"line": "two\nlines"},
        {"line": "\x1b[31mred"},
        {"text": "\x00"},
        {"secret": "a\x00b"},
    ],
)
def test_what_no_database_keeps_is_refused_in_words_case_l4(app, data):
    is_valid, errors = ask(app, data=data)
    assert not is_valid
    assert errors == {next(iter(data)): ["Certains caractères ne peuvent pas être utilisés ici."]}


def test_what_people_write_is_kept(app):
    data = {"line": "Zoë d’Été 🙂 \u200fشكرا", "text": "a\r\n\tb", "secret": "ж é 🙂"}
    assert ask(app, data=data) == (True, {})


def test_what_people_write_is_tidied_and_secrets_are_not(app):
    typed = {"line": "\u00a0Zoë \t d’Été ", "text": "\r\n a \r\n\rb \n", "secret": " a  b "}
    with app.test_request_context("/", method="POST", data=typed):
        form = Question()
        assert (form.line.data, form.text.data) == ("Zoë d’Été", "a \n\nb")
        assert form.secret.data == " a  b "


def test_what_nobody_sent_is_an_empty_text(app):
    with app.test_request_context("/", method="POST", data={}):
        form = Question()
        assert (form.line.data, form.text.data, form.secret.data) == ("", "", None)


def test_an_answer_that_comes_twice_is_refused(app):
    is_valid, errors = ask(app, data={"line": ["a", "b"]})
    assert not is_valid
    assert list(errors) == ["line"]
    assert ask(app, data={"several": ["a", "b"]}) == (True, {})


def test_data_that_is_no_form_fills_in_nothing(app):
    for sent in ({"line": 5, "several": {"a": []}}, [[[[]]]], None):
        with app.test_request_context("/", method="POST", json=sent):
            form = Question()
            assert form.line.data == ""
            assert not form.several.data


def test_every_form_of_the_product_is_one_of_these(app):
    """Forms are found by their common ancestor: whoever forgets ours is named here."""
    from flask_wtf import FlaskForm

    def below(kind):
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    strangers = {
        one.__name__
        for one in below(FlaskForm)
        if not issubclass(one, Form) and one.__module__.split(".")[0] not in {"flask_wtf", "tests"}
    }
    assert strangers == set()
