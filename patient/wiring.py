"""Plug patient into the application."""

from __future__ import annotations

from flask import Flask

from bubbles.events import (
    BubbleClosed,
    CaregiverLeft,
    InvitationAccepted,
    InvitationWanted,
    MemberRemoved,
)
from core import outbox
from core.authorization import register_rules
from core.events import subscribe
from core.frame import account_facts
from core.page_slots import fill
from patient import subscribers
from patient.operations import closing
from patient.policy import RULES
from patient.queries.meeting import meets_staff
from patient.queries.places import HAS_WHOLE_PROFILE, IS_CARED_FOR, administers_enrolment_of
from patient.queries.relatives import ACTS_FOR_ANYBODY
from patient.views import assign, bubble, endings, identity, notes, record, relatives
from patient.views.blueprint import bp

PAGES = (assign, bubble, identity, notes, record, relatives)
"""Their import puts their addresses on the blueprint."""


def init_app(app: Flask) -> None:
    """Register what this package offers."""
    app.register_blueprint(bp)
    app.jinja_env.filters["followed_by"] = bubble.followed_by
    register_rules(RULES)
    subscribe(InvitationWanted, subscribers.refuse_known_patient)
    subscribe(InvitationAccepted, subscribers.enrol_invited_patient)
    subscribe(MemberRemoved, subscribers.stop_following)
    subscribe(CaregiverLeft, subscribers.stop_following)
    subscribe(BubbleClosed, subscribers.end_enrolments_of_bubble)
    outbox.register_handler(closing.KIND, closing.tell_of_endings)
    fill("meets", meets_staff)
    fill("may_vouch", administers_enrolment_of)
    fill("membership_ending", endings.ended_care)
    fill("bubble_reader", endings.is_cared_for_in)
    fill("acceptance", identity.acceptance_url)
    fill("bubble_tab", bubble.patients_tab)
    account_facts.ask("is_cared_for", IS_CARED_FOR)
    account_facts.ask("has_whole_profile", HAS_WHOLE_PROFILE)
    account_facts.ask("acts_for_anybody", ACTS_FOR_ANYBODY)
    fill("account_row", identity.profile_row)
    fill("account_row", record.accesses_row)
    fill("account_row", record.shown_notes_row)
