"""How somebody is reminded of appointments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from core import sms
from core.frame import account_facts
from core.page_slots import Row
from core.web import signed_in
from scheduling.blueprint import bp
from scheduling.notices.forms import RemindersForm
from scheduling.notices.operations.reminders import choose_reminders
from scheduling.notices.queries.reminders import map_preferences

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from security.models import User


@bp.route("/compte/rappels", methods=["GET", "POST"])
def reminders() -> ResponseReturnValue:
    actor = signed_in()
    form = RemindersForm(obj=map_preferences([actor.id])[actor.id])
    if not form.validate_on_submit():
        has_phone = bool(actor.phone_proved_at) and sms.can_text()
        page = render_template("scheduling/reminders.html", form=form, has_phone=has_phone)
        return page, 422 if form.errors else 200
    choose_reminders(actor, actor, by_email=form.by_email.data, by_sms=form.by_sms.data)
    flash(_("Your choice is saved."), "ok")
    return redirect(url_for("home.account"))


def reminders_row(_actor: User) -> Row | None:
    """Fill the slot « account_row », for who is cared for or acts for somebody."""
    if not account_facts().acts_for_anybody:
        return None
    return Row(
        url=url_for("scheduling.reminders"),
        label=_("Reminders of appointments"),
        text=_("By e-mail, by text message"),
        icon="bell",
        hue=2,
        state="" if account_facts().is_reminded else _("Switched off"),
        section="confidentialite",
        rank=30,
    )
