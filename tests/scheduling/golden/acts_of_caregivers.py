"""Booking for a patient, moving, cancelling, marking, settling what an absence hits."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from core.transaction import transaction
from tests import factories as make
from tests.scheduling.golden.acts_of_patients import (
    EVERYBODY,
    NEW,
    OLD,
    WHO,
    cancel,
    nothing,
    promised,
)
from tests.scheduling.golden.cases import Case
from tests.scheduling.golden.rows import bury_mails
from tests.scheduling.golden.stage import TUESDAY, WEDNESDAY, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THREE_WEEKS = (OLD, "2026-12-01 10:00", "2026-12-08 10:00")
PROPOSED = f"{WEDNESDAY} 10:00"


def kept(stage: Stage, part: str) -> str:
    return f"/agenda/rendez-vous/{stage.kept['appointment']}/{part}"


# ── Booking for a patient ─────────────────────────────────────────────────────────────────────


def book_for(stage: Stage, hours: tuple[str, ...]) -> None:
    path = f"/agenda/nouveau/{stage.cast.enrolment.id}/ecrire"
    chosen = {f"h{number}": stage.at(hour).isoformat() for number, hour in enumerate(hours)}
    stage.post("bob", path, type=stage.cast.type.id, cle="k" * 20, **chosen)


def cancelled_by_bob(stage: Stage) -> None:
    promised(stage)
    cancel_kept(stage)


def booking_for() -> Iterator[Case]:
    for accounts in EVERYBODY:
        yield Case("book for", "caregiver", accounts, nothing, partial(book_for, hours=(OLD,)))
    for accounts in ("patient", "nobody", "phones"):
        do = partial(book_for, hours=THREE_WEEKS)
        yield Case("book for", "caregiver", accounts, nothing, do, "every week")
    yield Case("book for", "caregiver", "both", cancelled_by_bob, _take_again, "takes it again")


def _take_again(stage: Stage) -> None:
    stage.post("bob", kept(stage, "reprendre"), cle="k" * 20)


# ── Moving, cancelling, marking ───────────────────────────────────────────────────────────────


def move_kept(stage: Stage, when: str = NEW) -> None:
    stage.post("bob", kept(stage, "deplacer"), heure=stage.at(when).isoformat())


def _move_over_a_rule(stage: Stage) -> None:
    typed = {"jour": TUESDAY, "a": "19h30", "passer_outre": "y", "pourquoi": "En soirée seulement"}
    stage.post("bob", kept(stage, "deplacer"), **typed)


def cancel_kept(stage: Stage) -> None:
    stage.post("bob", kept(stage, "annuler"), reason="Formation")


def _cancel_and_no_server_takes_the_mail(stage: Stage) -> None:
    cancel_kept(stage)
    bury_mails()
    stage.let_the_worker_run()


def changing() -> Iterator[Case]:
    actor, moving, cancelling = "caregiver", "caregiver moves", "caregiver cancels"
    for accounts in (*EVERYBODY, "keeper"):
        yield Case(moving, actor, accounts, promised, move_kept)
        yield Case(cancelling, actor, accounts, promised, cancel_kept)
    yield Case(moving, actor, "patient", promised, _move_over_a_rule, "over a rule")
    before, how = asked("patient"), "an hour is proposed"
    do = partial(move_kept, when=f"{WEDNESDAY} 15:00")
    yield Case(moving, actor, "patient", before, do, how)
    yield Case(cancelling, actor, "patient", before, cancel_kept, how)
    theirs, how = partial(cancel, who="bob"), "on the page of patients"
    yield Case(cancelling, actor, "patient", promised, theirs, how)
    deaf, how = _cancel_and_no_server_takes_the_mail, "no server takes the mail"
    yield Case(cancelling, actor, "patient", promised, deaf, how)


def begun(stage: Stage) -> None:
    stage.promise()
    stage.pass_time(timedelta(hours=26, minutes=5))


def mark(stage: Stage, said: tuple[str, ...]) -> None:
    for word in said:
        stage.post("bob", kept(stage, "venue"), venue=word)


def marking() -> Iterator[Case]:
    for how, said in (
        ("came", ("oui",)),
        ("did not come", ("non",)),
        ("taken back", ("non", "")),
    ):
        yield Case("mark", "caregiver", "phones", begun, partial(mark, said=said), how)


# ── What an absence hits ──────────────────────────────────────────────────────────────────────


def hit(stage: Stage) -> None:
    """Bob is away on Tuesday; the patient has an hour of his, made before."""
    stage.days = [TUESDAY, WEDNESDAY]
    stage.promise()
    with transaction():
        absence = make.absence(
            stage.cast.bob, stage.at(f"{TUESDAY} 00:00"), stage.at(f"{WEDNESDAY} 00:00")
        )
    number = stage.kept["appointment"]
    stage.kept["settle"] = f"/agenda/absences/{absence.id}/replanifier/{number}"


def hit_with_colleague(stage: Stage) -> None:
    hit(stage)
    stage.add_colleague()


def _settle(choice: str) -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        colleague = f"{stage.cast.chloe.id}|{stage.at(f'{TUESDAY} 09:30').isoformat()}"
        hour = stage.at(PROPOSED).isoformat()
        stage.post("bob", stage.kept["settle"], choix=choice, heure=hour, collegue=colleague)

    return act


def asked(actor: str) -> Callable[[Stage], None]:
    """An hour is proposed to them already."""

    def before(stage: Stage) -> None:
        hit(stage)
        _settle("proposer")(stage)
        reader = stage.users[WHO[actor]]
        stage.kept["proposal"] = stage.outbox.one(to=reader).link("/propositions/")

    return before


def _answer(who: str, said: str) -> Callable[[Stage], object]:
    return lambda stage: stage.post(who, stage.kept["proposal"], reponse=said)


def _let_it_run_out(stage: Stage) -> None:
    stage.pass_time(stage.at(f"{TUESDAY} 08:01"))
    stage.let_the_worker_run()


def settling() -> Iterator[Case]:
    for accounts in ("patient", "nobody"):
        yield Case("settle", "caregiver", accounts, hit, _settle("garder"), "keeps it")
        yield Case("settle", "caregiver", accounts, hit, _settle("appeler"), "asks to call")
    for accounts in EVERYBODY:
        yield Case("settle", "caregiver", accounts, hit, _settle("proposer"), "proposes an hour")
        yield Case(
            "settle",
            "caregiver",
            accounts,
            hit_with_colleague,
            _settle("collegue"),
            "hands it over",
        )
    for actor, accounts in (("patient", "both"), ("relative", "both"), ("patient", "phones")):
        accept = _answer(WHO[actor], "oui")
        yield Case("answer", actor, accounts, asked(actor), accept, "accepts")
    for actor in ("patient", "relative"):
        yield Case("answer", actor, "both", asked(actor), _answer(WHO[actor], "non"), "refuses")
    yield Case("answer", "system", "patient", asked("patient"), _let_it_run_out, "runs out")
