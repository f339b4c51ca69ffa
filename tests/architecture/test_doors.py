"""Nothing is reachable by accident: routes, operations, rights."""

import pytest
from werkzeug.routing import AnyConverter

from core.authorization import OPERATIONS, RULES
from core.permissions import render

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def urls(app):
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        arguments = {
            name: "2026-11-23" if converter.__class__.__name__ == "UnicodeConverter" else 1
            for name, converter in rule._converters.items()
        }
        for name, converter in rule._converters.items():
            if isinstance(converter, AnyConverter):
                arguments[name] = min(converter.items)
        if "token" in arguments:
            arguments["token"] = "x" * 43
        yield rule, app.view_functions[rule.endpoint], adapter.build(rule.endpoint, arguments)


def test_every_operation_has_a_rule(app):
    product = {name: p for name, p in OPERATIONS.items() if not name.startswith("tests.")}
    assert len(product) > 40
    assert {name: p for name, p in product.items() if p not in RULES} == {}


def test_every_rule_serves_an_operation(app):
    """A row nobody asks about is a right that nobody can check."""
    assert {
        str(permission) for permission in RULES if permission not in OPERATIONS.values()
    } == set()


def test_every_private_page_sends_a_visitor_to_sign_in(app, visitor):
    """Whatever the method: a page answers with the way in, anything else is refused."""
    checked = 0
    for rule, view, url in urls(app):
        if rule.endpoint == "static" or getattr(view, "is_public", False):
            continue
        for method in METHODS:
            answer = visitor.open(url, method=method)
            if answer.status_code == 302:
                assert method in {"GET", "HEAD"}, (method, url)
                assert answer.location.startswith("/connexion?suite="), (method, url)
            else:
                assert answer.status_code in {401, 405}, (method, url, answer.status_code)
            checked += 1
    assert checked > 200


def test_a_stranger_finds_nothing_of_others(app, cast, sign_in):
    """Every address with a number answers a stranger as if there were nothing."""
    sign_in(cast.alice)  # so that session number 1 is hers
    mallory = sign_in(cast.mallory)
    for rule, view, url in urls(app):
        if "<int:" not in rule.rule or getattr(view, "is_public", False):
            continue
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            status = mallory.open(url, method=method).status_code
            assert status == 404, (method, url, status)


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "BREW"])
def test_unknown_methods_are_refused(visitor, method):
    assert visitor.open("/connexion", method=method).status_code in {405, 501}


def test_the_table_of_rights_is_complete(app):
    table = render()
    for permission in RULES:
        assert f"`{permission}`" in table
