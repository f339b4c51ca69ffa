"""Creating an account from an invitation: its address is known, so it is never typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from core import sms
from core.authorization import INSTANCE
from core.errors import TooManyRequestsError
from core.page_slots import filled
from core.web import current_actor, public
from security.addresses import network_of
from security.forms.sign_up import SignUpNameForm
from security.operations.codes import is_locked
from security.operations.invited_sign_up import start_invited_sign_up
from security.queries import find_sign_up
from security.views.blueprint import bp
from security.views.sign_up_page import begin_again, sign_up_page
from security.views.waiting import too_many_words
from security.vocabulary import AwaitedPerson

if TYPE_CHECKING:
    from security.models import SignUp


def begin_invited(email: str, *, suite: str) -> ResponseReturnValue:
    """Mail a code to the invited address and lead to the page that asks for it.

    Pressed again in the same browser, it goes on where it was.
    """
    pending = find_sign_up(session.get("sign_up"))
    if pending is not None and _goes_on(pending, email):
        session["suite"] = suite
        return redirect(next_step(pending))
    locale = get_locale()
    try:
        token = start_invited_sign_up(
            current_actor(),
            INSTANCE,
            email=email,
            suite=suite,
            locale=locale.language if locale else "fr",
            network=network_of(request.remote_addr),
        )
    except TooManyRequestsError as error:
        flash(too_many_words(error), "warn")
        return redirect(suite)
    session.clear()
    session.update(sign_up=token, suite=suite)
    return redirect(url_for("security.prove_address"))


def _goes_on(pending: SignUp, email: str) -> bool:
    """Say whether this is the same address still, with a code left to try."""
    has_tries = pending.proved_at is not None or not is_locked(pending)
    return bool(pending.is_address_first and pending.email == email and has_tries)


def next_step(pending: SignUp) -> str:
    """Return the page of what is still missing."""
    if pending.proved_at is None:
        return url_for("security.prove_address")
    return url_for("security.invited_name")


@bp.route("/inscription/nom", methods=["GET", "POST"])
@public
def invited_name() -> ResponseReturnValue:
    """Ask how others will call this person; what the invitation knows is filled in."""
    pending = find_sign_up(session.get("sign_up"))
    if pending is None or not pending.is_address_first:
        return begin_again()
    if pending.proved_at is None:
        return redirect(url_for("security.prove_address"))
    form = SignUpNameForm()
    if request.method == "GET":
        person = awaited_at(session.get("suite"))
        if person is None or person.email != pending.email:
            person = AwaitedPerson(pending.email)
        form.given_name.data = session.get("given_name") or person.given_name
        form.family_name.data = session.get("family_name") or person.family_name
        return sign_up_page("name", form, invited=True)
    if not form.validate():
        return sign_up_page("name", form, status=422, invited=True)
    session.update(given_name=form.given_name.data, family_name=form.family_name.data)
    return redirect(url_for("security.sign_up_password"))


def awaited_at(suite: str | None) -> AwaitedPerson | None:
    """Return whom the page that one comes from was meant for: a package above knows."""
    awaited: list[AwaitedPerson] = filled("address_awaited", suite or "")
    return awaited[0] if awaited else None


def sign_up_steps(suite: str | None = None) -> list[tuple[str, str]]:
    """Return every step there is, what comes after the account included; for templates."""
    person = awaited_at(suite or session.get("suite"))
    name, password, code = ("name", _("Name")), ("password", _("Password")), ("code", _("Code"))
    terms, data = ("terms", _("Terms")), ("data", _("Your data"))
    first = [name, ("address", _("Address")), password, terms, code, data]
    if person is not None:
        first = [code, name, password, terms, data]
    phone = [("phone", _("Phone"))] if sms.can_text() or sms.can_call() else []
    then = person.then if person else ()
    return [*first, *phone, *((f"then-{at}", label) for at, label in enumerate(then))]
