"""Saying who one is: the name that everybody sees, the photo, what patients read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from caregiver.models import Caregiver, Portrait, Presentation, ProfileLine
from caregiver.policy import CaregiverPermission
from caregiver.queries import find_portrait_of, get_caregiver_of, lock_caregiver
from caregiver.vocabulary import FeeSector, LineKind, PaymentMethod
from core import clock
from core.authorization import INSTANCE, consequence, operation
from core.database import db
from security.models import User
from uploads.operations import StoredBytes, delete_file, store_file


@dataclass(frozen=True)
class Line:
    """One line of a list, as written."""

    words: str
    period: str = ""
    cents: int | None = None


@dataclass(frozen=True)
class Face:
    """A whole profile: what is not said is empty."""

    given_name: str
    family_name: str
    title: str = ""
    profession: str = ""
    about: str = ""
    acts: Sequence[str] = ()
    languages: Sequence[str] = ()
    payment: Sequence[PaymentMethod] = ()
    sector: FeeSector | None = None
    lines: Mapping[LineKind, Sequence[Line]] = field(default_factory=dict)

    @property
    def display_name(self) -> str:
        """Return how others see the person: « Dr Samuel Okafor »."""
        parts = (self.title, self.given_name, self.family_name)
        return " ".join(part for part in parts if part)


@consequence
def welcome_caregiver(user_id: int) -> None:
    """Give a new caregiver an empty profile, unless they have one from another bubble."""
    if get_caregiver_of(user_id) is None:
        db.session.add(Caregiver(user_id=user_id, profession="", created_at=clock.now()))


@operation(CaregiverPermission.UPDATE_PROFILE)
def update_profile(
    actor: User,
    caregiver: Caregiver,
    *,
    face: Face,
    photo: StoredBytes | None = None,
    without_photo: bool = False,
) -> None:
    """Say who one is, all at once; ``photo`` was just kept, and stands for the one before.

    Raises:
        QuotaReachedError: the person has no room left for the photo.
    """
    lock_caregiver(caregiver.id)  # what is not there yet is made once
    caregiver.user.display_name = face.display_name
    caregiver.title = face.title or None
    caregiver.given_name = face.given_name
    caregiver.family_name = face.family_name
    caregiver.profession = face.profession
    _present(caregiver, face)
    _list(caregiver, face)
    if photo is not None:
        _hang(actor, photo)
    elif without_photo:
        _take_down(actor)


def _present(caregiver: Caregiver, face: Face) -> None:
    if caregiver.presentation is None:
        caregiver.presentation = Presentation()
    presentation = caregiver.presentation
    presentation.about = face.about
    presentation.acts = list(face.acts)
    presentation.languages = list(face.languages)
    presentation.payment = [method.value for method in face.payment]
    presentation.sector = face.sector
    presentation.updated_at = clock.now()


def _list(caregiver: Caregiver, face: Face) -> None:
    caregiver.lines.clear()
    db.session.flush()  # a line may take the place of another
    caregiver.lines.extend(
        ProfileLine(
            kind=kind,
            position=position,
            period=line.period,
            words=line.words,
            cents=line.cents,
        )
        for kind, lines in face.lines.items()
        for position, line in enumerate(lines)
    )


def _hang(actor: User, photo: StoredBytes) -> None:
    file = store_file(actor, INSTANCE, stored=photo)  # two at once queue for the room they take
    portrait = find_portrait_of(actor.id)
    if portrait is None:
        db.session.add(Portrait(user_id=actor.id, file_id=file.id, taken_at=clock.now()))
        return
    before = portrait.file
    portrait.file, portrait.taken_at = file, clock.now()
    db.session.flush()  # the photo points to the new file: the old one may go
    delete_file(actor, before)


def _take_down(actor: User) -> None:
    portrait = find_portrait_of(actor.id)
    if portrait is None:
        return
    file = portrait.file
    db.session.delete(portrait)
    db.session.flush()  # the photo points to the file: it goes first
    delete_file(actor, file)
