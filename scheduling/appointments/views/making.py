"""A caregiver makes an appointment: for whom, what and when, check, write."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import clock, paging, reading, tokens, wording
from core.errors import DomainError, NotFoundError
from core.forms import first_error
from core.web import signed_in
from patient.queries.lists import BY_NAME, cut, followed, named
from patient.queries.places import get_followed_enrolment_for
from scheduling.agendas.forms.fields import clock_text
from scheduling.agendas.queries.bookable import BookableService, get_service, list_services
from scheduling.agendas.queries.settings import get_type, list_agendas_of
from scheduling.agendas.vocabulary import mode_words
from scheduling.appointments.forms.keeping import CheckedForm, NewForm
from scheduling.appointments.operations.booking_for import book_for
from scheduling.appointments.queries.free import list_free_slots
from scheduling.appointments.queries.planning import Planned, plan
from scheduling.appointments.vocabulary import violation_words
from scheduling.blueprint import bp
from scheduling.time.recurrence import same_hours
from scheduling.time.slots import Window

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from patient.models import Enrolment

DAYS_OF_HOURS = 21
HOURS_SHOWN = 18


@bp.get("/agenda/nouveau")
def new() -> ResponseReturnValue:
    """Ask for whom, among one's own patients."""
    actor = signed_in()
    if not list_agendas_of(actor):
        raise NotFoundError
    search = request.args.get("q", "")
    query = followed(actor).order_by(*BY_NAME)
    condition = named(search)
    if condition is not None:
        query = query.where(condition)
    page = cut(query, paging.asked(request.args.get("page")))
    return render_template(
        "scheduling/new.html",
        page=page,
        alike=wording.alike((enrolment.id, enrolment.patient.name) for enrolment in page.items),
        search=search,
        when=_when(),
        debut=reading.instant(request.args.get("debut")),
        zone=actor.time_zone,
    )


@bp.route("/agenda/nouveau/<int:enrolment_id>", methods=["GET", "POST"])
def new_for(enrolment_id: int) -> ResponseReturnValue:
    """Ask what and when; what is typed is looked at before anything is written."""
    enrolment = get_followed_enrolment_for(signed_in(), enrolment_id)
    services = list_services(enrolment.id, signed_in().id, is_online=False)
    zone = enrolment.bubble.time_zone
    if request.method == "GET":
        form = NewForm(zone, services, formdata=None, data=_begin(zone, services))
        return _what_page(enrolment, services, form)
    form = NewForm(zone, services)
    if not form.validate():
        return _what_page(enrolment, services, form, status=422)
    starts_at = form.starts_at
    assert starts_at is not None  # noqa: S101  (validated)
    service = _service(enrolment, form.type.data)
    hours = same_hours(starts_at, zone, weeks=form.semaines.data or 1, times=form.times)
    return _check_page(enrolment, service, plan(service, hours), form)


@bp.post("/agenda/nouveau/<int:enrolment_id>/ecrire")
def write_new(enrolment_id: int) -> ResponseReturnValue:
    """Write what was checked: all of it, or nothing."""
    actor = signed_in()
    enrolment = get_followed_enrolment_for(actor, enrolment_id)
    form = CheckedForm()
    service = _service(enrolment, form.type.data)
    kind = get_type(service.type_id)
    if kind is None:
        raise NotFoundError
    hours = form.hours
    if not hours:
        return _check_again(enrolment, service, form, refusal=_("Choose one hour at least."))
    if not form.validate():
        return _check_again(enrolment, service, form, refusal=first_error(form))
    try:
        booked = book_for(
            actor,
            enrolment,
            consultation_type=kind,
            hours=hours,
            override=form.override,
            key=form.cle.data,
        )
    except NotFoundError:
        raise
    except DomainError as error:
        return _check_again(enrolment, service, form, refusal=str(error.message))
    flash(
        _("The appointment is made. The patient has been told by e-mail.")
        if len(hours) == 1
        else _(
            "%(num)d appointments are made. The patient has been told by e-mail.", num=len(hours)
        ),
        "ok",
    )
    return redirect(url_for("scheduling.kept", appointment_id=booked.id))


# ── The pages ─────────────────────────────────────────────────────────────────────────────────


def _what_page(
    enrolment: Enrolment, services: list[BookableService], form: NewForm, *, status: int = 200
) -> ResponseReturnValue:
    chosen = next((service for service in services if service.type_id == form.type.data), None)
    free: list[datetime] = []
    if chosen is not None or services:
        now = clock.now()
        window = Window(now, now + timedelta(days=DAYS_OF_HOURS))
        free = list_free_slots(chosen or services[0], window)[:HOURS_SHOWN]
    page = render_template(
        "scheduling/new_for.html",
        enrolment=enrolment,
        patient=enrolment.patient,
        zone=enrolment.bubble.time_zone,
        services=services,
        form=form,
        free=free,
        subs={
            service.type_id: f"{wording.duration(service.duration)}, {mode_words(service.mode)}"
            for service in services
        },
        when=_when(),
    )
    return page, status


def _check_page(
    enrolment: Enrolment,
    service: BookableService,
    planned: list[Planned],
    form: NewForm | CheckedForm,
    *,
    refusal: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    page = render_template(
        "scheduling/new_check.html",
        enrolment=enrolment,
        patient=enrolment.patient,
        zone=enrolment.bubble.time_zone,
        service=service,
        mode=mode_words(service.mode),
        planned=planned,
        needs_reason=any(hour.violations and not hour.is_taken for hour in planned),
        free_count=sum(hour.is_free for hour in planned),
        violation_words=violation_words,
        refusal=refusal,
        key=form.cle.data or tokens.new_token(),
        pourquoi=form.pourquoi.data or "",
    )
    return page, status


def _check_again(
    enrolment: Enrolment, service: BookableService, form: CheckedForm, *, refusal: str
) -> ResponseReturnValue:
    """Look anew at what was chosen: somebody may have been faster."""
    planned = plan(service, form.hours or [form.first_wanted])
    form.cle.data = tokens.new_token()
    return _check_page(enrolment, service, planned, form, refusal=refusal, status=409)


def _begin(zone: str, services: list[BookableService]) -> dict[str, Any]:
    """Start from the free moment that was pressed."""
    data: dict[str, Any] = {"cle": tokens.new_token()}
    if len(services) == 1:
        data["type"] = services[0].type_id
    debut = reading.instant(request.args.get("debut"))
    if debut is not None:
        local = wording.in_zone(debut, zone)
        data |= {
            "jour": f"{local:%d/%m/%Y}",
            "a": clock_text(local.hour * 60 + local.minute),
        }
    else:
        day = reading.day(request.args.get("jour"))
        data |= {"jour": f"{day:%d/%m/%Y}"} if day else {}
    return data


def _when() -> dict[str, str]:
    """Keep the free moment that was pressed from page to page."""
    names = ("debut", "jour", "agenda")
    return {name: request.args[name] for name in names if request.args.get(name)}


def _service(enrolment: Enrolment, type_id: int | None) -> BookableService:
    return get_service(enrolment.id, signed_in().id, type_id or 0, is_online=False)
