"""What the maker of a calendar link is told about it."""

from __future__ import annotations

from flask_babel import gettext as _

from core import clock
from core.mail import absolute_url, in_language, send_mail
from scheduling.calendars.models import FeedLink
from scheduling.calendars.vocabulary import program_name


def read_elsewhere(link: FeedLink, program: str) -> None:
    """Say that a link is read from somewhere new: its maker, or somebody who has the secret."""
    with in_language(link.agenda.user.locale):
        subject = _("Your calendar link was read from somewhere new")
    _tell(
        link,
        "scheduling/link_read_elsewhere",
        subject=subject,
        program=program_name(program) if program else "",
        key=f"feed-{link.id}-elsewhere-{clock.now():%Y-%m}",
    )


def silent(link: FeedLink) -> None:
    """Say that no program reads a link any more: the calendar there stands still."""
    with in_language(link.agenda.user.locale):
        subject = _("Your calendar no longer receives your appointments")
    _tell(
        link,
        "scheduling/link_silent",
        subject=subject,
        program=program_name(link.last_program) if link.last_program else "",
        key=f"feed-{link.id}-silent-{clock.now().date()}",
    )


def _tell(link: FeedLink, template: str, *, subject: str, program: str, key: str) -> None:
    reader = link.agenda.user
    send_mail(
        reader.email,
        template,
        subject=subject,
        locale=reader.locale,
        context={
            "device": link.name,
            "program": program,
            "last_read_at": link.last_fetched_at,
            "reader_zone": reader.time_zone,
            "link": absolute_url("/parametres/agendas"),
        },
        dedupe_key=key[:120],
    )
