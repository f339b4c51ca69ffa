"""The day of a caregiver, the home of who is cared for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bubbles.models import Bubble
from bubbles.queries import list_bubbles_for
from core import clock, wording
from core.paging import Page
from home.queries.patients import (
    FollowedPatient,
    Team,
    list_soonest_of,
    list_teams_of,
)
from home.vocabulary import MomentKind
from messaging.queries.conversations import list_conversations_for
from messaging.queries.messages import count_unread_for
from messaging.vocabulary import ConversationSummary
from scheduling.appointments.queries.appointments import (
    AppointmentRow,
    list_day_for,
    next_appointment_of,
    next_booked_of,
)
from security.models import User

SHORTEST_GAP = timedelta(minutes=15)
"""A shorter pause between two appointments is not shown as free time."""
FEW = 5
"""Lines of a list that another page shows whole."""


@dataclass(frozen=True)
class Moment:
    """One line of the day."""

    kind: MomentKind
    starts_at: datetime
    ends_at: datetime
    zone: str
    appointment: AppointmentRow | None = None

    @property
    def minutes_left(self) -> int:
        """Return how long until it begins; never negative."""
        return int(wording.until(self.starts_at).total_seconds()) // 60


@dataclass(frozen=True)
class Day:
    """What the caregiver's day page shows."""

    today: date
    moments: list[Moment]
    appointment_count: int
    next_after: AppointmentRow | None
    """When nothing is left today: the first appointment of the days that follow."""
    conversations: list[ConversationSummary]
    patients: Page[FollowedPatient]
    """The first to come; then, by name, those who have no appointment."""
    bubbles: list[Bubble]


@dataclass(frozen=True)
class Care:
    """What the patient's home shows."""

    next_appointment: AppointmentRow | None
    days_left: int
    conversations: list[ConversationSummary]
    teams: list[Team]

    @property
    def can_book(self) -> bool:
        """Say whether there is anybody to write to, or to ask for a time."""
        return any(team.members for team in self.teams)


def get_day_of(actor: User) -> Day:
    """Compose the day of somebody of the staff."""
    today = wording.today(actor.time_zone)
    rows = list_day_for(actor, today)
    now = clock.now()
    has_more = any(row.ends_at > now for row in rows)
    return Day(
        today=today,
        moments=lay_out(rows, now, actor.time_zone),
        appointment_count=len(rows),
        next_after=None if has_more else next_booked_of(actor, now),
        conversations=_unread(actor),
        patients=list_soonest_of(actor, FEW),
        bubbles=list_bubbles_for(actor),
    )


def get_care_of(actor: User) -> Care:
    """Compose the home of somebody who is cared for, or acts for somebody who is."""
    appointment = next_appointment_of(actor)
    left = 0
    if appointment is not None:
        left = (appointment.local_start.date() - wording.today(appointment.zone)).days
    return Care(
        next_appointment=appointment,
        days_left=left,
        conversations=list_conversations_for(actor, FEW),
        teams=list_teams_of(actor),
    )


def lay_out(rows: Sequence[AppointmentRow], now: datetime, zone: str) -> list[Moment]:
    """Turn the appointments of today into lines: what is over, now, what is next, free time."""
    moments: list[Moment] = []
    marker = Moment(MomentKind.NOW, now, now, zone)
    has_marker = has_next = False
    previous_end: datetime | None = None
    for row in rows:
        if row.ends_at <= now:
            kind = MomentKind.PAST
        elif row.starts_at <= now:
            kind = MomentKind.CURRENT
        else:
            kind = MomentKind.COMING if has_next else MomentKind.NEXT
            has_next = True
        if kind is not MomentKind.PAST and not has_marker:
            moments.append(marker)
            has_marker = True
        elif kind is not MomentKind.PAST and previous_end is not None:
            moments += _free(previous_end, row)
        moments.append(Moment(kind, row.starts_at, row.ends_at, row.zone, row))
        previous_end = max(previous_end or row.ends_at, row.ends_at)
    if moments and not has_marker:
        moments.append(marker)
    return moments


def _unread(actor: User) -> list[ConversationSummary]:
    if not count_unread_for(actor):
        return []
    return [summary for summary in list_conversations_for(actor) if summary.unread][:FEW]


def _free(since: datetime, row: AppointmentRow) -> list[Moment]:
    if row.starts_at - since < SHORTEST_GAP:
        return []
    return [Moment(MomentKind.FREE, since, row.starts_at, row.zone)]
