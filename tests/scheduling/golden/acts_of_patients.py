"""Holding, confirming, moving, cancelling, through the pages of patients and links of messages."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from tests.scheduling.golden.cases import Case
from tests.scheduling.golden.rows import WAITING_LIST
from tests.scheduling.golden.stage import TUESDAY, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.test import TestResponse

OLD, NEW = f"{TUESDAY} 10:00", f"{TUESDAY} 15:00"
WHO = {"patient": "jeanne", "relative": "lea", "caregiver": "bob", "administrator": "alice"}
PATIENT_OR_RELATIVE = (
    ("patient", "patient"),
    ("patient", "both"),
    ("patient", "phones"),
    ("relative", "relative"),
    ("relative", "both"),
    ("relative", "phones"),
)
EVERYBODY = ("patient", "relative", "both", "nobody", "phones")


def nothing(_stage: Stage) -> None:
    """Nothing is there before."""


# ── Holding and confirming ────────────────────────────────────────────────────────────────────


def hold(stage: Stage, who: str, when: str = OLD) -> TestResponse:
    """Press an hour; the answer is the page on which it is confirmed."""
    data = {**booking_of(stage, who), "heure": stage.at(when).isoformat()}
    return stage.post(who, "/rendez-vous/nouveau/heure", **data)


def booking_of(stage: Stage, who: str) -> dict[str, object]:
    """Return for whom, with whom and for what somebody books, as addresses carry it."""
    place = stage.places.get(who, stage.cast.enrolment)
    bob = stage.cast.bob.id
    return {
        "pour": place.patient_id,
        "avec": f"{place.id}-{bob}",
        "vu": f"oui-{place.patient_id}-{bob}",
        "type": stage.cast.type.id,
    }


def hold_page(answer: TestResponse) -> str:
    return answer.request.path.removesuffix("/confirmation")


def held_by(who: str) -> Callable[[Stage], None]:
    def before(stage: Stage) -> None:
        stage.kept["hold"] = hold_page(hold(stage, who))

    return before


def confirm(stage: Stage, who: str) -> None:
    stage.post(who, f"{stage.kept['hold']}/confirmation")


def give_up(stage: Stage, who: str) -> None:
    stage.post(who, f"{stage.kept['hold']}/abandon")


def let_it_run_out(stage: Stage) -> None:
    stage.pass_time(timedelta(minutes=16))
    stage.let_the_worker_run(WAITING_LIST)


def holding() -> Iterator[Case]:
    for actor, accounts in PATIENT_OR_RELATIVE[:5]:
        who = WHO[actor]
        yield Case("hold", actor, accounts, nothing, partial(hold, who=who))
    for actor, accounts in (("patient", "patient"), ("relative", "both")):
        who = WHO[actor]
        before = held_by(who)
        yield Case("hold", actor, accounts, before, partial(give_up, who=who), "gives up")
    yield Case("hold", "system", "phones", held_by("jeanne"), let_it_run_out, "runs out")


def booking() -> Iterator[Case]:
    # Today nobody but who books is told: not the patient for whom a relative books.
    for actor, accounts in PATIENT_OR_RELATIVE:
        who = WHO[actor]
        yield Case("book", actor, accounts, held_by(who), partial(confirm, who=who))
    yield Case("book", "patient", "patient", held_by("jeanne"), _confirm_late, "after its time")


def _confirm_late(stage: Stage) -> None:
    let_it_run_out(stage)
    confirm(stage, "jeanne")


# ── Moving ────────────────────────────────────────────────────────────────────────────────────


def promised(stage: Stage) -> None:
    stage.promise()


def booked_with_link(stage: Stage) -> None:
    """Whoever can books it: the mail has the link."""
    who = stage.guardians[0]
    held_by(who)(stage)
    confirm(stage, who)
    stage.link = stage.outbox.one(to=stage.users[who]).link("/r/")


def move(stage: Stage, who: str, when: str = NEW) -> None:
    path = f"/rendez-vous/{stage.kept['appointment']}/deplacement"
    stage.post(who, path, heure=stage.at(when).isoformat())


def move_by_link(stage: Stage, when: str = NEW) -> None:
    path = f"{stage.link}/deplacement"
    proof = _proof(stage, path)
    stage.post("link", path, preuve=proof, heure=stage.at(when).isoformat())


def _proof(stage: Stage, path: str) -> str:
    html = stage.browser("link").get(path).get_data(as_text=True)
    found = re.search(r'name="preuve"[^>]*value="([^"]+)"', html)
    assert found, html
    return found.group(1)


def moving() -> Iterator[Case]:
    for actor, accounts in PATIENT_OR_RELATIVE:
        who = WHO[actor]
        yield Case("move", actor, accounts, promised, partial(move, who=who))
    for accounts in ("patient", "relative", "both", "phones"):
        yield Case("move", "link", accounts, booked_with_link, move_by_link)
    # Today the very hour at which it is can be chosen: it is said to be new, and nothing changes.
    how = "to the same hour"
    yield Case("move", "patient", "patient", promised, partial(move, who="jeanne", when=OLD), how)
    yield Case("move", "link", "patient", booked_with_link, partial(move_by_link, when=OLD), how)
    yield Case("move", "patient", "keeper", promised, partial(move, who="jeanne"))
    yield Case("move", "administrator", "patient", promised, partial(move, who="alice"))


# ── Cancelling ────────────────────────────────────────────────────────────────────────────────


def cancel(stage: Stage, who: str) -> None:
    stage.post(who, f"/rendez-vous/{stage.kept['appointment']}/annulation", reason="Un empêchement")


def cancel_by_link(stage: Stage) -> None:
    path = f"{stage.link}/annulation"
    stage.post("link", path, preuve=_proof(stage, path))


def cancelling() -> Iterator[Case]:
    # Today a patient who is signed in and cancels hears nothing: no mail, no text, and their
    # calendar keeps the entry.
    for actor, accounts in PATIENT_OR_RELATIVE:
        who = WHO[actor]
        yield Case("cancel", actor, accounts, promised, partial(cancel, who=who))
    for accounts in ("patient", "relative", "both", "phones"):
        yield Case("cancel", "link", accounts, booked_with_link, cancel_by_link)
    yield Case("cancel", "patient", "patient", promised, _cancel_twice, "twice")
    yield Case("cancel", "patient", "keeper", promised, partial(cancel, who="jeanne"))
    yield Case("cancel", "administrator", "patient", promised, partial(cancel, who="alice"))


def _cancel_twice(stage: Stage) -> None:
    cancel(stage, "jeanne")
    cancel(stage, "jeanne")
