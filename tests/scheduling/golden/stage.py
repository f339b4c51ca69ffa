"""The people of one case: who has an account, what was promised before, and their browsers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from core import clock, outbox
from core.database import db
from core.transaction import transaction
from patient.models import CareAssignment, Guardianship
from patient.vocabulary import GuardianKind
from tests import factories as make
from tests.scheduling.golden.rows import agenda_of, open_feed
from tests.security.phone import NUMBER, OTHER, give_phone

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from patient.models import Enrolment
    from security.models import User
    from tests.cast import Cast
    from tests.conftest import Outbox, Travel

TUESDAY, WEDNESDAY, FRIDAY = "2026-11-24", "2026-11-25", "2026-11-27"
ACCOUNTS = {
    "patient": "the patient has an account",
    "relative": "a relative has an account, the patient has none",
    "both": "the patient and a relative have accounts",
    "nobody": "nobody has an account",
    "phones": "the patient and a relative have accounts and proved telephones",
    "keeper": "the patient has an account, and the caregiver acts for them as a relative",
}
NUMBERS = {NUMBER: "jeanne", OTHER: "lea"}


@dataclass
class Stage:
    """One case: Bob follows Jeanne; Léa is her relative; others are patients of Bob's too."""

    cast: Cast
    sign_in: Callable[[User], FlaskClient]
    visitor: FlaskClient
    outbox: Outbox
    travel: Travel
    zone: ZoneInfo
    accounts: str
    guardians: list[str] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)
    feeds: dict[str, str] = field(default_factory=dict)
    days: list[str] = field(default_factory=lambda: [TUESDAY])
    link: str = ""
    answers: list[TestResponse] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Enrolment] = field(default_factory=dict)
    """Whose place in the bubble is whose; Jeanne's where somebody acts for her."""
    waits: list[str] = field(default_factory=list)
    """Whose waiting list is read after the act."""

    def __post_init__(self) -> None:
        names = ("alice", "bob", "chloe", "jeanne", "mallory")
        self.users = {name: getattr(self.cast, name) for name in names}
        with transaction():
            self._give_accounts()
            self.feeds["bob"] = open_feed(self.cast.agenda)
        if self.accounts == "phones":
            give_phone(self.cast.jeanne, NUMBER)
            give_phone(self.users["lea"], OTHER)
        self.browsers: dict[str, FlaskClient] = {}

    def _give_accounts(self) -> None:
        has_own = self.accounts not in {"relative", "nobody"}
        if has_own:
            self.guardians.append("jeanne")
        else:
            db.session.query(Guardianship).delete()
        if self.accounts in {"relative", "both", "phones"}:
            self.users["lea"] = make.user("lea", "Léa Martin")
            self._let_act("lea")
        if self.accounts == "keeper":
            self._let_act("bob")

    def _let_act(self, relative: str) -> None:
        self.guardians.append(relative)
        db.session.add(
            Guardianship(
                user_id=self.users[relative].id,
                patient_id=self.cast.patient.id,
                kind=GuardianKind.RELATIVE,
            )
        )

    # ── Before the act ────────────────────────────────────────────────────────────────────────

    def at(self, text: str) -> datetime:
        """« 2026-11-24 10:00 » on the clock of Paris, as an instant."""
        return datetime.fromisoformat(text).replace(tzinfo=self.zone)

    def promise(self, when: str = f"{TUESDAY} 10:00", **values: Any) -> Any:
        """Write an appointment of Jeanne's with Bob at once, as if it had been made long ago."""
        values = {"confirmed_at": clock.now(), **values}
        enrolment = values.pop("enrolment", self.cast.enrolment)
        is_jeannes = enrolment is self.cast.enrolment
        agenda = values.pop("agenda", self.cast.agenda)
        with transaction():
            appointment = make.appointment(
                agenda, enrolment, self.cast.type, self.at(when), **values
            )
        self.kept.setdefault("appointment" if is_jeannes else "other", appointment.id)
        return appointment

    def add_patient(self, name: str) -> Enrolment:
        """Somebody else, with an account, whom Bob and Chloé follow."""
        with transaction():
            user = self.users[name] = make.user(name, f"{name.title()} Estève")
            person = make.patient(name.title(), "Estève", account=user)
            followers = [self.cast.bob, self.cast.chloe]
            place = self.places[name] = make.enrolment(
                person, self.cast.bubble, followers=followers
            )
        return place

    def add_colleague(self) -> None:
        """Chloé gives the same consultation on Tuesdays, and follows Jeanne too."""
        cast = self.cast
        with transaction():
            cast.type.caregivers = [cast.bob, cast.chloe]
            agenda = agenda_of(cast.chloe, cast.bubble)
            make.hours(agenda, 1, time(9), time(12))
            place = cast.enrolment.id
            db.session.add(
                CareAssignment(enrolment_id=place, user_id=cast.chloe.id, since=clock.now())
            )
            self.feeds["chloe"] = open_feed(agenda)
        self.colleagues_agenda = agenda

    # ── Doors ─────────────────────────────────────────────────────────────────────────────────

    def browser(self, who: str) -> FlaskClient:
        """Return the signed-in browser of somebody; whoever holds a link has none of ours."""
        if who == "link":
            return self.visitor
        if who not in self.browsers:
            self.browsers[who] = self.sign_in(self.users[who])
        return self.browsers[who]

    def post(self, who: str, path: str, **data: Any) -> TestResponse:
        """Do the act: what is answered is part of what is recorded."""
        answer = self.browser(who).post(path, data=data, follow_redirects=True)
        self.answers.append(answer)
        return answer

    def pass_time(self, until: datetime | timedelta) -> None:
        """Let time go by; who was signed in signs in anew."""
        self.travel(until)
        self.browsers.clear()

    def let_the_worker_run(self, *kinds: str) -> None:
        """Send what waits, after what is due regularly: ``kinds``."""
        for kind in kinds:
            with transaction():
                outbox.enqueue(kind, {})
        self.outbox.deliver()
