"""« Mes premiers pas »: the guides, page by page, and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import BadRequest

from core.errors import NotFoundError
from core.page_slots import Row, Tab
from core.web import signed_in
from home.forms import StepForm
from home.operations import answer_step
from home.queries.first_steps import GuideProgress, current_guide_of, list_guides_of
from home.views.blueprint import bp
from home.views.standing import standing
from home.vocabulary import GUIDES, Guide, Step, StepAnswer

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from security.models import User

TITLES = {
    Step.PROFILE: _l("Fill in your profile"),
    Step.AGENDAS: _l("Set your agendas"),
    Step.DOCUMENTS: _l("Add your administrative documents"),
    Step.SECURITY: _l("Protect your account"),
    Step.BUBBLES: _l("Discover your bubbles"),
    Step.INFORMATION: _l("Introduce your bubble"),
    Step.TEAM: _l("Invite your team"),
    Step.TYPES: _l("Set the consultation types"),
    Step.PATIENTS: _l("Invite the patients"),
}
SHORT_TITLES = {
    Step.PROFILE: _l("Profile"),
    Step.AGENDAS: _l("Agendas"),
    Step.DOCUMENTS: _l("Documents"),
    Step.SECURITY: _l("Security"),
    Step.BUBBLES: _l("Bubbles"),
    Step.INFORMATION: _l("General information"),
    Step.TEAM: _l("Team"),
    Step.TYPES: _l("Consultations"),
    Step.PATIENTS: _l("Patients"),
}
SUMMARIES = {
    Step.PROFILE: _l("What your patients and your colleagues see of you."),
    Step.AGENDAS: _l("Your hours, and your appointments in your own calendar."),
    Step.DOCUMENTS: _l("Identity, insurance, diplomas: a sharp photo is enough."),
    Step.SECURITY: _l("The code by e-mail is on already. Add your backup codes."),
    Step.BUBBLES: _l("The patients and the colleagues whom you will find there."),
    Step.INFORMATION: _l("Its name, what it does, where it is, how to reach it."),
    Step.TEAM: _l("A personal link for each caregiver, and what becomes of it."),
    Step.TYPES: _l("What patients can book: for how long, where, with whom."),
    Step.PATIENTS: _l("Each of them gets a personal link, and is followed by whom you name."),
}
ACTIONS = {
    Step.PROFILE: _l("Open my profile"),
    Step.AGENDAS: _l("Open my agendas"),
    Step.DOCUMENTS: _l("Open my documents"),
    Step.SECURITY: _l("Open the security settings"),
    Step.BUBBLES: _l("Open my bubbles"),
    Step.INFORMATION: _l("Open the information of the bubble"),
    Step.TEAM: _l("Invite a caregiver"),
    Step.TYPES: _l("Open the consultation types"),
    Step.PATIENTS: _l("Invite a patient"),
}
PAGES = {
    Step.PROFILE: "caregiver.profile",
    Step.AGENDAS: "scheduling.agendas",
    Step.DOCUMENTS: "caregiver.documents",
    Step.SECURITY: "security.settings",
    Step.BUBBLES: "bubbles.index",
    Step.INFORMATION: "bubbles.information",
    Step.TEAM: "bubbles.new_invitation",
    Step.TYPES: "scheduling.types",
    Step.PATIENTS: "bubbles.new_invitation",
}
WORDS = {
    "titles": TITLES,
    "short_titles": SHORT_TITLES,
    "summaries": SUMMARIES,
    "actions": ACTIONS,
}


@bp.get("/premiers-pas")
def first_steps() -> ResponseReturnValue:
    guide = _guide(Guide.CAREGIVER)
    if guide is None:
        is_admin = standing().is_admin
        return redirect(url_for("home.admin_first_steps" if is_admin else "home.start"))
    return _show(guide)


@bp.get("/premiers-pas/administration")
def admin_first_steps() -> ResponseReturnValue:
    return _show(_own_guide(Guide.ADMIN))


@bp.get("/premiers-pas/<slug>")
def first_step(slug: str) -> ResponseReturnValue:
    guide, step = _step(slug)
    number = guide.of(step).number
    steps = guide.steps
    return render_template(
        "home/first_steps/step.html",
        guide=guide,
        progress=guide.of(step),
        before=steps[number - 2] if number > 1 else None,
        after=steps[number] if number < len(steps) else None,
        url=page_url(guide, step),
        home_url=guide_url(guide),
        **WORDS,
    )


@bp.post("/premiers-pas/<slug>")
def answer_first_step(slug: str) -> ResponseReturnValue:
    guide, step = _step(slug)
    form = StepForm()
    if not form.validate():
        raise BadRequest
    actor = signed_in()
    answer_step(actor, actor, step=step, answer=form.answer.data)
    following = guide.after(step)
    if following is None:
        return redirect(guide_url(guide))
    return redirect(url_for("home.first_step", slug=following.step))


@bp.post("/premiers-pas/bienvenue")
def put_welcome_away() -> ResponseReturnValue:
    actor = signed_in()
    if not standing().is_staff:
        raise NotFoundError
    answer_step(actor, actor, step=Step.WELCOME, answer=StepAnswer.READ)
    return redirect(url_for("home.day"))


@bp.get("/premiers-pas/imprimer")
def print_first_steps() -> ResponseReturnValue:
    return _print(_own_guide(Guide.CAREGIVER))


@bp.get("/premiers-pas/administration/imprimer")
def print_admin_first_steps() -> ResponseReturnValue:
    return _print(_own_guide(Guide.ADMIN))


def _show(guide: GuideProgress) -> str:
    is_admin = guide.guide is Guide.ADMIN
    other = None if is_admin else _guide(Guide.ADMIN)
    paper = "home.print_admin_first_steps" if is_admin else "home.print_first_steps"
    return render_template(
        "home/first_steps/index.html",
        guide=guide,
        other=other,
        print_url=url_for(paper),
        has_skipped=any(progress.state == "skipped" for progress in guide.steps),
        **WORDS,
    )


def _print(guide: GuideProgress) -> str:
    return render_template(
        "home/first_steps/print.html", guide=guide, home_url=guide_url(guide), **WORDS
    )


def _guide(wanted: Guide) -> GuideProgress | None:
    guides = list_guides_of(signed_in(), standing())
    return next((guide for guide in guides if guide.guide is wanted), None)


def _own_guide(wanted: Guide) -> GuideProgress:
    guide = _guide(wanted)
    if guide is None:
        raise NotFoundError
    return guide


def _step(slug: str) -> tuple[GuideProgress, Step]:
    for wanted, steps in GUIDES.items():
        for step in steps:
            if step == slug:
                return _own_guide(wanted), step
    raise NotFoundError


def first_steps_left() -> dict[str, Any]:
    """Return what the card of the first steps needs, while there is something left of them."""
    guide = current_guide_of(signed_in(), standing())
    return {"guide": guide, "guide_home": guide_url(guide), **WORDS} if guide else {}


def guide_url(guide: GuideProgress) -> str:
    """Return the address of the whole guide."""
    is_admin = guide.guide is Guide.ADMIN
    return url_for("home.admin_first_steps" if is_admin else "home.first_steps")


def page_url(guide: GuideProgress, step: Step) -> str:
    """Return the address of the real page that a step is about."""
    if guide.guide is not Guide.ADMIN:
        return url_for(PAGES[step])
    return url_for(PAGES[step], bubble_id=guide.bubble_id)


def settings_entry(_actor: User) -> Tab | None:
    """Fill the slot « settings_menu », for whom a guide is written."""
    if not standing().is_staff:
        return None
    return Tab("premiers-pas", url_for("home.first_steps"), _("First steps"), "footprints", rank=90)


def settings_card(_actor: User) -> Row | None:
    """Fill the slot « settings_card »: the way back to the guide, whatever is left of it."""
    if not standing().is_staff:
        return None
    return Row(
        url=url_for("home.first_steps"),
        label=_("First steps"),
        text=_("The guide, step by step, also on paper"),
        icon="footprints",
        hue=6,
        rank=90,
    )
