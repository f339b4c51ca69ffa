"""A caregiver who has said who she is and brought her papers, as she would have done herself.

Bytes are written outside any transaction, so these are the product's own operations, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bubbles.models import Bubble
from bubbles.operations.information import set_logo
from caregiver.models import AdministrativeDocument, Caregiver
from caregiver.operations.documents import add_document, replace_document
from caregiver.operations.profile import Face, Line, update_profile
from caregiver.operations.reviews import review_document
from caregiver.vocabulary import DocumentType, FeeSector, LineKind, PaymentMethod, Verdict
from core import clock
from core.authorization import Actor, operation
from demo.operations import drawings
from demo.operations.rows import day
from demo.policy import DemoPermission
from security.models import User
from uploads.operations import StoredBytes, keep_bytes, keep_portrait

NAME = "Inès Aubry"
FACE = Face(
    given_name="Inès",
    family_name="Aubry",
    profession="Psychologue",
    about=(
        "Je reçois des adultes, seuls ou accompagnés d’un proche. La première séance sert à "
        "faire connaissance : vous dites ce que vous voulez, à votre rythme."
    ),
    acts=("Suivi d’adultes", "Soutien des aidants", "Séances à distance"),
    languages=("Français", "Espagnol", "Langue des signes française"),
    payment=(PaymentMethod.CARD, PaymentMethod.CHEQUE, PaymentMethod.TRANSFER),
    sector=FeeSector.NOT_REIMBURSED,
    lines={
        LineKind.CAREER: (
            Line("Maison de santé des Tilleuls, Saint-Jean", "Depuis 2019"),
            Line("Centre hospitalier d’Albi", "2012 – 2019"),
        ),
        LineKind.DIPLOMA: (
            Line("Master de psychologie clinique, Toulouse", "2011"),
            Line("Diplôme universitaire « Aider les aidants »", "2016"),
        ),
        LineKind.FEE: (Line("Première séance", cents=7000), Line("Suivi", cents=6000)),
    },
)


@dataclass(frozen=True)
class Specimen:
    """One paper, and what the bubble says of it."""

    kind: DocumentType
    filename: str
    title: str
    pages: Sequence[Sequence[str]]
    expires_on: date | None = None
    verdict: Verdict | None = None
    reason: str = ""
    versions: int = 1
    months_ago: int = 6


def specimens() -> list[Specimen]:
    """Return papers of every standing, on the day that this is."""
    return [
        Specimen(
            DocumentType.IDENTITY_CARD,
            "carte-identite.pdf",
            "Carte d’identité",
            (("Recto", f"Nom : {NAME}", "Née le 14 mai 1984"), ("Verso", "Saint-Jean (31)")),
            expires_on=day(2200),
            verdict=Verdict.VERIFIED,
        ),
        Specimen(
            DocumentType.LIABILITY_INSURANCE,
            "attestation-rcp.pdf",
            "Responsabilité civile professionnelle",
            ((f"Assurée : {NAME}", "Activité : psychologue"),),
            expires_on=day(12),
            verdict=Verdict.VERIFIED,
            months_ago=11,
        ),
        Specimen(
            DocumentType.BANK_DETAILS,
            "rib.pdf",
            "Relevé d’identité bancaire",
            ((f"Titulaire : {NAME}", "Banque inventée", "Compte : 0000 0000 0000"),),
            months_ago=0,
        ),
        Specimen(
            DocumentType.DIPLOMA,
            "diplome.pdf",
            "Master de psychologie clinique",
            ((f"Décerné à {NAME}", "Toulouse, 2011"), ("Relevé de notes", "…")),
            verdict=Verdict.TO_REPLACE,
            reason="La page 2 est illisible.",
            versions=2,
            months_ago=2,
        ),
        Specimen(
            DocumentType.DRIVING_LICENCE,
            "permis.pdf",
            "Permis de conduire",
            ((f"Titulaire : {NAME}", "Catégorie B"),),
            expires_on=day(-20),
            verdict=Verdict.VERIFIED,
            months_ago=14,
        ),
    ]


def hang_up(actor: Actor, caregiver: Caregiver, bubble: Bubble, admin: User) -> None:
    """Give a caregiver her face and her papers, and the bubble its sign and its say on them."""
    user = caregiver.user
    sign = keep_portrait(admin, drawings.logo(), "tilleul.png", box=None)
    set_logo(admin, bubble, stored=sign)
    photo = keep_portrait(user, drawings.portrait(), "portrait.png", box=None)
    update_profile(user, caregiver, face=FACE, photo=photo)
    for specimen in specimens():
        document = _bring(user, caregiver, bubble, specimen)
        date_back(actor, document, months=specimen.months_ago)
        _judge(admin, document, specimen)


def _bring(
    user: User, caregiver: Caregiver, bubble: Bubble, specimen: Specimen
) -> AdministrativeDocument:
    document = add_document(
        user,
        caregiver,
        kind=specimen.kind,
        label="",
        stored=_kept(user, specimen),
        expires_on=specimen.expires_on,
        bubble_ids=[bubble.id],
    )
    for _again in range(1, specimen.versions):
        replace_document(
            user, document, stored=_kept(user, specimen), expires_on=specimen.expires_on
        )
    return document


def _kept(user: User, specimen: Specimen) -> StoredBytes:
    return keep_bytes(user, drawings.paper(specimen.title, *specimen.pages), specimen.filename)


def _judge(admin: User, document: AdministrativeDocument, specimen: Specimen) -> None:
    if specimen.verdict is None:
        return
    [share] = document.shares
    review_document(
        admin,
        share,
        number=document.current.number,
        verdict=specimen.verdict,
        reason=specimen.reason,
    )


@operation(DemoPermission.SEED)
def date_back(_actor: Actor, document: AdministrativeDocument, *, months: int) -> None:
    """Say that a paper has been there for a while."""
    since = clock.now() - timedelta(days=30 * months)
    document.added_at = since
    for version in document.versions:
        version.added_at = since + timedelta(days=7 * (version.number - 1))
