"""What people read when a team around somebody changes: that it did, never who or what for."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles.models import Bubble
from core.mail import absolute_url, in_language, send_mail
from security.models import User


def now_follows(user: User, count: int) -> None:
    """Write to a caregiver that they follow more people from now on."""
    with in_language(user.locale):
        subject = ngettext("You follow one more person", "You follow %(num)d more people", count)
        text = _(
            "An administrator of your bubble has named you. You find them among your patients."
        )
        label = _("See my patients")
    _send(user, subject, text, "/patients", label)


def no_longer_follows(user: User) -> None:
    """Write to a caregiver that somebody is no longer among their patients."""
    with in_language(user.locale):
        subject = _("You follow one person less")
        text = _(
            "An administrator of your bubble has changed who follows whom. You no longer open this"
            " person's sheet; your coming appointments with them are cancelled."
        )
        label = _("See my patients")
    _send(user, subject, text, "/patients", label)


def place_has_ended(user: User, key: str | None = None) -> None:
    """Write to who acts for a patient that their place in a bubble has ended."""
    with in_language(user.locale):
        subject = _("Your place in a bubble has ended")
        text = _(
            "An administrator has ended it. Your coming appointments there are cancelled, and its"
            " caregivers no longer open your sheet. Your account stays yours."
        )
        label = _("See what has changed")
    _send(user, subject, text, "/accueil", label, key=key)


def relative_has_joined(user: User, bubble: Bubble) -> None:
    """Write to an administrator that a patient has brought a relative into the bubble."""
    with in_language(user.locale):
        subject = _("One more person in your bubble")
        text = _(
            "Somebody who is cared for in your bubble books for a relative. You see who follows"
            " this person, and can change it, in the list of patients."
        )
        label = _("See the patients of the bubble")
    _send(user, subject, text, f"/bulles/{bubble.id}/patients", label)


def _send(
    user: User, title: str, text: str, path: str, label: str, *, key: str | None = None
) -> None:
    send_mail(
        user.email,
        "patient/notice",
        subject=title,
        locale=user.locale,
        context={
            "recipient": user,
            "title": title,
            "text": text,
            "link": absolute_url(path),
            "label": label,
        },
        dedupe_key=key,
    )
