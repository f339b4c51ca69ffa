"""What other pages show of caregivers: tabs, entries of menus, cards of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bubbles.policy import is_admin
from caregiver import queries
from caregiver.vocabulary import Verdict
from core import wording
from core.page_slots import Row, Tab

if TYPE_CHECKING:
    from bubbles.models import Bubble
    from security.models import User


def members_tab(_actor: User, bubble: Bubble) -> Tab:
    return Tab(
        id="caregivers",
        url=url_for("caregiver.members", bubble_id=bubble.id),
        label=_("Caregivers"),
        rank=20,
    )


def papers_tab(actor: User, bubble: Bubble) -> Tab | None:
    if not is_admin(actor, bubble):
        return None
    return Tab(
        id="papers",
        url=url_for("caregiver.papers", bubble_id=bubble.id),
        label=_("Documents"),
        count=queries.count_papers_to_verify(bubble.id, wording.today(bubble.time_zone)),
        rank=35,
    )


def profile_settings_tab(actor: User) -> Tab | None:
    if queries.get_caregiver_of(actor.id) is None:
        return None
    url = url_for("caregiver.profile")
    return Tab(id="profile", url=url, label=_("My profile"), icon="user-round", rank=20)


def documents_settings_tab(actor: User) -> Tab | None:
    if queries.get_caregiver_of(actor.id) is None:
        return None
    url = url_for("caregiver.documents")
    return Tab(id="documents", url=url, label=_("My documents"), icon="file-text", rank=40)


def profile_card(actor: User) -> Row | None:
    caregiver = queries.get_caregiver_of(actor.id)
    if caregiver is None:
        return None
    complete = bool(caregiver.profession)
    return Row(
        url=url_for("caregiver.profile"),
        label=_("My profile"),
        text=_("Photo, name, phone, profession"),
        icon="user-round",
        hue=4,
        state=_("Complete") if complete else _("Profession not given"),
        kind="ok" if complete else "warn",
        state_icon="circle-check" if complete else "circle-alert",
        rank=20,
    )


def documents_card(actor: User) -> Row | None:
    if queries.get_caregiver_of(actor.id) is None:
        return None
    state, kind, icon = _papers_in_words(actor)
    return Row(
        url=url_for("caregiver.documents"),
        label=_("My documents"),
        text=_("Identity, RCP, RIB, diplomas"),
        icon="file-text",
        hue=2,
        state=state,
        kind=kind,
        state_icon=icon,
        rank=40,
    )


def _papers_in_words(actor: User) -> tuple[str, str, str]:
    """Say the most pressing thing about all one's papers."""
    papers = queries.list_documents_for(actor)
    today = wording.today(actor.time_zone)
    present = [paper.current for paper in papers]
    expired = sum(version.is_expired(today) for version in present)
    back = sum(
        any(review.verdict is Verdict.TO_REPLACE for review in version.reviews)
        for version in present
    )
    soon = sum(version.expires_soon(today) for version in present)
    if back:
        return ngettext("%(num)d to replace", "%(num)d to replace", back), "bad", "circle-x"
    if expired:
        return ngettext("%(num)d expired", "%(num)d expired", expired), "bad", "circle-alert"
    if soon:
        words = ngettext("%(num)d expires soon", "%(num)d expire soon", soon)
        return words, "warn", "triangle-alert"
    if papers:
        count = len(papers)
        return ngettext("%(num)d document", "%(num)d documents", count), "ok", "circle-check"
    return _("None yet"), "warn", "circle-alert"
