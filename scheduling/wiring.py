"""Plug scheduling into the application."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from bubbles.events import CaregiverJoined, CaregiverLeft, MemberRemoved, TimeZoneChanged
from core import outbox
from core.authorization import register_rules
from core.events import subscribe
from core.page_slots import fill
from patient.events import AssignmentEnded, EnrolmentEnded
from scheduling import subscribers
from scheduling.cli import missing_guard
from scheduling.emails import texts
from scheduling.emails import waiting as waiting_mails
from scheduling.operations import booking as drafts
from scheduling.operations import (
    calls,
    feeds,
    freeing,
    place_clock,
    reminding,
    waiting_offers,
    waiting_texts,
)
from scheduling.policy import RULES
from scheduling.views import (
    absences,
    agenda,
    agendas,
    answers,
    appointments,
    booking,
    booking_check,
    booking_hours,
    endings,
    feed,
    hours,
    keeping,
    links,
    making,
    message_links,
    questions,
    reminders,
    replanning,
    sheet_section,
    types,
    waiting,
)
from scheduling.views import place_clock as place_clock_view
from scheduling.views.blueprint import bp
from scheduling.vocabulary import FILTERS

PAGES = (
    absences,
    agenda,
    agendas,
    answers,
    appointments,
    booking,
    booking_check,
    booking_hours,
    feed,
    hours,
    links,
    keeping,
    making,
    message_links,
    questions,
    reminders,
    replanning,
    types,
    waiting,
)
"""Their import puts their addresses on the blueprint."""
A_MINUTE = timedelta(minutes=1)
REMINDERS, EVERY = "reminders", timedelta(minutes=5)
SILENCE, UNHEARD = "silent_calendar_links", "unheard_notices"


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    app.register_blueprint(bp)
    app.jinja_env.filters.update(FILTERS)
    register_rules(RULES)
    outbox.register_handler(drafts.FORGET, drafts.forget_old_drafts)
    outbox.register_handler(freeing.KIND, waiting_offers.ask_everybody)
    outbox.register_handler(waiting_mails.TEXT, waiting_texts.send_text)
    outbox.register_regular(freeing.KIND, A_MINUTE)
    outbox.register_regular(drafts.FORGET)
    subscribe(CaregiverJoined, subscribers.give_an_agenda)
    subscribe(AssignmentEnded, subscribers.release_with_caregiver)
    subscribe(EnrolmentEnded, subscribers.release_everything)
    subscribe(MemberRemoved, subscribers.close_their_agenda)
    subscribe(CaregiverLeft, subscribers.close_their_agenda)
    subscribe(TimeZoneChanged, place_clock.follow_the_place)
    outbox.register_handler(place_clock.KIND, place_clock.tell_later)
    fill("time_zone_change", place_clock_view.impact)
    fill("membership_ending", endings.cancelled_appointments)
    fill("start_problem", missing_guard)
    fill("nav_tab", appointments.appointments_tab)
    fill("nav_tab", agenda.agenda_tab)
    fill("sheet_section", sheet_section.answers_section)
    fill("page_notice", appointments.hold_notice)
    fill("page_notice", waiting.offer_notice)
    fill("settings_menu", agendas.settings_tab)
    fill("settings_card", agendas.settings_card)
    fill("bubble_tab", types.types_tab)
    fill("attention", replanning.attention)
    fill("attention", replanning.calls_attention)
    fill("account_row", reminders.reminders_row)
    outbox.register_handler(texts.KIND, reminding.send_text)
    outbox.register_handler(REMINDERS, reminding.remind_everybody)
    outbox.register_regular(REMINDERS, EVERY)
    outbox.register_handler(SILENCE, feeds.look_for_silence)
    outbox.register_regular(SILENCE)
    outbox.register_handler(UNHEARD, calls.look_for_unheard)
    outbox.register_regular(UNHEARD, timedelta(hours=1))
