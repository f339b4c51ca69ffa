"""What a process keeps of its pages never reaches where it does not belong."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import url_for
from flask_babel import force_locale, gettext, refresh
from markupsafe import Markup

from core import bricks, wording

PARIS = ZoneInfo("Europe/Paris")


def said(app, source, **values):
    return app.jinja_env.from_string(source).render(**values)


def test_a_sentence_follows_the_language_that_is_forced_and_back(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        page = '{{ _("today") }}'
        assert (said(app, page), gettext("today")) == ("today", "today")
        with force_locale("fr"):
            assert (said(app, page), gettext("today")) == ("aujourd’hui", "aujourd’hui")
            with force_locale("en"):
                assert (said(app, page), gettext("today")) == ("today", "today")
            assert said(app, page) == "aujourd’hui"
        refresh()
        assert (said(app, page), gettext("today")) == ("today", "today")


def test_a_sentence_is_markup_only_where_a_template_escapes(app):
    page = app.jinja_env.from_string('{{ _("« A & B »") }}|{{ _("« %(name)s »", name="<b>") }}')
    plain = app.jinja_env.overlay(autoescape=False).from_string('{{ _("%(name)s", name="<b>") }}')
    with app.test_request_context():
        for _again in range(2):
            assert page.render() == "« A & B »|« &lt;b&gt; »"
            assert plain.render() == "<b>"


def test_a_percent_sign_is_written_once(app):
    with app.test_request_context():
        assert [said(app, '{{ _("100%%") }}') for _again in range(2)] == ["100%", "100%"]


def test_text_that_equals_markup_is_escaped_still(app):
    with app.test_request_context():
        for brick in (bricks.status, bricks.tag):
            assert "<b>x</b>" in brick(Markup("<b>x</b>"))
            assert "&lt;b&gt;x&lt;/b&gt;" in brick("<b>x</b>")
            assert "<b>x</b>" in brick(Markup("<b>x</b>"))


def test_a_state_written_from_right_to_left_turns_nothing_around_it(app):
    with app.test_request_context():
        assert "\u2068שלום\u2069" in bricks.status("שלום", "ok", "check")


def test_an_hour_that_comes_twice_is_told_apart_each_time(app):
    summer = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS)
    winter = summer.replace(fold=1)
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        heard = [wording.hour(one, "Europe/Paris") for one in (summer, winter, summer)]
        assert heard == [
            "2\u00a0h\u00a030 (heure d’été)",
            "2\u00a0h\u00a030 (heure d’hiver)",
            "2\u00a0h\u00a030 (heure d’été)",
        ]


def test_an_hour_is_said_in_the_language_at_hand(app):
    noon = datetime(2026, 11, 23, 11, tzinfo=UTC)
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        assert wording.hour(noon, "Europe/Paris") == "12\u00a0h"
        with force_locale("en"):
            assert wording.hour(noon, "Europe/Paris") == "12:00"
            assert wording.day_and_hour(noon, "Europe/Paris") == "Monday 23 November at 12:00"
        assert wording.day_and_hour(noon, "Europe/Paris") == "lundi 23 novembre à 12\u00a0h"


def test_an_address_is_that_of_the_place_where_the_site_stands(app):
    for root in ("", "/sante", ""):
        with app.test_request_context(environ_overrides={"SCRIPT_NAME": root}):
            assert url_for("security.sign_in") == f"{root}/connexion"
            assert "/sante" in bricks.icon("check") or not root


def test_values_that_are_equal_but_written_otherwise_have_their_own_addresses(app):
    with app.test_request_context():
        queries = [url_for("security.sign_in", suite=value) for value in (1, True, "1", 1.0)]
        assert [query.partition("=")[2] for query in queries] == ["1", "True", "1", "1.0"]


@pytest.mark.parametrize("values", [{"_external": True}, {"_anchor": "x"}, {"_scheme": "https"}])
def test_an_address_that_names_a_host_is_that_of_the_request_at_hand(app, values):
    if "_scheme" in values:
        values = {**values, "_external": True}
    for host in ("localhost:8001", "localhost:8002"):
        with app.test_request_context(base_url=f"http://{host}"):
            address = url_for("security.sign_in", **values)
            assert (host in address) is ("_external" in values)
