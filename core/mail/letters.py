"""A mail is a name and a dict: what is queued says which mail, of which facts, for whom.

    @mail("bubbles/closed", subject=_l("A care team is closed"))
    def closed(reader: Reader, bubble_id: int, by: str) -> Facts | None: ...

    say([closed(bubble.id, actor.display_name).to(person.id)])

The function is asked when the mail leaves, in its reader's language, outside any transaction. It
returns what the template of that name needs, or nothing when there is nothing true to say any more.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Concatenate, Generic, ParamSpec

from flask_babel import LazyString

from core import outbox
from core.outbox import About, Lane, Message, OnDead

KIND = "mail"
P = ParamSpec("P")
Facts = dict[str, Any]
"""What a template needs. ``subject`` stands before the mail's own; ``calendars`` are iCalendar
objects with their METHOD, which mail programs offer to put into the calendar (RFC 6047)."""


@dataclass(frozen=True)
class Reader:
    """Who reads a mail, as they are when it leaves."""

    address: str
    locale: str
    zone: str
    name: str
    user_id: int | None = None


@dataclass(frozen=True)
class Letter:
    """One mail with its facts, for nobody yet."""

    name: str
    facts: Facts
    lane: Lane

    def to(
        self,
        user_id: int,
        *,
        address: str | None = None,
        key: str | None = None,
        not_after: datetime | None = None,
        about: Sequence[About] = (),
    ) -> Message:
        """Address it to an account, at its own address unless another is to be proved."""
        reader = {"user": user_id} | ({"address": address} if address else {})
        return self._message(reader, key, not_after, about)

    def to_address(
        self,
        address: str,
        *,
        locale: str,
        name: str = "",
        zone: str = "",
        key: str | None = None,
        not_after: datetime | None = None,
        about: Sequence[About] = (),
    ) -> Message:
        """Address it to somebody who has no account."""
        reader = {"address": address, "locale": locale, "name": name, "zone": zone}
        return self._message(reader, key, not_after, about)

    def _message(
        self,
        reader: Facts,
        key: str | None,
        not_after: datetime | None,
        about: Sequence[About],
    ) -> Message:
        return Message(
            kind=KIND,
            payload={"mail": self.name, "facts": packed(self.facts), "reader": reader},
            key=key,
            not_after=not_after,
            about=about,
            lane=self.lane,
        )


class Mail(Generic[P]):
    """One kind of mail. Called with its facts, it gives a letter."""

    def __init__(
        self,
        name: str,
        find_facts: Callable[Concatenate[Reader, P], Facts | None],
        *,
        subject: LazyString | None,
        template: str,
        lane: Lane,
    ) -> None:
        """Keep what the worker needs."""
        self.name, self.find_facts = name, find_facts
        self.subject, self.template, self.lane = subject, template, lane
        self.on_dead: OnDead | None = None
        _reader, *parameters = inspect.signature(find_facts).parameters.values()
        self._signature = inspect.Signature(parameters)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Letter:
        """Say of which facts the mail will speak: ids, instants, secrets, and what was true."""
        given = self._signature.bind(*args, **kwargs)
        return Letter(self.name, dict(given.arguments), self.lane)


MAILS: dict[str, Mail[...]] = {}
_look_up: list[Callable[[int], Reader | None]] = []


def mail(
    name: str,
    *,
    subject: LazyString | None = None,
    template: str = "",
    lane: Lane = Lane.ORDINARY,
) -> Callable[[Callable[Concatenate[Reader, P], Facts | None]], Mail[P]]:
    """Declare a mail; ``template`` names ``emails/<template>.txt`` and ``.html``, else its name."""

    def declare(find_facts: Callable[Concatenate[Reader, P], Facts | None]) -> Mail[P]:
        mail = Mail(name, find_facts, subject=subject, template=template or name, lane=lane)
        MAILS[name] = mail
        return mail

    return declare


def say(messages: Iterable[Message]) -> list[int | None]:
    """Queue mails in the current transaction, by three statements whatever their number.

    Returns the row of each, or nothing for those whose key was already written.
    """
    return outbox.write(list(messages))


def register_on_dead(letter: Mail[...], on_dead: OnDead) -> None:
    """Say who must know that a mail of this name did not leave; called by wirings.

    ``on_dead`` gets all that the mail was about, and its facts; it begins an operation of its own,
    and may be called twice.
    """
    letter.on_dead = on_dead


def tell_of_dead(abouts: Sequence[About], payload: dict[str, Any]) -> None:
    """Answer the outbox: pass it on to whoever must know."""
    letter = MAILS.get(payload.get("mail", ""))
    if letter is not None and letter.on_dead is not None:
        letter.on_dead(abouts, unpacked(payload["facts"]))


def register_reader_lookup(look_up: Callable[[int], Reader | None]) -> None:
    """Say who knows accounts; called by the wiring that has them."""
    _look_up[:] = [look_up]


def find_reader(user_id: int) -> Reader | None:
    """Return who reads mails of this account, as of now."""
    [look_up] = _look_up
    return look_up(user_id)


def packed(value: Any) -> Any:
    """Write instants and days so that they come back from JSON as what they were."""
    match value:
        case datetime():
            return {"instant": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case dict():
            return {name: packed(each) for name, each in value.items()}
        case list() | tuple():
            return [packed(each) for each in value]
        case _:
            return value


def unpacked(value: Any) -> Any:
    """Undo ``packed``."""
    match value:
        case {"instant": str(text), **rest} if not rest:
            return datetime.fromisoformat(text)
        case {"day": str(text), **rest} if not rest:
            return date.fromisoformat(text)
        case dict():
            return {name: unpacked(each) for name, each in value.items()}
        case list():
            return [unpacked(each) for each in value]
        case _:
            return value
