"""Appointments: the same acts as in the record of what each act gives, word for word."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.scheduling.golden import acts_around, acts_of_caregivers, acts_of_patients
from tests.scheduling.golden.stage import FRIDAY, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mails.teller import Teller
    from tests.scheduling.golden.cases import Case

READERS = ("Mozilla/5.0 (iPhone) iOS/26.1", "Thunderbird/140.0")
TOLD = (
    ("book", "patient [phones]"),
    ("book for", "caregiver [patient]"),
    ("book for", "caregiver, every week [patient]"),
    ("move", "patient [phones]"),
    ("cancel", "relative [phones]"),
    ("assignment ends", "administrator, three at once [patient]"),
    ("settle", "caregiver, proposes an hour [patient]"),
    ("answer", "patient, accepts [both]"),
    ("answer", "patient, refuses [both]"),
    ("an hour comes free", "patient [phones]"),
    ("an offered hour", "patient, takes an earlier hour of a colleague [both]"),
    ("time zone", "administrator, keeps the instants [patient]"),
    ("time zone", "administrator, keeps the hours, an hour is proposed [patient]"),
    ("time zone", "administrator, keeps the instants, an hour is offered [patient]"),
)
"""Cases that give each mail once, with one and with several appointments where it may have both."""


def set_up(teller: Teller, accounts: str) -> Stage:
    stage = Stage(
        cast=teller.cast,
        sign_in=teller.sign_in,
        visitor=teller.stranger(),
        outbox=teller.outbox,
        travel=teller.travel,
        zone=ZoneInfo("Europe/Paris"),
        accounts=accounts,
    )
    teller.speak()
    return stage


def story_of(case: Case) -> Callable[[Teller], None]:
    def tell(teller: Teller) -> None:
        stage = set_up(teller, case.accounts)
        case.before(stage)
        teller.speak()
        teller.begin()
        case.do(stage)

    return tell


def reminders(teller: Teller) -> None:
    """One hour on Friday, then two on the same day of another week."""
    stage = set_up(teller, "phones")
    for when in (f"{FRIDAY} 10:00", "2026-12-08 10:00", "2026-12-08 15:30"):
        stage.kept["hold"] = acts_of_patients.hold_page(
            acts_of_patients.hold(stage, "jeanne", when)
        )
        acts_of_patients.confirm(stage, "jeanne")
    teller.begin()
    for when in (f"{FRIDAY} 08:01", "2026-12-07 10:01"):
        teller.travel(stage.at(when))
        stage.let_the_worker_run("reminders")


def a_calendar_link(teller: Teller) -> None:
    """It is read by another program, then by nobody."""
    stage = set_up(teller, "patient")
    for program in READERS:
        teller.stranger().get(stage.feeds["bob"], headers={"User-Agent": program})
        teller.travel(timedelta(minutes=2))
    teller.travel(timedelta(days=8))
    stage.let_the_worker_run("silent_calendar_links")


GROUPS = (
    acts_of_patients.booking,
    acts_of_patients.moving,
    acts_of_patients.cancelling,
    acts_of_caregivers.booking_for,
    acts_of_caregivers.settling,
    acts_around.waiting_list,
    acts_around.ending,
    acts_around.changing_zone,
)
CASES = {(case.act, case.title): case for group in GROUPS for case in group()}
STORIES = {
    **{f"{act}: {title}": story_of(CASES[act, title]) for act, title in TOLD},
    "reminders": reminders,
    "a calendar link": a_calendar_link,
}
