"""Inviting the people of a pasted list: it waits sealed, for a day, until every line has left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from bubbles.errors import NoAddressError
from bubbles.locks import bubble_of
from bubbles.models import Bubble, InvitationList
from bubbles.operations.inviting import INVITATIONS, INVITATIONS_TO_ADDRESS, Offer, invite
from bubbles.policy import BubblePermission
from bubbles.vocabulary import InvitedAs, Invitee, LineState
from core import clock, rate_limit, tokens
from core.authorization import operation
from core.database import db
from core.errors import DomainError, NotFoundError, TooManyRequestsError
from core.idempotency import KeyReusedError
from security.models import User

LIFE = timedelta(hours=24)
DONE = {LineState.SENT, LineState.REPEATED}


@dataclass(frozen=True)
class Line:
    """One person of the list, and what became of the line."""

    text: str
    email: str | None
    given_name: str = ""
    family_name: str = ""
    birth_date: date | None = None
    state: LineState = LineState.TO_SEND
    reason: str = ""
    minutes: int = 0
    """How long to wait, when enough were sent for now."""

    @property
    def person(self) -> str:
        """Return who is meant, by name or else by address."""
        return f"{self.given_name} {self.family_name}".strip() or self.email or self.text


@dataclass
class PeopleList:
    """A list on its way: what is offered to all of them, and its lines."""

    token: str
    offer: Offer
    lines: list[Line] = field(default_factory=list)

    def having(self, *states: LineState) -> list[Line]:
        """Return the lines in these states, in their order."""
        return [line for line in self.lines if line.state in states]

    @property
    def remaining(self) -> list[Line]:
        """Return the lines that still need somebody: to be corrected, or sent later."""
        return [line for line in self.lines if line.state not in DONE]


def send_list(actor: User, bubble: Bubble, people: PeopleList) -> None:
    """Invite whoever can be, one transaction each, and keep what became of every line.

    What was sent from this list is never sent again from it, however often it is corrected.
    """
    keep_list(actor, bubble, people=people)
    invited = {line.email for line in people.having(LineState.SENT)}
    for number, line in enumerate(people.lines):
        if line.state in DONE:
            continue
        sent = _send(actor, bubble, people, line, invited)
        people.lines[number] = sent
        if sent.state is LineState.SENT:
            invited.add(sent.email)
    keep_list(actor, bubble, people=people)


def correct_list(people: PeopleList, lines: Sequence[Line]) -> None:
    """Put these lines in the place of those that did not leave."""
    people.lines = [*people.having(*DONE), *lines]


def _send(
    actor: User, bubble: Bubble, people: PeopleList, line: Line, invited: set[str | None]
) -> Line:
    if line.email is None:
        return replace(line, state=LineState.NOT_READ, reason=str(NoAddressError.message))
    if line.email in invited:
        return replace(line, state=LineState.REPEATED)
    try:
        rate_limit.hit(INVITATIONS, str(actor.id))
        rate_limit.hit(INVITATIONS_TO_ADDRESS, f"{actor.id}\x00{line.email}")
        invite(
            actor,
            bubble,
            email=line.email,
            invited_as=people.offer.invited_as,
            word=people.offer.word,
            follower_ids=people.offer.follower_ids,
            invitee=_invitee(people.offer, line),
            key=f"{people.token}:{line.email}",
        )
    except TooManyRequestsError as error:
        return replace(line, state=LineState.TO_SEND, minutes=-(-error.retry_after // 60))
    except DomainError as error:
        return replace(line, state=LineState.REFUSED, reason=str(error.message))
    return replace(line, state=LineState.SENT)


def _invitee(offer: Offer, line: Line) -> Invitee:
    is_patient = offer.invited_as is InvitedAs.PATIENT
    return Invitee(line.given_name, line.family_name, line.birth_date if is_patient else None)


@operation(BubblePermission.KEEP_LIST, lock=bubble_of)
def keep_list(actor: User, bubble: Bubble, *, people: PeopleList) -> None:
    """Write the list as it stands, sealed, in the place of what it was.

    Raises:
        KeyReusedError: the form of this list has served elsewhere.
    """
    row = _find(actor, bubble, people.token)
    if row is None:
        _refuse_known(people.token)
        row = InvitationList(
            token_hash=tokens.hash_token(people.token), user_id=actor.id, bubble_id=bubble.id
        )
        db.session.add(row)
    row.kept_at = clock.now()
    row.content = _written(people)


@operation(BubblePermission.KEEP_LIST, lock=bubble_of)
def forget_list(actor: User, bubble: Bubble, *, token: str) -> None:
    """Delete a list that has served; idempotent."""
    row = _find(actor, bubble, token)
    if row is not None:
        db.session.delete(row)


def find_list(actor: User, bubble: Bubble, token: str) -> PeopleList:
    """Return one's own list, within its day.

    Raises:
        NotFoundError: there is none, or it is somebody else's, or another bubble's.
    """
    row = _find(actor, bubble, token)
    if row is None or row.kept_at <= clock.now() - LIFE:
        raise NotFoundError
    return _read(token, json.loads(row.content))


def _find(actor: User, bubble: Bubble, token: str) -> InvitationList | None:
    return db.session.scalar(
        select(InvitationList).where(
            InvitationList.token_hash == tokens.hash_token(token),
            InvitationList.user_id == actor.id,
            InvitationList.bubble_id == bubble.id,
        )
    )


def _refuse_known(token: str) -> None:
    known = select(InvitationList.id).where(InvitationList.token_hash == tokens.hash_token(token))
    if db.session.scalar(known) is not None:
        raise KeyReusedError


def _written(people: PeopleList) -> str:
    lines = [
        {
            **asdict(line),
            "birth_date": line.birth_date.isoformat() if line.birth_date else None,
        }
        for line in people.lines
    ]
    offer = people.offer
    return json.dumps(
        {"as": offer.invited_as, "word": offer.word, "by": offer.follower_ids, "lines": lines}
    )


def _read(token: str, kept: dict[str, Any]) -> PeopleList:
    offer = Offer(InvitedAs(kept["as"]), word=kept["word"], follower_ids=tuple(kept["by"]))
    return PeopleList(token, offer, [_line(line) for line in kept["lines"]])


def _line(kept: dict[str, Any]) -> Line:
    born = kept.pop("birth_date")
    return Line(
        **{**kept, "state": LineState(kept["state"])},
        birth_date=date.fromisoformat(born) if born else None,
    )
