"""The pages of a bubble itself: the list, the general information, the logo, closing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from bubbles import queries
from bubbles.errors import (
    ClockChoiceNeededError,
    ClockConflictError,
    EditedMeanwhileError,
    WrongNameError,
)
from bubbles.forms.bubbles import BubbleForm, ClosingForm, LogoForm, NewBubbleForm
from bubbles.operations.closing import close_bubble
from bubbles.operations.information import (
    NEW_BUBBLES,
    create_bubble,
    remove_logo,
    set_logo,
    update_bubble,
)
from bubbles.policy import BubblePermission, may_be_named
from bubbles.views.blueprint import administered, bp
from core import clock, rate_limit
from core.authorization import INSTANCE, can
from core.body_limits import takes_files
from core.errors import DomainError, ForbiddenError, NotFoundError
from core.forms import status_of
from core.page_slots import Tab, filled
from core.web import current_actor, public, signed_in
from security.views.step_up import requires_fresh_proof
from uploads.views.receiving import NOT_NOW, receive_portrait, say_why_not
from uploads.views.sending import send_picture

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from bubbles.models import Bubble


@bp.get("/bulles")
def index() -> ResponseReturnValue:
    actor = signed_in()
    return render_template(
        "bubbles/index.html",
        bubbles=queries.list_bubbles_for(actor),
        may_create=can(actor, BubblePermission.CREATE, INSTANCE),
    )


@bp.route("/bulles/nouvelle", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    actor = signed_in()
    if not can(actor, BubblePermission.CREATE, INSTANCE):
        raise ForbiddenError
    instance = current_app.config["ALVEOLE"].instance
    form = NewBubbleForm(time_zone=instance.default_time_zone)
    if not form.validate_on_submit():
        return render_template("bubbles/new.html", form=form), status_of(form)
    rate_limit.hit(NEW_BUBBLES, str(actor.id))
    bubble = create_bubble(
        actor,
        INSTANCE,
        information=form.information(),
        also_caregiver=form.also_caregiver.data,
        key=form.key.data,
    )
    flash(_("The bubble is created. Invite the first people."), "ok")
    return redirect(url_for("bubbles.invitations", bubble_id=bubble.id))


@bp.get("/bulles/<int:bubble_id>")
def show(bubble_id: int) -> ResponseReturnValue:
    actor = signed_in()
    bubble = queries.get_bubble_for(actor, bubble_id)
    tabs: list[Tab] = filled("bubble_tab", actor, bubble)
    return redirect(tabs[0].url)


@bp.get("/bulles/<int:bubble_id>/informations")
def information(bubble_id: int) -> ResponseReturnValue:
    bubble = queries.get_bubble_for(signed_in(), bubble_id)
    return render_template("bubbles/information.html", bubble=bubble)


@bp.route("/bulles/<int:bubble_id>/informations/modifier", methods=["GET", "POST"])
def edit(bubble_id: int) -> ResponseReturnValue:
    bubble = administered(bubble_id, BubblePermission.UPDATE)
    form = BubbleForm(obj=bubble)
    if not form.validate_on_submit() or form.retour.data:
        return _edit_page(bubble, form), status_of(form)
    try:
        update_bubble(
            signed_in(),
            bubble,
            information=form.information(),
            version=form.shown_version(),
            keep=form.kept(),
        )
    except (ClockChoiceNeededError, ClockConflictError) as error:
        return _clock_page(bubble_id, form, error), error.status
    except EditedMeanwhileError:
        bubble = administered(bubble_id, BubblePermission.UPDATE)
        changed = _differences(bubble, form)
        form.version.data = str(bubble.version)  # seen now: pressing again is meant
        return _edit_page(bubble, form, changed=changed), 409
    flash(_("The general information is up to date."), "ok")
    return redirect(url_for("bubbles.information", bubble_id=bubble.id))


def _edit_page(
    bubble: Bubble, form: BubbleForm, changed: list[tuple[str, str]] | None = None
) -> str:
    return render_template("bubbles/edit.html", form=form, bubble=bubble, changed=changed)


def _clock_page(bubble_id: int, form: BubbleForm, error: DomainError) -> str:
    """Ask what is to stay of the hours that depend on the time zone; the rest is carried along."""
    bubble = administered(bubble_id, BubblePermission.UPDATE)
    refusal = str(error.message) if isinstance(error, ClockConflictError) else ""
    if form.asked_zone.data == form.time_zone.data and not refusal:
        form.keep.errors = [str(error.message)]
    form.asked_zone.data = form.time_zone.data
    return render_template(
        "bubbles/time_zone.html",
        bubble=bubble,
        form=form,
        carried=[*form.information_fields(), form.version, form.asked_zone],
        impacts=filled("time_zone_change", bubble, form.time_zone.data),
        refusal=refusal,
    )


def _differences(bubble: Bubble, form: BubbleForm) -> list[tuple[str, str]]:
    """Return what the other person wrote, where it differs from what was typed here."""
    rows = []
    for name, typed in vars(form.information()).items():
        written = getattr(bubble, name)
        if written != typed:
            words = written if isinstance(written, str) else _("yes") if written else _("no")
            rows.append((form[name].label.text, words or _("Not given")))
    return rows


@bp.route("/bulles/<int:bubble_id>/logo/modifier", methods=["GET", "POST"])
@takes_files
def logo(bubble_id: int) -> ResponseReturnValue:
    bubble = administered(bubble_id, BubblePermission.UPDATE)
    form = LogoForm()
    if not form.validate_on_submit():
        return render_template("bubbles/logo.html", bubble=bubble, form=form), status_of(form)
    try:
        set_logo(signed_in(), bubble, stored=receive_portrait(form.file.data))
    except NOT_NOW as error:
        status, headers = say_why_not(form, form.file, error)
        return render_template("bubbles/logo.html", bubble=bubble, form=form), status, headers
    flash(_("The logo is in place."), "ok")
    return redirect(url_for("bubbles.information", bubble_id=bubble.id))


@bp.post("/bulles/<int:bubble_id>/logo/retrait", endpoint="remove_logo")
def forget_logo(bubble_id: int) -> ResponseReturnValue:
    bubble = administered(bubble_id, BubblePermission.UPDATE)
    remove_logo(signed_in(), bubble)
    flash(_("The logo is removed."), "ok")
    return redirect(url_for("bubbles.information", bubble_id=bubble.id))


@bp.get("/bulles/<int:bubble_id>/logo", endpoint="logo_picture")
def show_logo(bubble_id: int) -> ResponseReturnValue:
    """Show the picture to the staff, and to whom packages above know as the team's patients."""
    actor = signed_in()
    is_staff = queries.get_membership(actor.id, bubble_id) is not None
    logo = queries.find_logo(bubble_id)
    if logo is None or not (is_staff or any(filled("bubble_reader", actor, bubble_id))):
        raise NotFoundError
    return send_picture(logo.file)


@bp.get("/invitations/<token>/logo", endpoint="invitation_logo")
@public
def show_logo_to_invited(token: str) -> ResponseReturnValue:
    invitation = queries.find_invitation_by_token(token)
    if invitation is None or not invitation.is_open(clock.now()):
        raise NotFoundError
    if not may_be_named(current_actor(), invitation):
        raise NotFoundError
    logo = queries.find_logo(invitation.bubble_id)
    if logo is None:
        raise NotFoundError
    return send_picture(logo.file)


@bp.route("/bulles/<int:bubble_id>/fermeture", methods=["GET", "POST"])
@requires_fresh_proof
def close(bubble_id: int) -> ResponseReturnValue:
    bubble = administered(bubble_id, BubblePermission.CLOSE)
    form = ClosingForm()
    if form.validate_on_submit():
        try:
            close_bubble(signed_in(), bubble, typed_name=form.typed_name.data or "")
        except WrongNameError as error:
            form.typed_name.errors = [str(error.message)]
        else:
            flash(_("The bubble is closed. Its people have been told."), "ok")
            return redirect(url_for("bubbles.index"))
    endings = filled("membership_ending", bubble.id, None)
    page = render_template("bubbles/close.html", bubble=bubble, form=form, endings=endings)
    return page, (422 if request.method == "POST" else 200)
