"""What people read when a team around somebody changes: that it did, never who or what for."""

from __future__ import annotations

from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from core.mail import Facts, Reader, absolute_url, mail

notice = partial(mail, template="patient/notice")


@notice("patient/now_follows")
def now_follows(_reader: Reader, count: int) -> Facts:
    """Write to a caregiver that they follow more people from now on."""
    subject = ngettext("You follow one more person", "You follow %(num)d more people", count)
    text = _("An administrator of your bubble has named you. You find them among your patients.")
    return {"subject": subject} | _notice(text, "/patients", _("See my patients"))


@notice("patient/no_longer_follows", subject=_l("You follow one person less"))
def no_longer_follows(_reader: Reader) -> Facts:
    """Write to a caregiver that somebody is no longer among their patients."""
    text = _(
        "An administrator of your bubble has changed who follows whom. You no longer open this"
        " person's sheet; your coming appointments with them are cancelled."
    )
    return _notice(text, "/patients", _("See my patients"))


@notice("patient/place_has_ended", subject=_l("Your place in a bubble has ended"))
def place_has_ended(_reader: Reader) -> Facts:
    """Write to who acts for a patient that their place in a bubble has ended."""
    text = _(
        "An administrator has ended it. Your coming appointments there are cancelled, and its"
        " caregivers no longer open your sheet. Your account stays yours."
    )
    return _notice(text, "/accueil", _("See what has changed"))


@notice("patient/relative_has_joined", subject=_l("One more person in your bubble"))
def relative_has_joined(_reader: Reader, bubble_id: int) -> Facts:
    """Write to an administrator that a patient has brought a relative into the bubble."""
    text = _(
        "Somebody who is cared for in your bubble books for a relative. You see who follows"
        " this person, and can change it, in the list of patients."
    )
    return _notice(text, f"/bulles/{bubble_id}/patients", _("See the patients of the bubble"))


def _notice(text: str, path: str, label: str) -> Facts:
    return {"text": text, "link": absolute_url(path), "label": label}
