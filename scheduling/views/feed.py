"""What calendar programs read: one secret address, no cookie, no page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Response, request
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.http import is_resource_modified

from core import clock, rate_limit
from core.errors import TooManyRequestsError
from core.rate_limit import RateLimit
from core.web import cookieless, observe
from scheduling.ical import EventFacts, render_calendar
from scheduling.operations.agendas import note_fetch
from scheduling.queries.feeds import Feed, FeedEvent, find_feed, list_feed_events
from scheduling.views.blueprint import bp
from scheduling.vocabulary import AppointmentStatus, ConsultationMode, DetailLevel, mode_words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

GUESSES = RateLimit("feed_guesses", 20, timedelta(minutes=1))


@bp.get("/agenda/<token>.ics")
@cookieless
def feed(token: str) -> ResponseReturnValue:
    found = find_feed(token)
    if found is None:
        return _unknown()
    now = clock.now()
    if found.is_gone(now):
        return _plain(_("This calendar link has been closed."), 410)
    if found.wants_observing(now):
        program = (request.user_agent.string or "")[:80]
        observe(lambda: note_fetch(found.link_id, program))
    etag, changed = found.etag(now), found.last_modified(now)
    if is_resource_modified(request.environ, etag, last_modified=changed):
        answer = Response(_text(found), mimetype="text/calendar")
        answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
        answer.headers["Content-Disposition"] = 'inline; filename="agenda.ics"'
    else:
        answer = Response(status=304)
    answer.set_etag(etag)
    answer.last_modified = changed
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _text(found: Feed) -> bytes:
    with force_locale(found.locale):
        name = _("Appointments %(bubble)s", bubble=found.bubble_name)
        year = found.today(clock.now()).year
        events = (_facts(found, event) for event in list_feed_events(found))
        return render_calendar(name, found.zone, year, events)


def _facts(found: Feed, event: FeedEvent) -> EventFacts:
    is_on_site = event.mode is ConsultationMode.ON_SITE
    return EventFacts(
        uid=event.uid,
        sequence=event.sequence,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        updated_at=event.updated_at,
        is_cancelled=event.status is AppointmentStatus.CANCELLED,
        zone=found.zone,
        summary=_summary(found, event),
        location=found.address if is_on_site else mode_words(event.mode),
    )


def _summary(found: Feed, event: FeedEvent) -> str:
    """Never a motive; a name only by choice, and only of a patient whom one follows still."""
    if found.detail_level is DetailLevel.DISCREET or not event.is_followed:
        return str(_("Appointment"))
    if found.detail_level is DetailLevel.INITIALS:
        return f"{event.given_name[:1]}. {event.family_name[:1]}.".upper()
    return f"{event.given_name} {event.family_name}"


def _unknown() -> Response:
    """Whoever guesses addresses is slowed down; programs with a right one never come here."""
    try:
        rate_limit.hit(GUESSES, request.remote_addr or "")
    except TooManyRequestsError as error:
        answer = _plain(str(error.message), 429)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    return _plain(_("No calendar at this address."), 404)


def _plain(words: str, status: int) -> Response:
    return Response(f"{words}\n", status, mimetype="text/plain")
