"""What a person reads and sets about their own account: data information, preferences, journal."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from core import legal, reading, sms
from core.web import signed_in
from security import sessions
from security.forms.account import PreferencesForm
from security.forms.fields import SuiteForm
from security.operations.account import acknowledge, set_preferences
from security.operations.sessions import end_other_sessions
from security.queries import PAGE, list_security_events_of
from security.views.blueprint import bp
from security.vocabulary import Consent


@bp.route("/inscription/vos-donnees", methods=["GET", "POST"])
def data_information() -> ResponseReturnValue:
    """Show once what is kept about the person, and keep that they read it."""
    suite = SuiteForm().suite.data
    text = legal.read(legal.DATA, current_app.config["ALVEOLE"].instance)
    if request.method == "GET":
        return render_template("security/data_information.html", text=text, suite=suite or "")
    actor = signed_in()
    acknowledge(
        actor,
        actor,
        purpose=Consent.DATA_INFORMATION,
        version=text.version,
        digest=text.digest,
    )
    return redirect(_after_sign_up(suite))


def _after_sign_up(suite: str | None) -> str:
    """Propose to prove a telephone, where text messages can be sent."""
    if sms.can_text() or sms.can_call():
        return url_for("security.phone", suite=suite, inscription=1)
    return suite or url_for("home.start")


@bp.route("/compte/preferences", methods=["GET", "POST"])
def preferences() -> ResponseReturnValue:
    actor = signed_in()
    form = PreferencesForm(locale=actor.locale, time_zone=actor.time_zone)
    if request.method == "GET":
        return render_template("security/preferences.html", form=form)
    if not form.validate():
        return render_template("security/preferences.html", form=form), 422
    chosen = form.locale.data
    set_preferences(actor, actor, locale=chosen, time_zone=form.time_zone.data)
    with force_locale(chosen):
        flash(_("Your preferences are saved."), "ok")
    return redirect(url_for("security.preferences"))


@bp.get("/compte/double-authentification")
def two_steps_explained() -> ResponseReturnValue:
    return render_template("security/two_steps_explained.html")


@bp.get("/compte/connexions")
def journal() -> ResponseReturnValue:
    """« Qui s'est connecté »."""
    before = reading.row_id(request.args.get("avant")) or None
    events = list_security_events_of(signed_in(), before)
    shown = events[:PAGE]
    older = shown[-1].id if len(events) > PAGE else None
    return render_template("security/journal.html", events=shown, older=older, is_old=bool(before))


@bp.post("/compte/connexions/ce-n-est-pas-moi")
def report_unknown_sign_in() -> ResponseReturnValue:
    """Sign out everybody else, then ask for a new password."""
    actor = signed_in()
    end_other_sessions(actor, actor, keep=sessions.current_session_id())
    flash(
        _("Every other device is signed out. Now choose a new password: it closes the door."),
        "warn",
    )
    return redirect(url_for("security.settings", _anchor="mot-de-passe"))
