"""The waiting list, what ends with a membership or an enrolment, the clock of a place."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.scheduling.golden.acts_of_caregivers import THREE_WEEKS, asked
from tests.scheduling.golden.acts_of_patients import (
    EVERYBODY,
    OLD,
    WHO,
    booking_of,
    cancel,
    hold,
    promised,
)
from tests.scheduling.golden.cases import Case
from tests.scheduling.golden.rows import WAITING_LIST, bury_mails
from tests.scheduling.golden.stage import FRIDAY, TUESDAY, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LATER = f"{FRIDAY} 10:00"
WAIT = "/rendez-vous/liste-d-attente/inscription"
REUNION = "Indian/Reunion"


# ── The waiting list ──────────────────────────────────────────────────────────────────────────


def wait(stage: Stage, who: str) -> None:
    """Ask to be told of an earlier hour of Bob's."""
    bob = stage.cast.bob.id
    _join(stage, who, booking_of(stage, who), bob)


def _wait_with(stage: Stage, who: str, appointment_id: int, with_whom: object) -> None:
    """Ask to be told of an earlier hour than the one that one has."""
    _join(stage, who, {"rdv": appointment_id}, with_whom)


def _join(stage: Stage, who: str, query: dict[str, object], with_whom: object) -> None:
    path = f"{WAIT}?{urlencode(query)}"
    answer = stage.post(who, path, avec=with_whom)
    assert answer.status_code == HTTPStatus.OK, answer.status_code


def waiting(who: str, *, has_later: bool = False) -> Callable[[Stage], None]:
    """Ada has the hour that they would like; they wait, with a later one of Bob's or none."""

    def before(stage: Stage) -> None:
        stage.days, stage.waits = [TUESDAY, FRIDAY], list(stage.guardians)
        stage.promise(OLD, enrolment=stage.add_patient("ada"))
        if has_later:
            later = stage.promise(LATER)
            _wait_with(stage, who, later.id, stage.cast.bob.id)
        else:
            wait(stage, who)

    return before


def waiting_for_anybody(stage: Stage) -> None:
    """Ada has an hour of Chloé's; Jeanne has a later one of Bob's, and would take either."""
    stage.days, stage.waits = [TUESDAY, FRIDAY], ["jeanne"]
    stage.add_colleague()
    place = stage.add_patient("ada")
    stage.promise(OLD, enrolment=place, agenda=stage.colleagues_agenda)
    later = stage.promise(LATER)
    _wait_with(stage, "jeanne", later.id, "tous")


def free_the_hour(stage: Stage) -> None:
    stage.post("ada", f"/rendez-vous/{stage.kept['other']}/annulation")
    stage.let_the_worker_run()


def offered(who: str, before: Callable[[Stage], None]) -> Callable[[Stage], None]:
    """The hour came free, and is kept for them."""

    def prepare(stage: Stage) -> None:
        before(stage)
        free_the_hour(stage)
        stage.kept["offer"] = stage.outbox.one(to=stage.users[who]).link("/heures-proposees/")

    return prepare


def offered_while_another_waits(stage: Stage) -> None:
    waiting("jeanne", has_later=True)(stage)
    stage.pass_time(timedelta(minutes=1))
    stage.add_patient("paul")
    stage.waits.append("paul")
    wait(stage, "paul")
    free_the_hour(stage)
    stage.kept["offer"] = stage.outbox.one(to=stage.users["jeanne"]).link("/heures-proposees/")


def _answer(who: str, said: str) -> Callable[[Stage], object]:
    return lambda stage: stage.post(who, stage.kept["offer"], reponse=said)


def _let_the_offer_run_out(stage: Stage) -> None:
    stage.pass_time(timedelta(hours=2, minutes=1))
    stage.let_the_worker_run(WAITING_LIST)


def _ada_holds_while_others_wait(stage: Stage) -> None:
    stage.days, stage.waits = [TUESDAY], ["jeanne"]
    stage.add_patient("ada")
    hold(stage, "ada", OLD)
    wait(stage, "jeanne")


def _the_hold_runs_out(stage: Stage) -> None:
    stage.pass_time(timedelta(minutes=16))
    stage.let_the_worker_run(WAITING_LIST)


def _she_cancels_the_later_one(stage: Stage) -> None:
    cancel(stage, "jeanne")
    stage.let_the_worker_run(WAITING_LIST)


def waiting_list() -> Iterator[Case]:
    freeing, act = "an hour comes free", "an offered hour"
    for actor, accounts in (("patient", "patient"), ("relative", "both"), ("patient", "phones")):
        who = WHO[actor]
        before = waiting(who)
        yield Case(freeing, actor, accounts, before, free_the_hour)
        taking = _answer(who, "oui")
        # Today who else acts for the patient is not told of an hour taken where there was none.
        yield Case(act, actor, accounts, offered(who, before), taking, "takes a first hour")
        before = offered(who, waiting(who, has_later=True))
        yield Case(act, actor, accounts, before, taking, "takes an earlier hour")
    before = offered("jeanne", waiting_for_anybody)
    for accounts in ("both", "phones"):
        how = "takes an earlier hour of a colleague"
        yield Case(act, "patient", accounts, before, _answer("jeanne", "oui"), how)
    before = offered_while_another_waits
    how = "refuses, another waits"
    yield Case(act, "patient", "patient", before, _answer("jeanne", "non"), how)
    yield Case(act, "system", "patient", before, _let_the_offer_run_out, "runs out, another waits")
    before = offered("jeanne", waiting("jeanne"))
    yield Case(act, "patient", "both", before, _answer("jeanne", "non"), "refuses")
    yield Case(act, "system", "both", before, _let_the_offer_run_out, "runs out")
    before, how = _ada_holds_while_others_wait, "a hold runs out"
    yield Case(freeing, "system", "patient", before, _the_hold_runs_out, how)
    before = offered("jeanne", waiting("jeanne", has_later=True))
    how = "cancels the later hour while one is offered"
    yield Case(act, "patient", "patient", before, _she_cancels_the_later_one, how)


# ── What ends with a membership or an enrolment ───────────────────────────────────────────────


def three_promised(stage: Stage) -> None:
    for when in THREE_WEEKS:
        stage.promise(when)


def end_assignment(stage: Stage) -> None:
    """An administrator has Chloé follow the patient, and Bob no more."""
    place = f"/bulles/{stage.cast.bubble.id}/patients/{stage.cast.enrolment.id}"
    stage.post("alice", f"{place}/accompagnants", user_ids=[stage.cast.chloe.id])


def end_enrolment(stage: Stage) -> None:
    place = f"/bulles/{stage.cast.bubble.id}/patients/{stage.cast.enrolment.id}"
    stage.post("alice", f"{place}/depart")


def remove_bob(stage: Stage, who: str) -> None:
    stage.post(who, f"/bulles/{stage.cast.bubble.id}/membres/{stage.cast.bob.id}/retrait")


def close_bubble(stage: Stage) -> None:
    stage.post("alice", f"/bulles/{stage.cast.bubble.id}/fermeture", typed_name="Les Tilleuls")


def _end_and_no_server_takes_the_mail(stage: Stage) -> None:
    end_assignment(stage)
    bury_mails()
    stage.let_the_worker_run()


def ending() -> Iterator[Case]:
    for accounts in (*EVERYBODY, "keeper"):
        yield Case("assignment ends", "administrator", accounts, promised, end_assignment)
    for accounts in ("patient", "nobody", "phones"):
        before, how = three_promised, "three at once"
        yield Case("assignment ends", "administrator", accounts, before, end_assignment, how)
    # Today one mail tells of three, and one call of three is made when no server takes it.
    how = "three at once, no server takes the mail"
    before, deaf = three_promised, _end_and_no_server_takes_the_mail
    yield Case("assignment ends", "administrator", "patient", before, deaf, how)
    for accounts in ("both", "nobody"):
        yield Case("enrolment ends", "administrator", accounts, promised, end_enrolment)
        yield Case("bubble closes", "administrator", accounts, promised, close_bubble)
        leave, remove = partial(remove_bob, who="bob"), partial(remove_bob, who="alice")
        yield Case("caregiver goes", "caregiver", accounts, promised, leave, "leaves")
        yield Case("caregiver goes", "administrator", accounts, promised, remove, "removes them")


# ── Another clock ─────────────────────────────────────────────────────────────────────────────


def _change_zone(keep: str) -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        path = f"/bulles/{stage.cast.bubble.id}/informations/modifier"
        data = {"name": "Les Tilleuls", "version": "0", "town": "Saint-Denis"}
        zone = {"time_zone": REUNION, "asked_zone": REUNION, "keep": keep}
        stage.post("alice", path, **data, **zone)

    return act


def changing_zone() -> Iterator[Case]:
    act = "time zone"
    for accounts in ("patient", "both", "nobody", "phones"):
        for keep in ("hours", "instants"):
            how = f"keeps the {keep}"
            yield Case(act, "administrator", accounts, promised, _change_zone(keep), how)
    for keep in ("hours", "instants"):
        how = f"keeps the {keep}, an hour is proposed"
        yield Case(act, "administrator", "patient", asked("patient"), _change_zone(keep), how)
        before, how = offered("jeanne", waiting("jeanne")), f"keeps the {keep}, an hour is offered"
        yield Case(act, "administrator", "patient", before, _change_zone(keep), how)
