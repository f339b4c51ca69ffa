"""What calendar programs read: one secret address, no cookie, no page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import Response, current_app, request
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.http import is_resource_modified

from core import clock, rate_limit, tokens
from core.errors import TooManyRequestsError
from core.mail import absolute_url
from core.rate_limit import RateLimit
from core.web import cookieless, observe
from scheduling.agendas.vocabulary import ConsultationMode, all_mode_words
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.blueprint import bp
from scheduling.calendars.ical import EventFacts, EventTexts, render_calendar, render_event
from scheduling.calendars.operations import note_reading
from scheduling.calendars.queries import (
    Feed,
    FeedEvent,
    find_feed,
    list_feed_events,
    list_feed_keys,
    map_followed_names,
    map_modes,
)
from scheduling.calendars.vocabulary import DetailLevel
from security.addresses import network_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

TEXTS = EventTexts(most=20_000)
"""This process's events, as written: about 400 bytes each."""
WHOLE: dict[str, tuple[str, bytes]] = {}
"""This process's calendars, joined, by the hash of their link; with the ETag that they bear."""
WHOLE_LINKS, WHOLE_BYTES = 200, 256 * 1024
READS: dict[int | str, int] = {}
"""Readings of each link in this hour, by this process; and which hour that is."""
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
    if (wait := _wait_of(found.link_id, now)) is not None:
        return _slow_down(_("This calendar is read too often."), wait)
    if found.wants_observing(now):
        program = (request.user_agent.string or "")[:80]
        network = tokens.keyed_hash(token, network_of(request.remote_addr))
        observe(lambda: note_reading(found.link_id, program, network))
    etag, changed = found.etag(now), found.last_modified(now)
    if is_resource_modified(request.environ, etag, last_modified=changed):
        answer = Response(_whole(tokens.hash_token(token), found, etag), mimetype="text/calendar")
        answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
        answer.headers["Content-Disposition"] = 'inline; filename="agenda.ics"'
    else:
        answer = Response(status=304)
    answer.set_etag(etag)
    answer.last_modified = changed
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _whole(link: str, found: Feed, etag: str) -> bytes:
    """Return the calendar as it was last joined, or join it again when it has another name."""
    known = WHOLE.get(link)
    if known is not None and known[0] == etag:
        return known[1]
    text = _text(found)
    if len(text) <= WHOLE_BYTES:
        if len(WHOLE) >= WHOLE_LINKS:
            WHOLE.clear()
        WHOLE[link] = (etag, text)
    return text


def _text(found: Feed) -> bytes:
    """Write what is not written yet, join everything."""
    with force_locale(found.locale):
        words = _Words(found)
        keys = [words.key(*row) for row in list_feed_keys(found)]
        missing = {key[0]: key for key in TEXTS.missing(keys)}
        fresh = {
            missing[event.uid]: render_event(words.facts(event))
            for event in list_feed_events(list(missing))
        }
        for key, text in fresh.items():
            TEXTS.keep(key, text)
        name = str(_("Appointments %(bubble)s", bubble=found.bubble_name))
    texts = [fresh.get(key) or TEXTS.of(key) for key in keys]
    return render_calendar(name, found.zone, texts)


class _Words:
    """What events say: never a motive; a name by choice only, of a patient followed still."""

    def __init__(self, found: Feed) -> None:
        self.feed = found
        self.untold = str(_("Appointment"))
        self.context = (found.zone, found.locale)
        words = {**all_mode_words(), ConsultationMode.ON_SITE: found.address}
        self.places = {kind: words[mode] for kind, mode in map_modes(found).items()}
        is_discreet = found.detail_level is DetailLevel.DISCREET
        names = {} if is_discreet else map_followed_names(found)
        self.titles = {place: self._title(*name) for place, name in names.items()}

    def _title(self, given: str, family: str) -> str:
        if self.feed.detail_level is DetailLevel.INITIALS:
            return f"{given[:1]}. {family[:1]}.".upper()
        return f"{given} {family}"

    def key(
        self, uid: str, sequence: int, place: int, kind: int
    ) -> tuple[str, int, str, str, tuple[str, str]]:
        title = self.titles.get(place, self.untold)
        return (uid, sequence, title, self.places[kind], self.context)

    def facts(self, event: FeedEvent) -> EventFacts:
        return EventFacts(
            uid=event.uid,
            sequence=event.sequence,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            updated_at=event.updated_at,
            is_cancelled=event.status is AppointmentStatus.CANCELLED,
            zone=self.feed.zone,
            summary=self.titles.get(event.enrolment_id, self.untold),
            location=self.places[event.type_id],
            url=absolute_url(f"/agenda/rendez-vous/{event.appointment_id}"),
        )


def _wait_of(link_id: int, now: datetime) -> int | None:
    """Count one reading of a link; return the seconds to wait when there were too many.

    Counted in this process and not in the database: a reading that changes nothing writes nothing.
    """
    most = current_app.config["ALVEOLE"].server.feed_reads_per_hour
    hour = int(now.timestamp() // 3600)
    if READS.get("hour") != hour:
        READS.clear()
        READS["hour"] = hour
    READS[link_id] = READS.get(link_id, 0) + 1
    if READS[link_id] <= most:
        return None
    return 3600 - int(now.timestamp()) % 3600


def _slow_down(words: str, seconds: int) -> Response:
    answer = _plain(words, 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _unknown() -> Response:
    """Whoever guesses addresses is slowed down; programs with a right one never come here."""
    try:
        rate_limit.hit_network(GUESSES, network_of(request.remote_addr))
    except TooManyRequestsError as error:
        return _slow_down(str(error.message), error.retry_after)
    return _plain(_("No calendar at this address."), 404)


def _plain(words: str, status: int) -> Response:
    return Response(f"{words}\n", status, mimetype="text/plain")
