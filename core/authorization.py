"""One door: an operation names its permission; the door checks it, records it and commits it."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.orm.exc import ObjectDeletedError

from core import audit, database_patience, waiting_room
from core.database import db
from core.database_faults import DatabaseUnavailableError
from core.errors import ForbiddenError, NotFoundError
from core.transaction import transaction
from core.transaction_state import is_writing, note_kept


class Actor(Protocol):
    """Whoever acts: a signed-in person, a visitor, or the system itself."""

    @property
    def id(self) -> int | None:
        """Return who it is, if it is a person."""
        ...


@dataclass(frozen=True)
class Anonymous:
    """A visitor who has not said who they are."""

    id: int | None = None


@dataclass(frozen=True)
class System:
    """The application itself: the worker, a command."""

    reason: str
    id: int | None = None


@dataclass(frozen=True)
class Instance:
    """The whole installation: the subject of what does not belong to anything yet."""

    id: int | None = None


INSTANCE = Instance()

Rule = Callable[[Any, Any], bool]
Wait = Callable[[], bool]
"""Waits until nobody else writes, and says whether somebody may have meanwhile."""
Lock = Callable[..., Wait]
"""Called with actor, subject and the operation's keywords before it begins, so that it may say from
what is at hand whose turn to wait for, within. Always in one order, see each lock."""


@dataclass(frozen=True)
class Known:
    """What one reading under the lock found beside the subject."""

    rights: Mapping[Hashable, bool] = field(default_factory=dict)
    """For the judgement of the door alone: rules ask them with ``right``."""
    facts: Mapping[Hashable, Any] = field(default_factory=dict)
    """For the act and its consequences, until it ends: ``fact_of_act``."""


NOTHING = Known()
Reading = Callable[..., Known]
"""Called as a lock is, under it: reads at once what is judged, the rights, and what is rare."""
A = TypeVar("A", bound=Actor)
S = TypeVar("S")
P = ParamSpec("P")
R = TypeVar("R")

TRIES = 3
LAST_TRY = 4.5
"""Seconds after the first try in which another one may begin."""
ANOTHER_TRY = 1.0
"""Seconds that must be left of a page's time for a lock to be asked for again."""
RULES: dict[StrEnum, Rule] = {}
OPERATIONS: dict[str, StrEnum] = {}
_current: ContextVar[tuple[Actor, Known] | None] = ContextVar("operation", default=None)
_rights: ContextVar[Mapping[Hashable, bool]] = ContextVar("rights", default=NOTHING.rights)


def register_rules(rules: Mapping[StrEnum, Rule]) -> None:
    """Add one package's table of rights; called by its wiring."""
    RULES.update(rules)


def can(actor: Actor, permission: StrEnum, subject: object) -> bool:
    """Say whether ``actor`` may do this; an unknown permission is a refusal."""
    rule = RULES.get(permission)
    return rule is not None and rule(actor, subject)


def any_of(*rules: Rule) -> Rule:
    """Combine: one of the rules is enough."""

    def rule(actor: Actor, subject: Any) -> bool:
        return any(part(actor, subject) for part in rules)

    return _combined(rule, "or", rules)


def all_of(*rules: Rule) -> Rule:
    """Combine: every rule must hold."""

    def rule(actor: Actor, subject: Any) -> bool:
        return all(part(actor, subject) for part in rules)

    return _combined(rule, "and", rules)


def _combined(rule: Any, joint: str, parts: tuple[Rule, ...]) -> Rule:
    """Remember the parts, so that the table of rights can be read by people."""
    rule.parts, rule.joint = parts, joint
    combined: Rule = rule
    return combined


def anyone(_actor: Actor, _subject: object) -> bool:
    """Everybody, signed in or not."""
    return True


def is_system(actor: Actor, _subject: object) -> bool:
    """The application itself: commands and the worker."""
    return isinstance(actor, System)


def operation(
    permission: StrEnum, *, lock: Lock | None = None, reading: Reading | None = None
) -> Callable[[Callable[Concatenate[A, S, P], R]], Callable[Concatenate[A, S, P], R]]:
    """Turn ``func(actor, subject, …)`` into one authorised, audited unit of work.

    Begin, wait for the ``lock``, read anew, judge, run, record, commit. A subject that has
    disappeared meanwhile is a ``NotFoundError``. A refusal is recorded in a transaction of its own.
    What the ``reading`` does not find is read where it is asked.
    """

    def decorate(func: Callable[Concatenate[A, S, P], R]) -> Callable[Concatenate[A, S, P], R]:
        OPERATIONS[f"{func.__module__}.{func.__qualname__}"] = permission

        def attempt(
            wait: Wait | None,
            actor: A,
            subject: S,
            /,
            *args: P.args,
            **kwargs: P.kwargs,
        ) -> R:
            with transaction():
                if wait is not None and wait():
                    db.session.expire_all()  # somebody else may have written while one waited
                known = NOTHING if reading is None else reading(actor, subject, **kwargs)
                with _judging_by(known):
                    _check(actor, permission, subject)
                token = _current.set((actor, known))
                try:
                    result = func(actor, subject, *args, **kwargs)
                finally:
                    _current.reset(token)
                audit.record(actor=actor, permission=permission, subject=subject, outcome="done")
                return result

        @wraps(func)
        def run(actor: A, subject: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                wait = None if lock is None else lock(actor, subject, **kwargs)
                if is_writing():  # part of another operation, whose door waits and begins anew
                    return attempt(wait, actor, subject, *args, **kwargs)
                result = _begin_anew(
                    lambda: waiting_room.in_turn(
                        lambda: attempt(wait, actor, subject, *args, **kwargs)
                    )
                )
            except ObjectDeletedError as error:
                raise NotFoundError from error
            except ForbiddenError:
                _record_refusal(actor, permission, subject)
                raise
            note_kept()
            return result

        return run

    return decorate


def consequence(func: Callable[P, R]) -> Callable[P, R]:
    """Mark what an event brings about: it runs inside the operation that published the event.

    It has no permission of its own: who was allowed the cause is not asked again for the effect.
    """

    @wraps(func)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        current = _current.get()
        if current is None:
            msg = f"{func.__qualname__} is a consequence: it needs an operation to follow from"
            raise RuntimeError(msg)
        return func(*args, **kwargs)

    return run


def current_actor_of_operation() -> Actor:
    """Return who set off the operation under way; for consequences, which are not told."""
    current = _current.get()
    if current is None:
        msg = "no operation is under way"
        raise RuntimeError(msg)
    return current[0]


def right(key: Hashable, find: Callable[[], bool]) -> bool:
    """Return a right that the door has read with what it judges, else what ``find`` finds."""
    known = _rights.get().get(key)
    return find() if known is None else known


def fact_of_act(key: Hashable) -> Any:
    """Return what the operation under way has read under its lock; None: it has not asked."""
    current = _current.get()
    return None if current is None else current[1].facts.get(key)


@contextmanager
def _judging_by(known: Known) -> Iterator[None]:
    token = _rights.set(known.rights)
    try:
        yield
    finally:
        _rights.reset(token)


def _begin_anew(act: Callable[[], R]) -> R:
    """Run ``act`` again when another process was in the way: nothing of it was kept."""
    begun = time.monotonic()
    for _try in range(TRIES - 1):
        try:
            return act()
        except DatabaseUnavailableError as error:
            is_late = time.monotonic() - begun > LAST_TRY
            if error.reason != "lock" or is_late or database_patience.left() < ANOTHER_TRY:
                raise
    return act()


def _check(actor: Actor, permission: StrEnum, subject: object) -> None:
    if not can(actor, permission, subject):
        raise ForbiddenError(permission)


def _record_refusal(actor: Actor, permission: StrEnum, subject: object) -> None:
    if is_writing():  # an outer operation is failing too: it records its own refusal
        return
    with transaction():
        audit.record(actor=actor, permission=permission, subject=subject, outcome="refused")
