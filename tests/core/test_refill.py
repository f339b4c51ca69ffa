"""Typed text goes back into the form it came from, and nowhere else."""

from __future__ import annotations

import pytest

from core.refill import refill

PAGE = """<!doctype html><p>a</p>
<form method="post" action="/ici"><input type="hidden" name="csrf_token" value="t">
<input name="name" value="old" class="input"><input type="password" name="name">
<textarea name="body" rows="3">old</textarea>
<select name="zone"><option value="a" selected>A</option><option value="b">B</option></select>
<label><input type="radio" name="kind" value="x" checked> x</label>
<label><input type="radio" name="kind" value="y"> y</label>
<input type="checkbox" name="all" value="y" checked><input type="file" name="file">
<input name="hour"><input name="hour"></form>
<form method="post"><input name="name" value="kept"></form>
<form method="get" action="/ici"><input name="name" value="sought"></form>"""
DRAFT = [
    ("name", 'A "<b>" & é'),
    ("body", "\nune\nligne </textarea>"),
    ("zone", "b"),
    ("kind", "y"),
    ("hour", "8:00"),
    ("hour", "9:00"),
    ("csrf_token", "stolen"),
    ("file", "x"),
]


def filled(drafts=None, here="/autre", page=PAGE) -> str:
    return refill(page, (drafts or {"/ici": DRAFT}).get, here=here, note="<p>NOTE</p>")


def test_each_kind_of_field_gets_its_value_back():
    html = filled()
    assert '<input name="name" class="input" value="A &quot;&lt;b&gt;&quot; &amp; é">' in html
    assert '<textarea name="body" rows="3">\n\nune\nligne &lt;/textarea&gt;</textarea>' in html
    assert '<option value="a">A</option><option value="b" selected>' in html
    assert '<input type="radio" name="kind" value="x">' in html
    assert '<input type="radio" name="kind" value="y" checked>' in html
    assert '<input type="checkbox" name="all" value="y">' in html
    assert '<input name="hour" value="8:00"><input name="hour" value="9:00">' in html


def test_what_a_person_does_not_fill_in_is_not_touched():
    html = filled()
    assert '<input type="hidden" name="csrf_token" value="t">' in html
    assert '<input type="password" name="name">' in html
    assert '<input type="file" name="file">' in html
    assert "stolen" not in html


def test_other_forms_stay_as_they_are_and_only_filled_ones_are_announced():
    html = filled()
    assert '<form method="post"><input name="name" value="kept"></form>' in html
    assert 'value="sought"' in html
    assert html.count("<p>NOTE</p><form") == html.count("NOTE") == 1


def test_a_form_without_an_action_is_sent_where_it_stands():
    html = filled({"/autre": [("name", "new")]})
    assert '<form method="post"><input name="name" value="new"></form>' in html


@pytest.mark.parametrize(
    "page", ["", "<form", "<p>é\r\n<form method=post action=/ici>", PAGE[:200]]
)
def test_a_broken_page_breaks_nothing(page):
    assert isinstance(filled(page=page), str)
