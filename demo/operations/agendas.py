"""What can be booked, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from bubbles.models import Bubble
from core import clock, tokens
from demo.operations.rows import add, day, working_day
from scheduling.agendas.models import (
    Agenda,
    Availability,
    ConsultationType,
    ExceptionalHours,
    Question,
)
from scheduling.agendas.vocabulary import ConsultationMode, QuestionKind
from scheduling.calendars.models import FeedLink, FeedReader
from scheduling.calendars.vocabulary import DetailLevel
from security.models import User

WEDNESDAY = 2
WEEKEND = 5


@dataclass(frozen=True)
class Offers:
    """What the appointments of the demonstration are made of."""

    visits: Agenda
    sessions: Agenda
    evenings: Agenda
    visit: ConsultationType
    follow_up: ConsultationType
    first: ConsultationType
    evening: ConsultationType


def open_agendas(tilleuls: Bubble, acacias: Bubble, nadege: User, ines: User) -> Offers:
    """Write consultation types with their questions, weekly and exceptional hours, one link."""
    visit = _visit(tilleuls, nadege)
    first = _first(tilleuls, ines)
    follow_up = _type(
        tilleuls,
        "Suivi",
        45,
        [ines],
        price_cents=6000,
        buffer_after_minutes=15,
        cancellation_notice_minutes=120,
    )
    _type(
        tilleuls,
        "Séance à distance",
        45,
        [ines],
        mode=ConsultationMode.VIDEO,
        price_cents=6000,
        is_for_new=False,
        video_link="https://visio.example.org/ines-aubry",
    )
    _type(
        tilleuls,
        "Point au téléphone",
        15,
        [nadege, ines],
        mode=ConsultationMode.PHONE,
        is_for_new=False,
        daily_maximum=4,
    )
    _type(tilleuls, "Réunion avec la famille", 60, [nadege, ines], is_bookable=False)
    evening = _type(acacias, "Séance du soir", 50, [ines], price_cents=7000)

    visits, sessions = _agenda(nadege, tilleuls), _agenda(ines, tilleuls)
    evenings = _agenda(ines, acacias)
    for weekday in range(7):
        _hours(visits, weekday, (8, 12), (13, 19))
    for weekday in range(WEEKEND):
        _hours(sessions, weekday, (9, 12), (14, 18))
    for weekday in (1, 3):
        _hours(evenings, weekday, (18, 20))
    _special_hours(sessions, first)
    _calendar_link(visits)
    return Offers(visits, sessions, evenings, visit, follow_up, first, evening)


def _visit(bubble: Bubble, nadege: User) -> ConsultationType:
    visit = _type(
        bubble,
        "Passage à domicile",
        30,
        [nadege],
        mode=ConsultationMode.HOME,
        reimbursement="Pris en charge avec une ordonnance.",
        buffer_before_minutes=5,
        buffer_after_minutes=10,
        cancellation_notice_minutes=120,
        instructions_before="Gardez l’ordonnance et la carte Vitale à portée de main.",
    )
    _ask(visit, QuestionKind.TEXT, "Que faut-il prévoir ce jour-là ?")
    _ask(
        visit,
        QuestionKind.CHOICE,
        "Comment entre-t-on chez vous ?",
        "Je viens ouvrir\nAvec le code de la porte\nLa clé est chez un voisin",
        is_required=True,
    )
    _ask(visit, QuestionKind.YES_NO, "Y a-t-il un animal à la maison ?")
    return visit


def _first(bubble: Bubble, ines: User) -> ConsultationType:
    first = _type(
        bubble,
        "Première séance",
        60,
        [ines],
        price_cents=7000,
        reimbursement="Remboursée en partie par certaines mutuelles.",
        is_for_known=False,
        buffer_after_minutes=15,
        cancellation_notice_minutes=1440,
        instructions_before="Venez dix minutes plus tôt : l’entrée est au fond de la cour.",
        instructions_after="Notez ce dont vous voudriez reparler.",
    )
    _ask(first, QuestionKind.TEXT, "De quoi aimeriez-vous parler ?", is_required=True)
    _ask(first, QuestionKind.YES_NO, "Venez-vous accompagné ?")
    return first


def _type(
    bubble: Bubble, name: str, minutes: int, caregivers: list[User], **more: Any
) -> ConsultationType:
    settings = {"mode": ConsultationMode.ON_SITE, "is_bookable": True} | more
    return add(
        ConsultationType(
            bubble_id=bubble.id,
            name=name,
            duration_minutes=minutes,
            caregivers=caregivers,
            **settings,
        )
    )


def _ask(
    kind: ConsultationType,
    how: QuestionKind,
    wording: str,
    choices: str = "",
    *,
    is_required: bool = False,
) -> None:
    add(
        Question(
            consultation_type=kind,
            position=len(kind.questions),
            kind=how,
            wording=wording,
            choices=choices,
            is_required=is_required,
        )
    )


def _agenda(user: User, bubble: Bubble) -> Agenda:
    return add(Agenda(user_id=user.id, bubble_id=bubble.id, version=0))


def _hours(agenda: Agenda, weekday: int, *ranges: tuple[int, int]) -> None:
    for start, end in ranges:
        add(
            Availability(
                agenda_id=agenda.id, weekday=weekday, starts_at=time(start), ends_at=time(end)
            )
        )


def _special_hours(agenda: Agenda, first: ConsultationType) -> None:
    """Keep the end of Wednesdays for first visits, a while; and one day with hours of its own."""
    add(
        Availability(
            agenda_id=agenda.id,
            weekday=WEDNESDAY,
            starts_at=time(18),
            ends_at=time(20),
            valid_from=day(0),
            valid_until=day(120),
            consultation_types=[first],
        )
    )
    add(
        ExceptionalHours(
            agenda_id=agenda.id, day=working_day(8), starts_at=time(10), ends_at=time(13)
        )
    )


def _calendar_link(agenda: Agenda) -> None:
    """Make one calendar link that a telephone and a service read."""
    now, token = clock.now(), tokens.new_token()
    link = add(
        FeedLink(
            agenda_id=agenda.id,
            name="Mon téléphone",
            token=token,
            token_hash=tokens.hash_token(token),
            detail_level=DetailLevel.INITIALS,
            created_at=now - timedelta(days=40),
            last_fetched_at=now - timedelta(minutes=20),
            last_program="iPhone",
        )
    )
    for program, days, minutes, reads in (("iPhone", 40, 20, 1870), ("Google Agenda", 12, 340, 31)):
        add(
            FeedReader(
                feed_link_id=link.id,
                program=program,
                network=tokens.hash_token(program),
                first_at=now - timedelta(days=days),
                last_at=now - timedelta(minutes=minutes),
                reads=reads,
            )
        )
