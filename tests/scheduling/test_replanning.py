"""An absence is entered: each appointment that it hits is settled, and none is silently lost."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from core import clock
from core.database import db
from core.errors import ForbiddenError, NotFoundError
from core.transaction import transaction
from patient.models import CareAssignment
from scheduling.agendas.errors import NotBookableError
from scheduling.agendas.models import Absence
from scheduling.agendas.vocabulary import AbsenceKind
from scheduling.appointments.errors import SlotTakenError
from scheduling.appointments.models import Appointment, CallTask
from scheduling.appointments.operations.calls import finish_call
from scheduling.appointments.operations.changing import cancel_appointment, move_appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from scheduling.replanning.errors import ProposalEndedError
from scheduling.replanning.models import HourProposal
from scheduling.replanning.operations import (
    answer_proposal,
    ask_to_call,
    hand_over,
    keep_anyway,
    propose_hour,
)
from scheduling.replanning.queries import list_calls_for, list_hits, next_unsettled
from scheduling.replanning.vocabulary import HitState
from tests import factories as make

pytestmark = pytest.mark.both_databases


@pytest.fixture
def absence(cast, at):
    """Bob is away on Tuesday."""
    with transaction():
        row = Absence(
            user_id=cast.bob.id,
            kind=AbsenceKind.ABSENCE,
            starts_at=at("2026-11-24 00:00"),
            ends_at=at("2026-11-25 00:00"),
            created_at=clock.now(),
        )
        db.session.add(row)
    return row


@pytest.fixture
def booked(cast, book):
    """Two on Tuesday, one on Wednesday: made before the absence."""
    return [book(when) for when in ("2026-11-24 09:00", "2026-11-24 10:00", "2026-11-25 09:00")]


@pytest.fixture
def colleague(cast):
    """Chloé gives the same consultation, and follows Jeanne too."""
    with transaction():
        cast.type.caregivers = [cast.bob, cast.chloe]
        agenda = db.session.query(type(cast.agenda)).filter_by(user_id=cast.chloe.id).one()
        make.hours(agenda, 1, time(9), time(12))
        db.session.add(
            CareAssignment(enrolment_id=cast.enrolment.id, user_id=cast.chloe.id, since=clock.now())
        )
    return cast.chloe


def states(absence) -> list[HitState]:
    db.session.rollback()
    db.session.expire_all()
    return [hit.state for hit in list_hits(absence)]


def test_only_what_it_hits_is_listed_and_nothing_is_cancelled(
    cast, booked, absence, outbox, database
):
    before = len(outbox.mails())
    assert states(absence) == [HitState.OPEN, HitState.OPEN]
    left = next_unsettled(cast.bob)
    assert left is not None
    assert (left[0].id, *left[1:]) == (absence.id, 0, 2)
    assert [one.status for one in booked] == [AppointmentStatus.BOOKED] * 3
    assert len(outbox.mails()) == before


def test_a_colleague_takes_one_over(cast, booked, absence, colleague, at, reload, outbox, database):
    old = booked[0]
    made = hand_over(
        cast.bob, old, colleague=colleague, starts_at=at("2026-11-24 09:00"), absence=absence
    )
    old, made = reload(old), reload(made)
    assert (old.status, old.sequence) == (AppointmentStatus.CANCELLED, 1)
    assert (made.status, made.caregiver_id) == (AppointmentStatus.BOOKED, cast.chloe.id)
    assert made.uid != old.uid
    assert states(absence) == [HitState.COLLEAGUE, HitState.OPEN]
    assert outbox.one(to=cast.chloe).subject == "Un nouveau rendez-vous a été pris" or (
        "rendez-vous" in outbox.one(to=cast.chloe).subject
    )
    assert "Chloé Lefèvre" in outbox.one(to=cast.jeanne).text


def test_a_colleagues_hour_is_theirs(cast, booked, absence, colleague, at, reload, database):
    hand_over(cast.bob, booked[0], colleague=colleague, starts_at=at("2026-11-24 09:00"))
    with pytest.raises(SlotTakenError):
        hand_over(cast.bob, booked[1], colleague=colleague, starts_at=at("2026-11-24 09:00"))
    assert reload(booked[1]).status is AppointmentStatus.BOOKED


def test_who_does_not_follow_the_patient_cannot_take_over(cast, booked, at, database):
    with transaction():
        cast.type.caregivers = [cast.bob, cast.chloe]
    with pytest.raises(NotBookableError):
        hand_over(cast.bob, booked[0], colleague=cast.chloe, starts_at=at("2026-11-24 09:00"))


def test_a_proposed_hour_is_kept_and_the_old_one_stands_until_it_is_accepted(
    cast, booked, absence, hold, at, reload, outbox, sign_in, page, database
):
    old = booked[0]
    proposal = propose_hour(cast.bob, old, starts_at=at("2026-11-26 09:00"), absence=absence)
    proposal_id = proposal.id
    assert reload(old).starts_at == at("2026-11-24 09:00")
    assert states(absence) == [HitState.WAITING, HitState.OPEN]
    with pytest.raises(SlotTakenError):
        hold("2026-11-26 09:00")
    path = outbox.one(to=cast.jeanne).link("/propositions/")
    jeanne = sign_in(cast.jeanne)
    shown = page(jeanne.get(path))
    assert "jeudi 26 novembre" in shown.text.lower()
    assert reload(old).sequence == 0
    jeanne.post(path, data={"reponse": "oui"})
    moved = reload(old)
    assert (moved.starts_at, moved.sequence) == (at("2026-11-26 09:00"), 1)
    assert states(absence) == [HitState.OPEN, HitState.MOVED]
    assert "acceptée" in outbox.one(to=cast.bob).subject
    with pytest.raises(ProposalEndedError):
        answer_proposal(cast.jeanne, db.session.get(HourProposal, proposal_id), accepts=False)


def test_a_refused_hour_is_free_again_and_everything_stays(
    cast, booked, absence, hold, at, reload, outbox, database
):
    proposal = propose_hour(cast.bob, booked[0], starts_at=at("2026-11-26 09:00"), absence=absence)
    answer_proposal(cast.jeanne, proposal, accepts=False)
    assert reload(booked[0]).starts_at == at("2026-11-24 09:00")
    assert states(absence) == [HitState.REFUSED, HitState.OPEN]
    assert hold("2026-11-26 09:00").status is AppointmentStatus.HELD
    assert "refusée" in outbox.one(to=cast.bob).subject


def test_without_an_answer_the_hour_is_free_and_the_appointment_stays(
    cast, booked, absence, hold, at, travel_to, reload, database
):
    proposal = propose_hour(cast.bob, booked[0], starts_at=at("2026-11-26 09:00"), absence=absence)
    travel_to(proposal.expires_at)
    assert states(absence) == [HitState.UNANSWERED, HitState.OPEN]
    with pytest.raises(ProposalEndedError):
        answer_proposal(cast.jeanne, proposal, accepts=True)
    assert hold("2026-11-26 09:00").status is AppointmentStatus.HELD
    assert reload(booked[0]).status is AppointmentStatus.BOOKED


def test_a_new_proposal_takes_the_place_of_the_former(cast, booked, absence, hold, at, database):
    first = propose_hour(cast.bob, booked[0], starts_at=at("2026-11-26 09:00"), absence=absence)
    propose_hour(cast.bob, booked[0], starts_at=at("2026-11-26 10:00"), absence=absence)
    with pytest.raises(ProposalEndedError):
        answer_proposal(cast.jeanne, first, accepts=True)
    assert hold("2026-11-26 09:00").status is AppointmentStatus.HELD


def test_cancelling_or_moving_ends_the_proposal(cast, booked, at, hold, database):
    first = propose_hour(cast.bob, booked[0], starts_at=at("2026-11-26 09:00"))
    second = propose_hour(cast.bob, booked[1], starts_at=at("2026-11-26 10:00"))
    cancel_appointment(cast.jeanne, booked[0])
    move_appointment(cast.bob, booked[1], starts_at=at("2026-11-26 11:00"))
    for proposal in (first, second):
        with pytest.raises(ProposalEndedError):
            answer_proposal(cast.jeanne, proposal, accepts=True)
    assert hold("2026-11-26 09:00").status is AppointmentStatus.HELD


def test_a_call_is_settled_once_somebody_called(cast, booked, absence, database):
    for _ in range(2):
        ask_to_call(cast.bob, booked[0], absence=absence)
    assert states(absence) == [HitState.TO_CALL, HitState.OPEN]
    [task] = list_calls_for(cast.bob)
    assert list_calls_for(cast.chloe) == []
    with pytest.raises(ForbiddenError):
        finish_call(cast.chloe, task)
    finish_call(cast.bob, task)
    assert states(absence) == [HitState.CALLED, HitState.OPEN]
    finish_call(cast.bob, db.session.query(CallTask).one(), is_done=False)
    assert states(absence) == [HitState.TO_CALL, HitState.OPEN]


def test_progress_counts_every_way_of_settling(cast, booked, absence, at, database):
    keep_anyway(cast.bob, booked[0], absence=absence)
    move_appointment(cast.bob, booked[1], starts_at=at("2026-11-26 10:00"))
    assert sorted(states(absence)) == [HitState.KEPT, HitState.MOVED]
    assert next_unsettled(cast.bob) is None


def test_nobody_else_settles(cast, booked, absence, at, database):
    for stranger in (cast.chloe, cast.jeanne, cast.mallory):
        with pytest.raises(ForbiddenError):
            propose_hour(stranger, booked[0], starts_at=at("2026-11-26 09:00"))
        with pytest.raises(ForbiddenError):
            ask_to_call(stranger, booked[0])
        with pytest.raises(ForbiddenError):
            keep_anyway(stranger, booked[0], absence=absence)


# ── Through the pages ─────────────────────────────────────────────────────────────────────────


def test_the_pages_lead_from_the_day_to_the_last_one_settled(
    cast, booked, absence, colleague, at, sign_in, page, database
):
    bob = sign_in(cast.bob)
    today = page(bob.get("/aujourdhui"))
    assert "Votre absence touche 2 rendez-vous" in today.text
    assert "0 sur 2 réglés" in today.text
    path = f"/agenda/absences/{absence.id}/replanifier"
    assert path in today.links
    shown = page(bob.get(path))
    assert "0 sur 2 réglés" in shown.text
    one = f"{path}/{booked[0].id}"
    assert one in shown.links
    shown = page(bob.get(one))
    assert "Chloé Lefèvre" in shown.text
    hour = at("2026-11-24 09:30").isoformat()
    assert f"{cast.chloe.id}|{hour}" in shown.html
    bob.post(one, data={"choix": "collegue", "collegue": f"{cast.chloe.id}|{hour}"})
    assert "1 sur 2 réglés" in page(bob.get(path)).text
    bob.post(f"{path}/{booked[1].id}", data={"choix": "appeler"})
    assert "1 sur 2 réglés" in page(bob.get(path)).text
    calls = page(bob.get("/agenda/appels"))
    assert "Jeanne Roques" in calls.text
    bob.post(next(one for one in calls.actions if "/appels/" in one))
    assert "2 sur 2 réglés" in page(bob.get(path)).text
    assert "Votre absence" not in page(bob.get("/aujourdhui")).text
    kept = db.session.query(Appointment).filter_by(status=AppointmentStatus.BOOKED).count()
    assert kept == 3


def test_the_pages_are_of_who_is_away_only(cast, booked, absence, sign_in, database, page):
    path = f"/agenda/absences/{absence.id}/replanifier"
    for user in (cast.chloe, cast.jeanne, cast.mallory):
        assert sign_in(user).get(path).status_code == 404
        answer = sign_in(user).post(f"{path}/{booked[0].id}", data={"choix": "garder"})
        assert answer.status_code == 404
    bob = sign_in(cast.bob)
    for data in ({}, {"choix": "x"}, {"choix": "proposer", "heure": "x"}):
        assert bob.post(f"{path}/{booked[0].id}", data=data).status_code == 404
    for choice in ("proposer", "collegue"):  # pressed before anything was chosen
        answer = bob.post(f"{path}/{booked[0].id}", data={"choix": choice})
        assert "Choisissez une heure." in page(bob.get(answer.location)).text


def test_a_proposal_is_the_patients_alone(cast, booked, at, sign_in, database):
    proposal = propose_hour(cast.bob, booked[0], starts_at=at("2026-11-26 09:00"))
    path = f"/rendez-vous/propositions/{proposal.id}"
    for user in (cast.chloe, cast.bob, cast.mallory):
        assert sign_in(user).get(path).status_code == 404
        assert sign_in(user).post(path, data={"reponse": "oui"}).status_code == 404
    assert sign_in(cast.jeanne).post(path, data={"reponse": "peut-être"}).status_code == 404


def test_a_proposal_leaves_time_to_answer(cast, booked, at, travel_to, database):
    proposal = propose_hour(cast.bob, booked[0], starts_at=at("2026-11-26 09:00"))
    assert proposal.expires_at == at("2026-11-24 07:00")
    travel_to(timedelta(days=-10))
    with pytest.raises(NotFoundError):
        from scheduling.replanning.queries import get_proposal_for

        get_proposal_for(cast.mallory, proposal.id)
