"""Plug scheduling into the application."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from bubbles.events import (
    BubbleClosed,
    CaregiverJoined,
    CaregiverLeft,
    MemberRemoved,
    TimeZoneChanged,
)
from core import outbox
from core.authorization import register_rules
from core.events import subscribe
from core.frame import account_facts, frame
from core.mail import Mail, register_on_dead
from core.page_slots import fill
from patient.events import AssignmentEnded, AssignmentsStarted, EnrolmentEnded, PatientRenamed
from scheduling import subscribers
from scheduling.agendas import policy as agendas_policy
from scheduling.agendas import vocabulary as agendas_words
from scheduling.agendas.events import AbsenceRemoved
from scheduling.agendas.queries.settings import HAS_AGENDA
from scheduling.agendas.views import absences, hours, questions, types
from scheduling.appointments import policy as appointments_policy
from scheduling.appointments import vocabulary as appointments_words
from scheduling.appointments.events import AppointmentsChanged
from scheduling.appointments.queries import acts
from scheduling.appointments.queries.appointments import HAS_HOLD
from scheduling.appointments.views import agenda, endings, keeping, making
from scheduling.blueprint import bp
from scheduling.booking import policy as booking_policy
from scheduling.booking.queries import HAS_QUESTIONS
from scheduling.booking.views import (
    answers,
    appointments,
    booking,
    booking_check,
    booking_hours,
    sheet_section,
)
from scheduling.calendars import operations as feeds
from scheduling.calendars import policy as calendars_policy
from scheduling.calendars import subscribers as calendars
from scheduling.calendars.queries.links import HAS_FEED
from scheduling.calendars.views import agendas, calendar_file, feed, links
from scheduling.cli import missing_guard
from scheduling.notices import policy as notices_policy
from scheduling.notices import subscribers as notices
from scheduling.notices import text_messages
from scheduling.notices.emails import appointments as appointment_mails
from scheduling.notices.emails import zone_change as zone_mails
from scheduling.notices.operations import calls
from scheduling.notices.operations import sending as reminding
from scheduling.notices.queries.recipients import ACCOUNT_IDS
from scheduling.notices.queries.reminders import IS_REMINDED
from scheduling.notices.views import message_links, reminders
from scheduling.replanning import policy as replanning_policy
from scheduling.replanning import queries as replanning_queries
from scheduling.replanning import subscribers as replanning_subscribers
from scheduling.replanning import views as replanning
from scheduling.replanning.events import HourProposed, ProposalAnswered
from scheduling.waiting_list import policy as waiting_list_policy
from scheduling.waiting_list import queries as waiting_queries
from scheduling.waiting_list import subscribers as waiting_list
from scheduling.waiting_list import views as waiting
from scheduling.waiting_list.events import HourOffered
from scheduling.waiting_list.operations import freed_hours as freeing
from scheduling.waiting_list.operations import offers as waiting_offers
from scheduling.waiting_list.queries import HAS_OFFER, IS_WAITED_FOR
from scheduling.zone_change import views as place_clock_view
from scheduling.zone_change.events import HoursFollowedZone
from scheduling.zone_change.operations import following as place_clock

PAGES = (
    absences,
    agenda,
    agendas,
    answers,
    appointments,
    booking,
    booking_check,
    booking_hours,
    calendar_file,
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
WORDS = (agendas_words.FILTERS, appointments_words.FILTERS)
RIGHTS = (
    agendas_policy,
    appointments_policy,
    booking_policy,
    waiting_list_policy,
    replanning_policy,
    calendars_policy,
    notices_policy,
)
AFTER_APPOINTMENTS = (
    calendars.follow_appointments,
    waiting_list.follow_appointments,
    replanning_subscribers.follow_appointments,
    notices.tell_of_appointments,
)
"""What follows from ``AppointmentsChanged``, in this order: messages come last."""
A_MINUTE = timedelta(minutes=1)
REMINDERS, EVERY = "reminders", timedelta(minutes=5)
SILENCE = "silent_calendar_links"
CALLED_INSTEAD: tuple[Mail[...], ...] = (
    appointment_mails.moved,
    appointment_mails.cancelled,
    zone_mails.clock_changed,
)
"""Mails whose reader would come in vain: when one never leaves, somebody telephones."""


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    app.register_blueprint(bp)
    for words in WORDS:
        app.jinja_env.filters.update(words)
    for rights in RIGHTS:
        register_rules(rights.RULES)
    _listen()
    _fill_pages()
    _let_messages_leave()


def _listen() -> None:
    """Say who follows what, in order."""
    subscribe(CaregiverJoined, subscribers.give_an_agenda)
    subscribe(AssignmentEnded, subscribers.release_with_caregiver)
    subscribe(EnrolmentEnded, subscribers.release_everything)
    subscribe(AssignmentsStarted, calendars.name_followed)
    subscribe(AssignmentEnded, calendars.hide_name)
    subscribe(PatientRenamed, calendars.correct_name)
    subscribe(BubbleClosed, calendars.hide_every_name)
    subscribe(MemberRemoved, subscribers.close_their_agenda)
    subscribe(CaregiverLeft, subscribers.close_their_agenda)
    subscribe(TimeZoneChanged, place_clock.follow_the_place)
    for follow in AFTER_APPOINTMENTS:
        subscribe(AppointmentsChanged, follow)
    subscribe(AbsenceRemoved, waiting_list.follow_absences)
    subscribe(HourProposed, notices.ask_about_proposal)
    subscribe(ProposalAnswered, notices.tell_answer)
    subscribe(HourOffered, notices.ask_about_offer)
    subscribe(HoursFollowedZone, notices.tell_of_zone)


def _fill_pages() -> None:
    """Show on the pages of others, and on those of lower parts, what is known here."""
    frame.ask("has_agenda", HAS_AGENDA)
    frame.ask("has_hold", HAS_HOLD)
    frame.ask("has_offer", HAS_OFFER)
    account_facts.ask("is_reminded", IS_REMINDED)
    acts.ask("has_questions", HAS_QUESTIONS)
    acts.ask("has_feed", HAS_FEED)
    acts.ask("is_waited_for", IS_WAITED_FOR)
    acts.ask("is_proposed", replanning_queries.IS_PROPOSED)
    acts.ask("account_ids", ACCOUNT_IDS)
    fill("time_zone_change", place_clock_view.impact)
    fill("membership_ending", endings.cancelled_appointments)
    fill("start_problem", missing_guard)
    fill("nav_tab", appointments.appointments_tab)
    fill("nav_tab", agenda.agenda_tab)
    fill("sheet_section", sheet_section.answers_section)
    fill("open_proposal", replanning_queries.find_open_proposal)
    fill("absence_hits", replanning_queries.count_hit)
    fill("waiting_for", waiting_queries.count_entries_of)
    fill("page_notice", appointments.hold_notice)
    fill("page_notice", waiting.offer_notice)
    fill("settings_menu", agendas.settings_tab)
    fill("settings_card", agendas.settings_card)
    fill("bubble_tab", types.types_tab)
    fill("attention", replanning.attention)
    fill("attention", replanning.calls_attention)
    fill("account_row", reminders.reminders_row)


def _let_messages_leave() -> None:
    """Say who sends what leaves, and what is due again and again."""
    outbox.register_handler(freeing.KIND, waiting_offers.ask_everybody)
    outbox.register_regular(freeing.KIND, A_MINUTE)
    outbox.register_handler(text_messages.ABOUT_OFFER, reminding.send_text_about_offer)
    outbox.register_handler(text_messages.ABOUT_APPOINTMENT, reminding.send_text)
    outbox.register_handler(REMINDERS, reminding.remind_everybody)
    outbox.register_regular(REMINDERS, EVERY)
    outbox.register_handler(SILENCE, feeds.look_for_silence)
    outbox.register_regular(SILENCE)
    for mail in CALLED_INSTEAD:
        register_on_dead(mail, calls.call_instead)
