"""A process that books, moves and cancels at random, and writes down each call before and after.

Started by the tests, several at once, and killed without warning: what it wrote is all that is
known of it. Its clock runs six hundred times faster, from an instant that all of them share, so
that holds expire while it works.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta

FASTER = 600


def main(given: dict) -> None:
    from core import clock

    begun, base = given["begun"], datetime.fromisoformat(given["base"])
    clock.now = lambda: base + timedelta(seconds=(time.monotonic() - begun) * FASTER)

    from app import create_app
    from core import start
    from core.config import Config, DatabaseConfig, LogConfig

    config = replace(
        Config(),
        data_dir=given["data_dir"],
        database=DatabaseConfig(url=given["url"]),
        log=LogConfig(level="critical"),
    )
    app = create_app(start.prepare(config), TESTING=True, WTF_CSRF_ENABLED=False)
    journal = os.open(given["journal"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    _say("ready")
    threads = [
        threading.Thread(target=_work, args=(app, journal, given, index), daemon=True)
        for index in range(len(given["people"]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _work(app, journal: int, given: dict, index: int) -> None:
    person = Person(app, journal, given, index)
    with app.app_context():
        for number in range(given["calls"]):
            person.act(number)


class Person:
    """One patient, or the caregiver, acting at random on what they know to be theirs."""

    def __init__(self, app, journal: int, given: dict, index: int) -> None:
        self.app, self.journal, self.given = app, journal, given
        self.account, self.place, self.is_keeper = given["people"][index]
        self.name = f"{given['seed']}-{index}"
        self.dice = random.Random(f"{given['seed']}/{index}")
        self.held: tuple[int, str] | None = None
        self.mine: dict[int, str] = {}

    def act(self, number: int) -> None:
        slot = self.dice.choice(self.given["slots"])
        if self.is_keeper:
            choice = self.dice.choice(["book_for", "book_for", "move", "cancel", "cancel"])
        else:
            choice = self.dice.choice(
                ["hold", "hold", "confirm", "confirm", "give_up", "move", "cancel"]
            )
        call = f"{self.name}-{number}"
        if choice in {"hold", "book_for"}:
            self._make(call, choice, slot)
        elif choice in {"confirm", "give_up"} and self.held is not None:
            self._settle(call, choice)
        elif choice in {"move", "cancel"} and self.mine:
            self._change(call, choice, slot)

    def _make(self, call: str, op: str, slot: str) -> None:
        from scheduling.appointments.operations.booking_for import book_for
        from scheduling.booking.operations.holding import hold_slot

        def make():
            actor, place, kind, caregiver = self._people()
            starts_at = datetime.fromisoformat(slot)
            if op == "hold":
                return hold_slot(
                    actor,
                    place,
                    consultation_type=kind,
                    caregiver=caregiver,
                    starts_at=starts_at,
                    key=call,
                ).id
            return book_for(
                caregiver, place, consultation_type=kind, hours=[starts_at], key=call
            ).id

        found = self._ask(call, op, slot, make, key=call)
        if found is not None and self.dice.random() < 0.2:  # a second press on the button
            self._ask(f"{call}-again", op, slot, make, key=call, id_=found)
        if found is not None and op == "hold":
            self.held = (found, slot)
        elif found is not None:
            self.mine[found] = slot

    def _settle(self, call: str, op: str) -> None:
        from core.database import db
        from scheduling.appointments.models import Appointment
        from scheduling.booking.operations.holding import confirm_appointment, give_up_hold

        id_, slot = self.held or (0, "")

        def settle():
            actor, *_rest = self._people()
            appointment = db.session.get(Appointment, id_)
            (confirm_appointment if op == "confirm" else give_up_hold)(actor, appointment)
            return id_

        done = self._ask(call, op, slot, settle, id_=id_)
        if done is not None:
            self.held = None
            if op == "confirm":
                self.mine[id_] = slot

    def _change(self, call: str, op: str, slot: str) -> None:
        from core.database import db
        from scheduling.appointments.models import Appointment
        from scheduling.appointments.operations.changing import cancel_appointment, move_appointment

        id_ = self.dice.choice(sorted(self.mine))

        def change():
            actor, _place, _kind, caregiver = self._people()
            who = caregiver if self.is_keeper else actor
            appointment = db.session.get(Appointment, id_)
            if op == "move":
                move_appointment(who, appointment, starts_at=datetime.fromisoformat(slot))
            else:
                cancel_appointment(who, appointment)
            return id_

        done = self._ask(call, op, slot, change, id_=id_)
        if done is not None and op == "cancel":
            del self.mine[id_]

    def _ask(self, call, op, slot, act, *, id_=None, key=None):
        from core.database import db
        from core.errors import DomainError

        told: str | None = None
        found: int | None = None
        line = {"call": call, "process": self.name, "op": op, "slot": slot, "key": key}
        self._write({**line, "id": id_, "asked": time.monotonic()})
        try:
            found = act()
            told = "ok"
        except DomainError as error:
            told = error.code
        finally:
            db.session.remove()
        self._write({"call": call, "id": found or id_, "answered": time.monotonic(), "told": told})
        if self.given["is_doomed"]:
            _say("answered")  # whoever listens decides when it dies
        return found

    def _people(self):
        from core.database import db
        from patient.models import Enrolment
        from scheduling.agendas.models import ConsultationType
        from security.models import User

        return (
            db.session.get(User, self.account),
            db.session.get(Enrolment, self.place),
            db.session.get(ConsultationType, self.given["type"]),
            db.session.get(User, self.given["caregiver"]),
        )

    def _write(self, line: dict) -> None:
        os.write(self.journal, (json.dumps(line) + "\n").encode())


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
