"""Secret calendar addresses: making, showing again, renewing and closing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.mail import absolute_url
from core.web import signed_in
from scheduling.agendas.queries import settings
from scheduling.blueprint import bp
from scheduling.calendars.forms import CalendarLinkForm
from scheduling.calendars.operations import create_link, renew_link, revoke_link, show_link
from scheduling.calendars.queries.links import get_link_for
from security.totp import setup_picture
from security.views.step_up import requires_fresh_proof

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from scheduling.calendars.models import FeedLink


@bp.route("/parametres/agendas/<int:agenda_id>/liens/nouveau", methods=["GET", "POST"])
def new_link(agenda_id: int) -> ResponseReturnValue:
    """Make a calendar link; the answer to the POST shows it."""
    actor = signed_in()
    agenda = settings.get_agenda_for(actor, agenda_id)
    form = CalendarLinkForm()
    if not form.validate_on_submit():
        page = render_template("scheduling/new_link.html", agenda=agenda, form=form)
        return page, 422 if form.errors else 200
    link = create_link(actor, agenda, name=form.name.data or "", detail_level=form.level.data)
    return _link_page(link, link.token, is_new=True)


@bp.get("/parametres/agendas/liens/<int:link_id>")
@requires_fresh_proof
def link(link_id: int) -> ResponseReturnValue:
    """Show a link again, to whoever has just proved who they are."""
    link = get_link_for(signed_in(), link_id)
    return _link_page(link, show_link(signed_in(), link), is_new=False)


def _link_page(link: FeedLink, token: str, *, is_new: bool) -> str:
    address = absolute_url(url_for("scheduling.feed", token=token))
    return render_template(
        "scheduling/link.html",
        link=link,
        is_new=is_new,
        address=address,
        webcal=(webcal := "webcal:" + address.partition(":")[2]),
        picture=setup_picture(webcal),
        guides=_guides(),
    )


def _guides() -> list[tuple[str, str, list[str]]]:
    """Say where each program wants the link, and how long it lets people wait for a change."""
    return [
        (
            _("iPhone, iPad, Mac"),
            _("Changes show within the hour."),
            [
                _("Press “Open in my calendar” on this page, from the device itself."),
                _("Press Subscribe, then Done."),
                _("On a Mac, choose “Every 15 minutes” beside Auto-refresh."),
            ],
        ),
        (
            _("Google Calendar"),
            _("Google may take up to 24 hours to show a change."),
            [
                _("On a computer, open calendar.google.com: the phone app cannot add a link."),
                _("Beside “Other calendars”, press +, then “From URL”."),
                _("Paste the link, and press “Add calendar”."),
            ],
        ),
        (
            _("Outlook"),
            _("Outlook looks again every few hours."),
            [
                _("Open the calendar, then “Add calendar”."),
                _("Press “Subscribe from web”, and paste the link."),
                _("Give it a name, and press Import."),
            ],
        ),
        (
            _("Thunderbird"),
            _("Changes show within half an hour."),
            [
                _("File, New, Calendar, then “On the network”."),
                _("Choose iCalendar, without a user name, and paste the link."),
                _("Tick Read only, and finish."),
            ],
        ),
    ]


@bp.route("/parametres/agendas/liens/<int:link_id>/renouvellement", methods=["GET", "POST"])
@requires_fresh_proof
def renew(link_id: int) -> ResponseReturnValue:
    """Put a new secret in the place of one; the answer to the POST shows it."""
    actor = signed_in()
    link = get_link_for(actor, link_id)
    if request.method == "GET":
        return render_template("scheduling/renew_link.html", link=link)
    renewed = renew_link(actor, link)
    return _link_page(renewed, renewed.token, is_new=True)


@bp.route("/parametres/agendas/liens/<int:link_id>/revocation", methods=["GET", "POST"])
def revoke(link_id: int) -> ResponseReturnValue:
    actor = signed_in()
    link = get_link_for(actor, link_id)
    if request.method == "GET":
        return render_template("scheduling/revoke_link.html", link=link)
    revoke_link(actor, link)
    flash(_("The link “%(name)s” no longer opens anything.", name=link.name), "ok")
    return redirect(url_for("scheduling.agendas"))
