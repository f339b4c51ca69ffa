"""Every route, with every role, on things of one's own bubble and of another one.

The tables are in ``tests/architecture/routes/``, one file a package.
"""

from __future__ import annotations

import copy
import importlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import BuildError

from core.database import db
from core.transaction import transaction
from tests.architecture.routes.files import keep_bytes
from tests.architecture.routes.world import (
    ROLES,
    Line,
    World,
    foreign_world,
    leaver_of,
    own_world,
)
from tests.restoring import Kept, kind_of_rows, known, named

REFUSED = {401, 403, 404}
ELSEWHERE = ("/connexion?suite=", "/accueil")
"""A page that sends somebody there is not theirs."""
HELPS = {"__init__", "world", "files"}
OUTSIDERS = {"stranger", "leaver"}
"""For them what is not theirs does not exist: 404, whatever it is."""
PACKAGES = sorted(
    path.stem for path in Path(__file__).with_name("routes").glob("*.py") if path.stem not in HELPS
)


def table_of(package: str) -> dict[str, Line]:
    """Return one package's lines."""
    module = importlib.import_module(f"tests.architecture.routes.{package}")
    return {
        key: line if isinstance(line, Line) else Line(line) for key, line in module.ROUTES.items()
    }


TABLES = {package: table_of(package) for package in PACKAGES}
LINES = {key: line for table in TABLES.values() for key, line in table.items()}
PAGES = [key for key in LINES if key.startswith("GET ")]
ACTS = [
    (key, role)
    for key, line in LINES.items()
    if not key.startswith("GET ")
    for role in (line.who.split() if line.is_alone else [None])
]


def doors(app) -> dict[str, Any]:
    """Return what must have a line: « METHOD endpoint »."""
    found = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            methods = rule.methods - {"OPTIONS"}
            for method in methods - {"HEAD"} if "GET" in methods else methods:
                found[f"{method} {rule.endpoint}"] = rule
    return found


@dataclass
class Stage:
    """Both worlds, and a browser for each role of the first one."""

    app: Any
    own: World
    foreign: World
    browsers: dict[str, Any]
    things: dict[str, tuple[dict[str, Any], dict[str, Any]]]

    def address(self, key: str, *, foreign: bool = False) -> str:
        """Build the address of a line, with the things of one of the worlds."""
        _method, endpoint = key.split()
        package = endpoint.partition(".")[0]
        things = self.things[package][foreign]
        rule = doors(self.app)[key]
        values: dict[str, Any] = {}
        for name in rule.arguments:
            place = LINES[key].at.get(name, name)
            if place not in things:
                pytest.fail(
                    f"{key}: which `{place}`? Add it to things() of "
                    f"tests/architecture/routes/{package}.py"
                )
            values[name] = things[place]
        adapter = self.app.url_map.bind("localhost")
        try:
            query = {name: things[place] for name, place in LINES[key].query.items()}
            return adapter.build(endpoint, {**values, **query})
        except BuildError as error:
            pytest.fail(f"{key}: {error}")

    def who_passes(self, key: str, *, foreign: bool = False, only: str | None = None) -> set[str]:
        """Knock as each role: those whom the table refuses first, so that nothing has moved yet.

        ``only`` one of those whom it lets through is tried then.
        """
        address = self.address(key, foreign=foreign)
        allowed = LINES[key].who.split()
        order = sorted(ROLES, key=lambda role: role in allowed)
        if only:
            order = [role for role in order if role not in allowed or role == only]
        return {role for role in order if self.passes(role, key, address)}

    def passes(self, role: str, key: str, address: str) -> bool:
        """Say whether one role gets through: whoever is told to wait, or to write better, did."""
        method = key.split(maxsplit=1)[0]
        things = self.things[key.split()[1].partition(".")[0]][0]
        sent = {name: things[place] for name, place in LINES[key].form.items()}
        answer = self.browsers[role].open(address, method=method, data=sent or None)
        status = answer.status_code
        assert status < 500, f"{role}: {method} {address} answered {status}"
        if status in REFUSED:
            is_hidden = status == 404 or role not in OUTSIDERS or not doors(self.app)[key].arguments
            assert is_hidden, f"{role}: {method} {address} answered {status}, which tells it exists"
            return False
        places = [*LINES[key].elsewhere.split(), *(ELSEWHERE if method == "GET" else ())]
        return not (answer.location or "").startswith(tuple(places))


@dataclass(frozen=True)
class KeptStage:
    """A stage that was set once: its rows, its people, its things and who was signed in."""

    own: Kept[World]
    foreign: dict[str, tuple[type[Any], int]]
    things: dict[str, tuple[dict[str, Any], dict[str, Any]]]
    sessions: dict[str, str]

    def restore(self, app, visitor) -> Stage:
        """Set it again, in an empty database."""
        browsers = {"visitor": visitor}
        for role, token in self.sessions.items():
            browsers[role] = app.test_client()
            browsers[role].set_cookie(app.config["SESSION_COOKIE_NAME"], token)
        own, foreign = self.own.restore(), known(World, self.foreign)
        return Stage(app, own, foreign, browsers, copy.deepcopy(self.things))


_kept_stages: dict[tuple[str, str], KeptStage] = {}


@pytest.fixture
def stage(app, request, sign_in, visitor) -> Stage:
    keep_bytes()
    kind = kind_of_rows()
    if kind in _kept_stages:
        return _kept_stages[kind].restore(app, visitor)
    stage = set_stage(app, request.getfixturevalue("cast"), sign_in, visitor)
    name = app.config["SESSION_COOKIE_NAME"]
    _kept_stages[kind] = KeptStage(
        Kept.now(stage.own),
        named(stage.foreign),
        copy.deepcopy(stage.things),
        {
            role: browser.get_cookie(name).value
            for role, browser in stage.browsers.items()
            if role != "visitor"
        },
    )
    db.session.rollback()
    return stage


def set_stage(app, cast, sign_in, visitor) -> Stage:
    """Write both worlds and everything that addresses name, and sign everybody in."""
    with transaction():
        own, foreign = own_world(cast), foreign_world()
        leaver = leaver_of(own)
        things = {}
        for package in PACKAGES:
            module = importlib.import_module(f"tests.architecture.routes.{package}")
            things[package] = tuple(
                {**world.things, **module.things(world)} for world in (own, foreign)
            )
    people = {
        "stranger": own.invited,
        "patient": own.patient,
        "follower": own.follower,
        "colleague": own.colleague,
        "admin": own.admin,
        "leaver": leaver,
    }
    browsers = {"visitor": visitor} | {role: sign_in(user) for role, user in people.items()}
    return Stage(app, own, foreign, browsers, things)


def test_every_door_has_a_line(app):
    """The build fails for a route that does not say who may pass."""
    missing = defaultdict(list)
    for key in sorted(set(doors(app)) - set(LINES)):
        missing[key.split()[1].partition(".")[0]].append(key)
    assert not missing, "say who passes, in tests/architecture/routes/<package>.py: " + "; ".join(
        f"{package}.py lacks {', '.join(keys)}" for package, keys in missing.items()
    )


def test_no_line_speaks_of_a_door_that_is_gone(app):
    assert sorted(set(LINES) - set(doors(app))) == []


def test_lines_name_roles_that_exist():
    assert {
        key: line.who for key, line in LINES.items() if set(line.who.split()) - set(ROLES)
    } == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_pages_open_to_whom_the_table_says(stage, package):
    keys = [key for key in TABLES[package] if key.startswith("GET ")]
    wrong = {}
    for key in keys:
        expected = set(LINES[key].who.split())
        found = stage.who_passes(key)
        if found != expected:
            wrong[key] = f"should be {sorted(expected)}, is {sorted(found)}"
    assert wrong == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_pages_of_another_bubble_open_to_nobody(stage, package):
    wrong = {}
    for key in TABLES[package]:
        if key.startswith("GET ") and about_somebody(stage, key):
            found = stage.who_passes(key, foreign=True)
            if found:
                wrong[key] = sorted(found)
    assert wrong == {}


@pytest.mark.parametrize("package", sorted({key.split()[1].split(".")[0] for key in PAGES}))
def test_head_is_answered_as_get_without_the_page(stage, package):
    """A program that looks whether a page is there is told what a browser would be told."""
    for key in (key for key in TABLES[package] if key in PAGES):
        for role in LINES[key].who.split() or ["visitor"]:
            browser, address = stage.browsers[role], stage.address(key)
            head, get = browser.head(address), browser.get(address)
            assert head.data == b"", key
            told, expected = (
                (answer.status, answer.location, answer.content_type) for answer in (head, get)
            )
            assert told == expected, f"{key}, as {role}"


@pytest.mark.parametrize(("key", "only"), ACTS)
def test_acts_are_open_to_whom_the_table_says_and_never_in_another_bubble(stage, key, only):
    if about_somebody(stage, key):
        assert stage.who_passes(key, foreign=True) == set()
    expected = {only} if only else set(LINES[key].who.split())
    assert stage.who_passes(key, only=only) == expected


def about_somebody(stage: Stage, key: str) -> bool:
    """Say whether the address names a thing, and is no public one, where the link is the key."""
    view = stage.app.view_functions[key.split()[1]]
    names_a_thing = stage.address(key) != stage.address(key, foreign=True)
    return names_a_thing and not getattr(view, "is_public", False)


# ── The judge is itself judged ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["visitor", "stranger", "leaver", "colleague"])
def test_a_door_left_open_would_be_found(stage, role):
    """Give one role the session of the follower: the walk must name exactly that role."""
    key = "GET messaging.show"
    assert stage.who_passes(key) == set(LINES[key].who.split())
    stage.browsers[role] = stage.browsers["follower"]
    assert stage.who_passes(key) == {*LINES[key].who.split(), role}
    assert stage.who_passes(key, foreign=True) == set()


def test_a_thing_of_another_bubble_that_opens_would_be_found(stage):
    things = stage.things["messaging"]
    stage.things["messaging"] = (things[0], {**things[1], "conversation_id": 1})
    own = stage.address("GET messaging.show")
    assert own == stage.address("GET messaging.show", foreign=True)
    assert stage.who_passes("GET messaging.show", foreign=True) == {"patient", "follower"}


def test_a_package_without_things_is_told_which_file_to_write_in(stage):
    del stage.things["messaging"][0]["conversation_id"]
    with pytest.raises(pytest.fail.Exception, match=r"routes/messaging\.py"):
        stage.address("GET messaging.show")
