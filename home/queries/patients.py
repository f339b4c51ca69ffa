"""« Mes patients » and their teams."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from caregiver.queries import professions_of
from core import wording
from patient.models import Enrolment
from patient.queries import list_enrolments_of, list_followed_enrolments, map_followers
from scheduling.queries.appointments import AppointmentRow, next_appointments
from security.models import User


@dataclass(frozen=True)
class TeamMember:
    """One caregiver of a patient's team."""

    user: User
    profession: str


@dataclass(frozen=True)
class Team:
    """Who follows a patient in one bubble."""

    enrolment: Enrolment
    members: list[TeamMember]


@dataclass(frozen=True)
class FollowedPatient:
    """One line of « mes patients »."""

    enrolment: Enrolment
    age: int
    next_appointment: AppointmentRow | None

    @property
    def comes_at(self) -> float:
        """Return the instant of the next appointment as a number, to sort by; never is infinite."""
        return self.next_appointment.starts_at.timestamp() if self.next_appointment else inf


def list_patients_of(actor: User, search: str = "") -> list[FollowedPatient]:
    """Return the patients ``actor`` follows, by name; each word of ``search`` is in the name."""
    words = wording.folded(search).split()
    enrolments = [
        enrolment
        for enrolment in list_followed_enrolments(actor)
        if all(word in wording.folded(enrolment.patient.name) for word in words)
    ]
    coming = next_appointments([enrolment.id for enrolment in enrolments])
    today = wording.today(actor.time_zone)
    return [
        FollowedPatient(
            enrolment,
            wording.age(enrolment.patient.birth_date, today),
            coming.get(enrolment.id),
        )
        for enrolment in enrolments
    ]


def list_teams_of(actor: User) -> list[Team]:
    """Return who follows each person ``actor`` acts for, bubble by bubble."""
    enrolments = list_enrolments_of(actor)
    followers = map_followers([enrolment.id for enrolment in enrolments])
    professions = professions_of({user.id for users in followers.values() for user in users})
    return [
        Team(enrolment, _members(followers.get(enrolment.id, []), professions))
        for enrolment in enrolments
    ]


def get_team_around(enrolment: Enrolment) -> list[TeamMember]:
    """Return who follows one patient in one bubble."""
    followers = map_followers([enrolment.id]).get(enrolment.id, [])
    return _members(followers, professions_of([user.id for user in followers]))


def _members(users: list[User], professions: dict[int, str]) -> list[TeamMember]:
    return [TeamMember(user, professions.get(user.id, "")) for user in users]
