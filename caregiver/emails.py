"""What owners of papers read: the type of a paper at most, never what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from caregiver.models import AdministrativeDocument, DocumentVersion
from caregiver.vocabulary import TYPE_WORDS, DocumentType
from core.mail import absolute_url, in_language, send_mail
from security.models import User

PAGE = "/parametres/documents"


def remind_of_expiry(owner: User, versions: Sequence[DocumentVersion], today: date) -> None:
    """Queue one mail that names all the papers which end soon."""
    with in_language(owner.locale):
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
    send_mail(
        owner.email,
        "caregiver/expiring",
        subject=subject,
        locale=owner.locale,
        context={"name": owner.display_name, "papers": papers, "link": absolute_url(PAGE)},
    )


def ask_for_replacement(document: AdministrativeDocument, version: DocumentVersion) -> None:
    """Queue the news that a bubble asks for another version; the reason waits on the page."""
    owner = document.caregiver.user
    with in_language(owner.locale):
        subject = _("One of your documents is to be replaced")
        name = _type(document)
    send_mail(
        owner.email,
        "caregiver/to_replace",
        subject=subject,
        locale=owner.locale,
        context={
            "name": owner.display_name,
            "paper": name,
            "added_at": version.added_at,
            "zone": owner.time_zone,
            "link": absolute_url(f"{PAGE}/{document.id}"),
        },
    )


def _type(document: AdministrativeDocument) -> str:
    """Name the type; the free words of « other » stay on the page."""
    if document.type is DocumentType.OTHER:
        return str(_("Other document"))
    return str(TYPE_WORDS[document.type])
