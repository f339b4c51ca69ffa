"""How many statements a page may cost: counted for everybody, on every page that is read.

The frame costs two (who is there, what stands around), a page four more. ``DEARER`` are those that
cost more still: their number may only fall, and whoever makes one cheaper lowers it.
"""

from __future__ import annotations

import pytest

from tests.core.hostile import ASKED, ROLES, Doors

FRAME, PAGE = 2, 4
DEARER = {
    "bubbles.change_role": 8,
    "bubbles.close": 9,
    "bubbles.edit": 7,
    "bubbles.index": 10,
    "bubbles.information": 9,
    "bubbles.invitations": 11,
    "bubbles.link": 8,
    "bubbles.logo": 7,
    "bubbles.many": 8,
    "bubbles.member": 8,
    "bubbles.new": 7,
    "bubbles.new_invitation": 8,
    "bubbles.remove": 11,
    "bubbles.revoke": 8,
    "bubbles.sheet": 8,
    "caregiver.delete": 8,
    "caregiver.document": 10,
    "caregiver.documents": 10,
    "caregiver.expiry": 8,
    "caregiver.members": 10,
    "caregiver.paper": 30,
    "caregiver.papers": 12,
    "caregiver.replace": 8,
    "home.caregiver": 12,
    "home.day": 20,
    "home.my_care": 11,
    "home.patients": 10,
    "home.settings": 15,
    "home.sheet": 30,
    "home.start": 11,
    "home.visits": 11,
    "messaging.direct": 15,
    "messaging.index": 7,
    "messaging.show": 26,
    "messaging.write": 8,
    "patient.accesses": 9,
    "patient.bubble_patients": 15,
    "patient.choose_patients": 9,
    "patient.correct_note": 12,
    "patient.followers": 8,
    "patient.notes": 25,
    "patient.relative": 7,
    "patient.removal": 7,
    "patient.shown_notes": 9,
    "scheduling.absences": 7,
    "scheduling.agendas": 11,
    "scheduling.answer_questions": 10,
    "scheduling.appointments": 9,
    "scheduling.cancel": 7,
    "scheduling.change_hour": 12,
    "scheduling.choose_patient": 10,
    "scheduling.confirm": 7,
    "scheduling.edit": 10,
    "scheduling.hours": 7,
    "scheduling.link": 8,
    "scheduling.move_kept": 9,
    "scheduling.new_question": 8,
    "scheduling.new_type": 9,
    "scheduling.preview": 10,
    "scheduling.question": 9,
    "scheduling.questions": 9,
    "scheduling.remove": 8,
    "scheduling.replan": 7,
    "scheduling.replan_one": 14,
    "scheduling.show": 11,
    "scheduling.special_hours": 8,
    "scheduling.types": 11,
    "scheduling.waiting_entry": 8,
    "scheduling.waiting_list": 8,
    "security.authenticator": 8,
    "security.backup_codes": 8,
    "security.email": 7,
    "security.new_passkey": 7,
    "security.passkeys": 10,
    "security.pending_reset": 8,
    "security.settings": 11,
}
OTHERWISE = {"home.account": 7}
"""Budgets of their own: the account page asks every package."""


@pytest.fixture
def costs(app, sign_in, count_queries):
    """Return what each page cost at most, of those who may see it."""
    doors, costs = Doors(app, sign_in), {}
    for role in ROLES:
        browser = doors.open(role)
        for rule in doors.rules("GET"):
            query = {name: doors.answers()[name] for name in ASKED.get(rule.endpoint, ())}
            with (
                count_queries() as count,
                browser.get(doors.path(rule), query_string=query) as answer,
            ):
                is_page = answer.status_code == 200 and answer.mimetype == "text/html"
            if is_page:
                asked = [one for one in count.statements if not one.startswith("BEGIN")]
                costs[rule.endpoint] = max(costs.get(rule.endpoint, 0), len(asked))
    return costs


@pytest.mark.both_databases
def test_no_page_costs_more_than_it_may(costs, database):
    assert len(costs) > 100
    allowed = dict.fromkeys(costs, FRAME + PAGE) | DEARER | OTHERWISE
    dear = {endpoint: cost for endpoint, cost in costs.items() if cost > allowed[endpoint]}
    assert dear == {}
