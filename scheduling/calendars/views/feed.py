"""What calendar programs read: one secret address, no cookie, no page."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Response, current_app, request
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.http import http_date, is_resource_modified, quote_etag

from core import clock, rate_limit, tokens
from core.errors import TooManyRequestsError
from core.rate_limit import RateLimit
from core.web import cookieless, observe
from scheduling.agendas.vocabulary import ConsultationMode, all_mode_words
from scheduling.blueprint import bp
from scheduling.calendars.ical import render_calendar, render_place, render_title
from scheduling.calendars.operations import keep_lines, note_reading, write_lines
from scheduling.calendars.queries.feeds import Feed, FeedContents, find_feed, read_contents
from scheduling.calendars.vocabulary import DetailLevel
from security.addresses import network_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from scheduling.calendars.queries.feeds import EventRow


class JoinedCalendars:
    """Calendars as they were last joined, by the hash of their link, each under its name (ETag).

    Everything that can be seen in a calendar changes its name: none is shown after its time.
    """

    def __init__(self, most_bytes: int) -> None:
        """Keep so many bytes of text, those that were read last."""
        self._most_bytes = most_bytes
        self._bytes = 0
        self._texts: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    def find(self, link: str, etag: str) -> bytes | None:
        """Return the text of that name, if it is kept."""
        known = self._texts.get(link)
        if known is None or known[0] != etag:
            return None
        self._texts.move_to_end(link)
        return known[1]

    def keep(self, link: str, etag: str, text: bytes) -> None:
        """Keep it in the place of the one before."""
        former = self._texts.pop(link, None)
        self._bytes += len(text) - (len(former[1]) if former else 0)
        self._texts[link] = (etag, text)
        while self._bytes > self._most_bytes:
            _link, (_etag, oldest) = self._texts.popitem(last=False)
            self._bytes -= len(oldest)


JOINED = JoinedCalendars(most_bytes=32 * 1024 * 1024)
"""Of this process."""
READS: dict[str, int] = {}
"""Readings of each link in this hour, by this process, by the hash of the link; and which hour."""
GUESSES = RateLimit("feed_guesses", 20, timedelta(minutes=1))


@bp.get("/agenda/<token>.ics")
@cookieless
def feed(token: str) -> ResponseReturnValue:
    link = tokens.hash_token(token)
    feed = find_feed(link)
    if feed is None:
        return _unknown()
    now = clock.now()
    if feed.is_gone(now):
        return _plain(_("This calendar link has been closed."), 410)
    if (wait := _wait_of(link, now)) is not None:
        return _slow_down(_("This calendar is read too often."), wait)
    if feed.wants_observing(now):
        program = (request.user_agent.string or "")[:80]
        network = tokens.keyed_hash(token, network_of(request.remote_addr))
        observe(lambda: note_reading(feed.link_id, program, network))
    etag, changed = feed.etag(now), feed.last_modified(now)
    name = quote_etag(etag)
    headers = {
        "ETag": name,
        "Last-Modified": http_date(changed),
        "Cache-Control": "private, no-cache",
        "Content-Type": "text/calendar; charset=utf-8",
    }
    known = request.environ.get("HTTP_IF_NONE_MATCH")
    if known == name or not is_resource_modified(request.environ, etag, last_modified=changed):
        return Response(status=304, headers=headers)
    text = JOINED.find(link, etag)
    if text is None:
        text = _join(feed, now)
        JOINED.keep(link, etag, text)
    headers["Content-Disposition"] = 'inline; filename="agenda.ics"'
    return Response(text, headers=headers)


def _join(feed: Feed, now: datetime) -> bytes:
    """Put titles and places between the lines of events, which are written already."""
    contents = read_contents(feed, now)
    between = _TitlesAndPlaces(feed, contents)
    texts: list[str] = []
    for _id, enrolment_id, type_id, opening, ending in _complete(contents.events):
        texts += (opening, between[enrolment_id, type_id], ending)
    events = "".join(texts).encode()  # at once: each by itself takes longer than joining them
    return render_calendar(_name(feed.locale, feed.bubble_name), feed.zone, [events])


def _complete(events: Sequence[EventRow]) -> Sequence[EventRow]:
    """Write the lines that nobody wrote yet, and keep them for the next reading."""
    missing = [row[0] for row in events if row[3] is None]
    if not missing:
        return events
    rows = write_lines(missing)
    observe(lambda: keep_lines(rows))
    written = {row["appointment_id"]: (row["opening"], row["ending"]) for row in rows}
    gone = ("", "")
    return [row if row[3] is not None else (*row[:3], *written.get(row[0], gone)) for row in events]


class _TitlesAndPlaces(dict[tuple[int, int], str]):
    """What stands in the middle of an event, by enrolment and consultation type.

    Never a motive; a name by choice only, of a patient followed still.
    """

    def __init__(self, feed: Feed, contents: FeedContents) -> None:
        super().__init__()
        self._level, self._names = feed.detail_level, contents.names
        self._untold, words = _words(feed.locale)
        words = {**words, ConsultationMode.ON_SITE: feed.address}
        self._places = {type_id: words[mode] for type_id, mode in contents.modes.items()}

    def __missing__(self, key: tuple[int, int]) -> str:
        enrolment_id, type_id = key
        name = self._names.get(enrolment_id)
        title = self._untold if name is None else self._title(*name)
        self[key] = lines = render_title(title) + render_place(self._places[type_id])
        return lines

    def _title(self, given: str, family: str) -> str:
        if self._level is DetailLevel.INITIALS:
            return f"{given[:1]}. {family[:1]}.".upper()
        return f"{given} {family}"


@lru_cache(maxsize=256)
def _name(locale: str, bubble_name: str) -> str:
    with force_locale(locale):
        return str(_("Appointments %(bubble)s", bubble=bubble_name))


@lru_cache(maxsize=8)
def _words(locale: str) -> tuple[str, dict[ConsultationMode, str]]:
    """Return the title that tells nothing, and where consultations take place."""
    with force_locale(locale):
        return str(_("Appointment")), all_mode_words()


def _wait_of(link: str, now: datetime) -> int | None:
    """Count one reading of a link; return the seconds to wait when there were too many.

    Counted in this process and not in the database: a reading that changes nothing writes nothing.
    """
    most = current_app.config["ALVEOLE"].server.feed_reads_per_hour
    hour = int(now.timestamp() // 3600)
    if READS.get("hour") != hour:
        READS.clear()
        READS["hour"] = hour
    READS[link] = READS.get(link, 0) + 1
    if READS[link] <= most:
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
