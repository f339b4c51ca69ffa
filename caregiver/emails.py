"""What owners of papers read: the type of a paper at most, never what is in it."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from caregiver.models import AdministrativeDocument
from caregiver.queries import list_newest_among
from caregiver.vocabulary import TYPE_WORDS, DocumentType
from core import wording
from core.mail import Facts, Reader, absolute_url, mail

PAGE = "/parametres/documents"


@mail("caregiver/expiring")
def expiring(reader: Reader, version_ids: Sequence[int]) -> Facts | None:
    """Name all the papers which end soon, but for those that were replaced meanwhile."""
    versions, today = list_newest_among(version_ids), wording.today(reader.zone)
    if not versions:
        return None
    subject = ngettext(
        "One of your documents is about to end",
        "%(num)d of your documents are about to end",
        len(versions),
    )
    papers = [
        {
            "name": _type(version.document),
            "expires_on": version.expires_on,
            "days": version.days_left(today),
        }
        for version in versions
    ]
    return {"subject": subject, "papers": papers, "link": absolute_url(PAGE)}


@mail("caregiver/to_replace", subject=_l("One of your documents is to be replaced"))
def to_replace(_reader: Reader, version_id: int) -> Facts | None:
    """Tell that a bubble asks for another version; the reason waits on the page."""
    for version in list_newest_among([version_id]):
        return {
            "paper": _type(version.document),
            "added_at": version.added_at,
            "link": absolute_url(f"{PAGE}/{version.document_id}"),
        }
    return None


def _type(document: AdministrativeDocument) -> str:
    """Name the type; the free words of « other » stay on the page."""
    if document.type is DocumentType.OTHER:
        return str(_("Other document"))
    return str(TYPE_WORDS[document.type])
