"""One outermost operation, one commit; effects wait for it."""

import threading

import pytest
from sqlalchemy import func, select

from core import native_pool
from core.audit import AuditEntry
from core.authorization import (
    RULES,
    Anonymous,
    Known,
    System,
    consequence,
    fact_of_act,
    operation,
    register_rules,
    right,
)
from core.database import db
from core.errors import ForbiddenError, NotFoundError
from core.transaction import after_commit, transaction
from demo.policy import DemoPermission
from security.models import User
from tests import factories as make

pytestmark = pytest.mark.both_databases


def count(model):
    found = db.session.scalar(select(func.count()).select_from(model))
    db.session.rollback()
    return found


def test_only_the_outermost_commits_and_hooks_run_after_it(app):
    ran = []
    with pytest.raises(ValueError, match="late"), transaction():
        with transaction():
            make.user()
            after_commit(lambda: ran.append(1))
        raise ValueError("late")
    assert (count(User), ran) == (0, [])
    with transaction():
        make.user()
        after_commit(lambda: ran.append(1))
        after_commit(lambda: 1 / 0)
        after_commit(lambda: ran.append(2))
        assert ran == []
    assert (count(User), ran) == (1, [1, 2])


def test_what_was_read_before_an_operation_is_read_anew_inside(app):
    with transaction():
        person = make.user(display_name="Avant")
    assert person.display_name == "Avant"

    def rename():
        with app.app_context():
            with transaction():
                db.session.get(User, person.id).display_name = "Après"
            db.session.remove()

    thread = threading.Thread(target=rename)
    thread.start()
    thread.join()
    with transaction():
        assert person.display_name == "Après"


@operation(DemoPermission.SEED)
def greet(_actor, subject, *, fail=False):
    if fail:
        raise ValueError("fail")
    return subject


def test_an_operation_is_recorded_and_so_is_its_refusal(app):
    with transaction():
        person = make.user()
    greet(System("test"), person)
    with pytest.raises(ForbiddenError):
        greet(Anonymous(), person)
    with pytest.raises(ValueError, match="fail"):
        greet(System("test"), person, fail=True)
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(e.actor_kind, e.permission, e.outcome, e.about_id) for e in entries] == [
        ("system", "demo:seed", "done", person.id),
        ("anonymous", "demo:seed", "refused", person.id),
    ]


def test_an_unknown_permission_is_a_refusal(app):
    from enum import StrEnum

    class Unlisted(StrEnum):
        DANCE = "unlisted:dance"

    from core.authorization import OPERATIONS, can

    assert not can(System("test"), Unlisted.DANCE, None)
    assert Unlisted.DANCE not in OPERATIONS.values()
    register_rules({})


def test_a_subject_that_disappeared_meanwhile_is_not_found(app):
    with transaction():
        person = make.user()

    def erase():
        with app.app_context():
            with transaction():
                db.session.delete(db.session.get(User, person.id))
            db.session.remove()

    @operation(DemoPermission.SEED)
    def read(_actor, subject):
        return subject.display_name

    thread = threading.Thread(target=erase)
    thread.start()
    thread.join()
    with pytest.raises(NotFoundError):
        read(System("test"), person)


def test_what_a_door_has_read_is_known_to_its_rules_and_its_act_and_to_nobody_after(app):
    asked = []

    def ask(where):
        asked.append((where, right("may", lambda: False), fact_of_act("rare")))

    def rule(_actor, _subject):
        ask("rule")
        return True

    def read(actor, subject, *, extra):
        return Known(rights={"may": True}, facts={"rare": (actor.reason, subject, extra)})

    @consequence
    def follow():
        ask("consequence")

    @operation(DemoPermission.SEED, reading=read)
    def act(_actor, _subject, *, extra):
        ask(extra)
        follow()

    former = RULES[DemoPermission.SEED]
    register_rules({DemoPermission.SEED: rule})
    try:
        act(System("test"), "subject", extra="act")
    finally:
        register_rules({DemoPermission.SEED: former})
    ask("after")
    known = ("test", "subject", "act")
    assert asked == [
        ("rule", True, None),
        ("act", False, known),
        ("consequence", False, known),
        ("after", False, None),
    ]


def test_a_right_that_a_door_has_read_as_absent_is_a_refusal(app):
    @operation(DemoPermission.SEED, reading=lambda *_asked: Known(rights={"may": False}))
    def act(_actor, _subject):
        pytest.fail("nobody may")

    former = RULES[DemoPermission.SEED]
    register_rules({DemoPermission.SEED: lambda *_asked: right("may", lambda: True)})
    try:
        with pytest.raises(ForbiddenError):
            act(System("test"), "subject")
    finally:
        register_rules({DemoPermission.SEED: former})


def test_a_consequence_needs_an_operation_to_follow_from(app):
    @consequence
    def follow():
        return "followed"

    with pytest.raises(RuntimeError, match="needs an operation"):
        follow()

    @operation(DemoPermission.SEED)
    def lead(_actor, _subject):
        return follow()

    assert lead(System("test"), None) == "followed"


def test_nothing_slow_happens_inside_the_door(app):
    with transaction(), pytest.raises(RuntimeError, match="slow"):
        native_pool.run(len, "abc")
    assert native_pool.run(len, "abc") == 3


def test_writers_of_one_process_queue_and_none_is_refused(app):
    with transaction():
        person = make.user(display_name="0")

    def add_one():
        with app.app_context():
            with transaction():
                row = db.session.get(User, person.id, with_for_update=True)
                row.display_name = str(int(row.display_name) + 1)
            db.session.remove()

    threads = [threading.Thread(target=add_one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction():
        assert person.display_name == "12"
