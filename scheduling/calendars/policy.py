"""Who may do what: calendar links."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.authorization import Actor, Rule, is_system
from scheduling.agendas.policy import keeps
from scheduling.calendars.models import FeedLink
from security.models import User


class CalendarPermission(StrEnum):
    """Calendar links."""

    CREATE_LINK = "feed_link:create"
    """Make a calendar link."""
    SHOW_LINK = "feed_link:show"
    """Show a calendar link again."""
    REVOKE_LINK = "feed_link:revoke"
    """Close a calendar link for ever."""
    RENEW_LINK = "feed_link:renew"
    """Put a new calendar link in the place of one."""
    WARN_SILENT = "feed_link:warn"
    """Say that a calendar link is read no more."""


def owns_link(actor: Actor, link: FeedLink) -> bool:
    """The caregiver whose link it is, even after leaving the bubble."""
    return isinstance(actor, User) and link.agenda.user_id == actor.id


def keeps_link(actor: Actor, link: FeedLink) -> bool:
    """The caregiver whose link it is, while they are of the bubble."""
    return keeps(actor, link.agenda)


RULES: Mapping[StrEnum, Rule] = {
    CalendarPermission.CREATE_LINK: keeps,
    CalendarPermission.SHOW_LINK: owns_link,
    CalendarPermission.REVOKE_LINK: owns_link,
    CalendarPermission.RENEW_LINK: keeps_link,
    CalendarPermission.WARN_SILENT: is_system,
}
