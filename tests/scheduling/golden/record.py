"""What one act gave to people, in lines that can be read and compared."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from icalendar import Calendar
from sqlalchemy import func, select

from core.audit import AuditEntry
from core.database import db
from core.mail import MailboxMessage
from tests.scheduling.golden.reading import PageText, plain
from tests.scheduling.golden.rows import list_appointments, list_calls
from tests.scheduling.golden.stage import NUMBERS, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from icalendar import Component
    from werkzeug.test import TestResponse

    from tests.mail_templates import Templates

HOUR_OR_PERSON = re.compile(r"\d{1,2} h\b|(Bob|Chloé) |\bheure de ")
ASIDE = re.compile("http|^Bonjour ")
OWN_DOINGS = ("session:", "sign_in:")
"""Permissions that belong to the browsers of a test, not to the act."""


@dataclass
class Recorder:
    """Looks before the act, and says afterwards what became different."""

    stage: Stage
    templates: Templates
    uids: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Remember where everything stands; what was to leave before has left."""
        stage = self.stage
        stage.let_the_worker_run()
        for appointment in list_appointments():
            self._name_of(appointment.uid)
        self.mails = db.session.scalar(select(func.max(MailboxMessage.id))) or 0
        self.audit = db.session.scalar(select(func.max(AuditEntry.id))) or 0
        db.session.rollback()
        self.etags = self._etags()
        stage.answers.clear()

    def lines(self) -> list[str]:
        """Return all that the act gave, section after section; what is empty is left out."""
        self.stage.let_the_worker_run()
        for appointment in list_appointments():
            self._name_of(appointment.uid)
        left = self._left()
        sections = [
            ("answer", [_notices_of(answer) for answer in self.stage.answers]),
            ("leaves", left),
            ("audit", sorted(self._audit())),
            ("feeds", self._feeds()),
            ("to call", self._to_call()),
            *self._life(),
            *self._lists(),
            *self._days(),
            *self._waiting(),
        ]
        return [
            line
            for title, said in sections
            if said
            for line in (f"{title}:", *(f"  {one}" for one in said))
        ]

    # ── What leaves ───────────────────────────────────────────────────────────────────────────

    def _left(self) -> list[str]:
        query = select(MailboxMessage).where(MailboxMessage.id > self.mails)
        rows = list(db.session.scalars(query.order_by(MailboxMessage.id)))
        messages = sorted([*self._message(row)] for row in rows)
        db.session.rollback()
        return [line for lines in messages for line in lines] or ["nothing"]

    def _message(self, row: MailboxMessage) -> Iterator[str]:
        if row.recipient in NUMBERS:
            yield f"text to {NUMBERS[row.recipient]}: {_without_links(row.text)}"
            return
        reader = row.recipient.partition("@")[0]
        template = self.templates.name_of(row.html).rpartition("/")[2]
        yield f"mail to {reader}, {template}: {plain(row.subject)}"
        said = [plain(line) for line in row.text.partition("\n--")[0].splitlines()]
        facts = [line for line in said if HOUR_OR_PERSON.search(line) and not ASIDE.search(line)]
        if facts:
            yield "  says " + " | ".join(facts)
        for calendar in re.findall(
            r"BEGIN:VCALENDAR.*?END:VCALENDAR\r?\n?", row.calendar or "", re.DOTALL
        ):
            yield "  " + self._entry(Calendar.from_ical(calendar))

    def _entry(self, calendar: Component) -> str:
        [event] = calendar.walk("VEVENT")
        start = event["DTSTART"]
        zone = start.params.get("TZID", "UTC")
        local = start.dt.astimezone(ZoneInfo(zone))
        name = self._name_of(str(event["UID"]))
        return (
            f"calendar {calendar['METHOD']} {name}, number {event['SEQUENCE']}, "
            f"{local:%Y-%m-%d %H:%M} {zone}, {event['STATUS']}"
        )

    def _name_of(self, uid: str) -> str:
        """Name each appointment by a letter, in the order in which they were first seen."""
        return self.uids.setdefault(uid, chr(ord("A") + len(self.uids)))

    # ── What is kept ──────────────────────────────────────────────────────────────────────────

    def _audit(self) -> Iterator[str]:
        names = {user.id: name for name, user in self.stage.users.items()}
        query = select(AuditEntry).where(AuditEntry.id > self.audit)
        for entry in db.session.scalars(query.order_by(AuditEntry.id)):
            if entry.permission.startswith(OWN_DOINGS):
                continue
            who = names.get(entry.actor_id or 0, "")
            yield (
                f"{entry.permission}, {entry.outcome}, by {entry.actor_kind}"
                f"{f' {who}' if who else ''}, on {entry.subject_kind}"
            )
        db.session.rollback()

    def _etags(self) -> dict[str, tuple[int, str | None]]:
        answers = {name: self.stage.visitor.get(path) for name, path in self.stage.feeds.items()}
        return {
            name: (answer.status_code, answer.headers.get("ETag"))
            for name, answer in answers.items()
        }

    def _feeds(self) -> list[str]:
        return [
            f"{name}: {status}, {'the same' if (status, tag) == self.etags[name] else 'changed'}"
            for name, (status, tag) in self._etags().items()
        ]

    # ── What pages show ───────────────────────────────────────────────────────────────────────

    def _to_call(self) -> list[str]:
        return sorted(f"{self._name_of(uid)}, {reason}" for uid, reason in list_calls())

    def _life(self) -> Iterator[tuple[str, list[str]]]:
        """The steps of each appointment, as its caregiver reads them."""
        names = {user.id: name for name, user in self.stage.users.items()}
        for appointment in list_appointments():
            keeper = names[appointment.caregiver_id]
            page = self._read(keeper, f"/agenda/rendez-vous/{appointment.id}")
            title = f"life of {self._name_of(appointment.uid)}, read by {keeper}"
            yield title, ["no such page"] if page is None else page.items

    def _lists(self) -> Iterator[tuple[str, list[str]]]:
        for who in self.stage.guardians:
            coming = self._read(who, "/rendez-vous")
            ended = self._read(who, "/rendez-vous?liste=annules")
            said = [_row(item) for page in (coming, ended) if page for item in page.items]
            notices = [f"notice: {text}" for text in (coming.notices if coming else ())]
            yield f"appointments, read by {who}", [*notices, *said]

    def _days(self) -> Iterator[tuple[str, list[str]]]:
        for who in self.stage.feeds:
            for day in self.stage.days:
                page = self._read(who, f"/agenda/jour/{day}")
                said = [item for item in page.items if " min " in item] if page else []
                yield f"{day}, read by {who}", [_row(item) for item in said]

    def _waiting(self) -> Iterator[tuple[str, list[str]]]:
        for who in self.stage.waits:
            page = self._read(who, "/rendez-vous/liste-d-attente")
            said = page.items if page else []
            offered = [f"notice: {text}" for text in (page.notices if page else ())]
            yield f"waiting list, read by {who}", [*offered, *said] or ["empty"]

    def _read(self, who: str, path: str) -> PageText | None:
        answer = self.stage.browser(who).get(path)
        assert answer.status_code in {200, 404}, f"{who} reads {path}: {answer.status_code}"
        return PageText(answer.get_data(as_text=True)) if answer.status_code == 200 else None


def _row(item: str) -> str:
    """Leave out of one row of a list what no act changes."""
    return plain(re.sub(r",? Maison des Tilleuls|,? Infirmier| 30 min| Suivi Sur place", "", item))


def _notices_of(answer: TestResponse) -> str:
    notices = PageText(answer.get_data(as_text=True)).notices
    return " | ".join([str(answer.status_code), *notices])


def _without_links(text: str) -> str:
    return re.sub(r"https?://\S+?(/r/)?[\w-]{20,}|https?://\S+", "<link>", plain(text))
