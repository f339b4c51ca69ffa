"""The two things that a demonstration asks of its database: to be emptied, and to be filled."""

from __future__ import annotations

from core.authorization import Actor, Instance, operation
from core.database import Base, db
from demo.operations.agendas import open_agendas
from demo.operations.patients import gather
from demo.operations.talks import talk
from demo.operations.teams import (
    add_caregiver,
    add_user,
    found_acacias,
    found_tilleuls,
    invite_everybody,
)
from demo.operations.visits import fill_agendas
from demo.policy import DemoPermission
from demo.vocabulary import INES, LUCIE, MADELEINE, NADEGE, PEOPLE, SOFIA


@operation(DemoPermission.SEED)
def erase_everything(_actor: Actor, _instance: Instance) -> None:
    """Empty every table. Exists in demo mode only; the caller deletes the bytes afterwards."""
    for table in reversed(Base.metadata.sorted_tables):
        db.session.execute(table.delete())


@operation(DemoPermission.SEED)
def found_demo(_actor: Actor, _instance: Instance, *, password_hash: str) -> None:
    """Write the demonstration: people, hours, appointments around today, notes, messages.

    ``password_hash`` is that of ``PASSWORD``, the same for everybody. Photos and papers come
    afterwards: their bytes are written outside any transaction.
    """
    users = {person: add_user(person, password_hash) for person in PEOPLE}
    sofia, nadege, ines = users[SOFIA], users[NADEGE], users[INES]
    tilleuls = found_tilleuls(sofia)
    add_caregiver(nadege, tilleuls, "Infirmière")
    add_caregiver(ines, tilleuls, "Psychologue")
    acacias = found_acacias(ines)
    invite_everybody(tilleuls, sofia, nadege, ines)
    offers = open_agendas(tilleuls, acacias, nadege, ines)
    circle = gather(
        tilleuls,
        acacias,
        nadege,
        ines,
        {"madeleine": users[MADELEINE], "lucie": users[LUCIE]},
    )
    fill_agendas(circle, offers, lucie=users[LUCIE], nadege=nadege)
    talk(circle, nadege=nadege, ines=ines, lucie=users[LUCIE], madeleine=users[MADELEINE])
