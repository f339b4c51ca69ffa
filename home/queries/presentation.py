"""What somebody reads of a caregiver whom they meet in a bubble, and how they reach them there."""

from __future__ import annotations

from dataclasses import dataclass

from caregiver.models import Caregiver, ProfileLine
from caregiver.queries import get_face_for, portraits_of
from caregiver.vocabulary import LineKind
from patient.models import Enrolment
from patient.queries.places import list_enrolments_of, map_followers
from security.models import User


@dataclass(frozen=True)
class Encounter:
    """A caregiver as others see them."""

    caregiver: Caregiver
    lines: dict[LineKind, list[ProfileLine]]
    photo: int | None
    """The version of their photo, if they have one."""
    enrolments: list[Enrolment]
    """Of those for whom the reader acts, and whom this caregiver follows: there one books."""

    @property
    def says_nothing(self) -> bool:
        """Say whether the person has written nothing for others to read yet."""
        said = self.caregiver.presentation
        parts = (said.about, said.acts, said.languages, said.payment, said.sector) if said else ()
        return not (any(self.lines.values()) or any(parts))


def get_encounter(actor: User, user_id: int) -> Encounter:
    """Return what ``actor`` may read of a caregiver; whom one does not meet does not exist."""
    caregiver = get_face_for(actor, user_id)
    enrolments = list_enrolments_of(actor)
    followers = map_followers([enrolment.id for enrolment in enrolments])
    return Encounter(
        caregiver=caregiver,
        lines={kind: [line for line in caregiver.lines if line.kind is kind] for kind in LineKind},
        photo=portraits_of([user_id]).get(user_id),
        enrolments=[
            enrolment
            for enrolment in enrolments
            if user_id in {user.id for user in followers.get(enrolment.id, [])}
        ],
    )
