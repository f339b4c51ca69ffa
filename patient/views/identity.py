"""Saying who one is, and one's profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from bubbles.queries import find_invitation_by_token
from bubbles.vocabulary import InvitedAs
from core import clock
from core.authorization import can
from core.errors import NotFoundError
from core.frame import account_facts
from core.page_slots import Row
from core.web import signed_in
from patient.forms import IdentityForm
from patient.operations.places import introduce_and_accept
from patient.policy import PatientPermission
from patient.queries import places as queries
from patient.views.blueprint import bp

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from bubbles.models import Invitation
    from security.models import User


@bp.get("/invitations/<token>/identite")
def introduce(token: str) -> ResponseReturnValue:
    invitation = _invitation(token)
    if not _asks_identity(signed_in(), invitation):
        return redirect(url_for("bubbles.invitation", token=token))
    form = IdentityForm(formdata=None)
    actor = signed_in()
    made_for_it = actor.created_at > invitation.sent_at
    form.suggest(invitation, actor.display_name if made_for_it else "")
    return render_template("patient/introduce.html", form=form, invitation=invitation, token=token)


@bp.post("/invitations/<token>/identite")
def accept(token: str) -> ResponseReturnValue:
    invitation = _invitation(token)
    if not _asks_identity(signed_in(), invitation):
        return redirect(url_for("bubbles.invitation", token=token))
    form = IdentityForm()
    if not form.validate():
        return render_template(
            "patient/introduce.html", form=form, invitation=invitation, token=token
        ), 422
    introduce_and_accept(signed_in(), invitation, link=token, **form.identity())
    flash(_("Welcome to the bubble %(name)s.", name=invitation.bubble.name))
    return redirect(url_for("home.start"))


@bp.get("/mon-profil")
def profile() -> ResponseReturnValue:
    patient = queries.get_own_patient(signed_in())
    if patient is None:
        raise NotFoundError
    return render_template("patient/profile.html", patient=patient)


def acceptance_url(actor: User, invitation: Invitation, token: str) -> str | None:
    """Fill the slot « acceptance »: where an invited patient says who they are first."""
    asks = _asks_identity(actor, invitation)
    return url_for("patient.introduce", token=token) if asks else None


def profile_row(actor: User) -> Row | None:
    """Fill the slot « account_row », for who is cared for."""
    facts = account_facts()
    if not facts.is_cared_for:
        return None
    return Row(
        url=url_for("patient.profile"),
        label=_("My profile"),
        text=_("Civil status, address"),
        icon="user-round",
        hue=3,
        state=_("Filled in") if facts.has_whole_profile else _("Not filled in"),
        kind="ok" if facts.has_whole_profile else "warn",
        state_icon="check" if facts.has_whole_profile else "circle-alert",
        section="identite",
        rank=10,
    )


def _invitation(token: str) -> Invitation:
    invitation = find_invitation_by_token(token)
    if invitation is None:
        raise NotFoundError
    return invitation


def _asks_identity(actor: User, invitation: Invitation) -> bool:
    return (
        invitation.invited_as is InvitedAs.PATIENT
        and invitation.is_open(clock.now())
        and can(actor, PatientPermission.JOIN, invitation)
        and queries.get_own_patient(actor) is None
    )
