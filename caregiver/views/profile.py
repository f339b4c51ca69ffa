"""« Mon profil »: photo, names, telephone and what patients read, behind one button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, flash, redirect, render_template, session, url_for
from flask_babel import gettext as _

from caregiver import queries
from caregiver.forms.profile import HINTS, ProfileForm, split_name
from caregiver.operations.profile import update_profile
from caregiver.views.blueprint import bp
from caregiver.vocabulary import LineKind
from core.body_limits import takes_files
from core.frame import frame
from core.web import signed_in
from security.operations.codes import channels_for
from security.operations.phone_proofs import keep_unproved_phone
from security.phones import show_phone
from uploads.operations import StoredBytes
from uploads.views.receiving import NOT_NOW, receive_portrait, say_why_not
from uploads.views.sending import send_picture

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from caregiver.models import Caregiver
    from core.authorization import Anonymous
    from security.models import User

CENTS = 100


@bp.route("/parametres/profil", methods=["GET", "POST"])
@takes_files
def profile() -> ResponseReturnValue:
    actor = signed_in()
    caregiver = queries.get_own_caregiver(actor)
    form = ProfileForm(**_values(actor, caregiver))
    if not form.is_submitted():
        return _page(form)
    if not _is_right(form):
        return _page(form), 422
    try:
        photo = _receive_photo(form)
        update_profile(
            actor,
            caregiver,
            face=form.face(),
            photo=photo,
            without_photo=bool(form.without_photo.data),
        )
    except NOT_NOW as error:
        status, headers = say_why_not(form, form.photo, error)
        return _page(form), status, headers
    return _leave(form)


@bp.get("/portraits/<int:user_id>")
def portrait(user_id: int) -> ResponseReturnValue:
    return send_picture(queries.get_portrait_for(signed_in(), user_id).file)


def portrait_url(portraits: dict[int, int], user_id: int) -> str | None:
    """Return the address of somebody's photo, if they have one; it changes with the photo."""
    if user_id not in portraits:
        return None
    return url_for("caregiver.portrait", user_id=user_id, v=portraits[user_id])


def my_photo(actor: User | Anonymous) -> str | None:
    """Return the address of the reader's own photo, for the head of each page."""
    if actor.id is None or frame().photo is None:
        return None
    return portrait_url({actor.id: frame().photo}, actor.id)


def _is_right(form: ProfileForm) -> bool:
    is_right = form.validate()
    if signed_in().phone and not form.phone.data:
        words = _("Write your number. To change it, put the new one in place of this one.")
        form.phone.errors = [words]
        form.keep_chosen()
        return False
    return bool(is_right)


def _receive_photo(form: ProfileForm) -> StoredBytes | None:
    upload = form.photo.data
    if not upload or not upload.filename:
        return None
    return receive_portrait(upload, box=form.crop)


def _leave(form: ProfileForm) -> ResponseReturnValue:
    """Confirm; a new number goes on to be proved, as it does from the account."""
    actor = signed_in()
    number = form.phone.number if form.phone.data else ""
    here = url_for("caregiver.profile")
    if not number or number == actor.phone:
        flash(_("Your profile is up to date."), "ok")
        return redirect(here)
    is_replaced = actor.phone_proved_at is not None
    if not is_replaced:
        keep_unproved_phone(actor, actor, number=number)
    if not is_replaced and not channels_for(number):
        flash(_("Your profile is up to date. No code can reach this number: it stays unverified."))
        return redirect(here)
    session["phone_typed"] = number
    flash(_("Your profile is up to date. One thing is left: prove your new number."), "ok")
    return redirect(url_for("security.phone", suite=here))


def _page(form: ProfileForm) -> str:
    form.add_spare_lines()
    actor = signed_in()
    security = current_app.config["ALVEOLE"].security
    return render_template(
        "caregiver/profile.html",
        form=form,
        photo=my_photo(actor),
        hints=HINTS,
        self_service_email=security.self_service_email_change,
    )


def _values(actor: User, caregiver: Caregiver) -> dict[str, Any]:
    title, given_name, family_name = split_name(actor.display_name)
    if caregiver.family_name is not None:
        title, given_name = caregiver.title or "", caregiver.given_name or ""
        family_name = caregiver.family_name
    values: dict[str, Any] = {
        "title": title,
        "given_name": given_name,
        "family_name": family_name,
        "phone": show_phone(actor.phone) if actor.phone else "",
        "profession": caregiver.profession,
        "career": _lines(caregiver, LineKind.CAREER),
        "diplomas": _lines(caregiver, LineKind.DIPLOMA),
        "fees": _lines(caregiver, LineKind.FEE),
    }
    presentation = caregiver.presentation
    if presentation is not None:
        values |= {
            "about": presentation.about,
            "acts": "\n".join(presentation.acts),
            "languages": ", ".join(presentation.languages),
            "payment": presentation.payment,
            "sector": presentation.sector or "",
        }
    return values


def _lines(caregiver: Caregiver, kind: LineKind) -> list[dict[str, str]]:
    return [
        {"period": line.period, "words": line.words, "price": _euros(line.cents)}
        for line in caregiver.lines
        if line.kind is kind
    ]


def _euros(cents: int | None) -> str:
    if cents is None:
        return ""
    whole, rest = divmod(cents, CENTS)
    return f"{whole},{rest:02}" if rest else str(whole)
