"""Several administrators: who may change whose role, who learns of it, what ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bubbles import queries
from bubbles.errors import LastAdministratorError, OnlyRoleError
from bubbles.models import FormerMembership
from bubbles.operations.members import (
    demote_member,
    promote_member,
    remove_member,
    start_caring,
    stop_caring,
)
from core.audit import AuditEntry
from core.authorization import Anonymous
from core.database import db
from core.errors import ForbiddenError
from core.transaction import transaction
from patient.queries.places import list_followers
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from tests import factories as make
from tests.bubbles.acts import membership, second_admin

CHANGES = ["administration", "fin-administration", "soins", "fin-soins"]


def at(cast, user, path: str = "") -> str:
    return f"/bulles/{cast.bubble.id}/membres/{user.id}{path}"


@pytest.mark.covers("M81")
def test_a_caregiver_becomes_an_administrator_and_stops_being_one(cast, outbox):
    second_admin(cast)
    promote_member(cast.alice, membership(cast.bob, cast.bubble))

    mine = membership(cast.bob, cast.bubble)
    assert (mine.is_admin, mine.is_caregiver) == (True, True)
    assert "vous administrez maintenant" in outbox.one(cast.bob).text.lower()
    assert "Bob Garnier administre maintenant" in outbox.one(cast.mallory).text
    assert outbox.mails(cast.alice) == []

    demote_member(cast.alice, membership(cast.bob, cast.bubble))

    assert not membership(cast.bob, cast.bubble).is_admin
    assert "n’administrez plus" in outbox.one(cast.bob).text
    assert list_followers(cast.enrolment.id) == [cast.bob]


def test_doing_it_twice_changes_nothing_and_tells_nobody_again(cast, outbox):
    promote_member(cast.alice, membership(cast.bob, cast.bubble))
    promote_member(cast.alice, membership(cast.bob, cast.bubble))

    assert len(outbox.mails(cast.bob)) == 1


def test_an_administrator_may_care_as_well_and_stop(cast, outbox):
    start_caring(cast.alice, membership(cast.alice, cast.bubble))
    assert queries.is_live_caregiver(cast.alice.id, cast.bubble.id)
    assert outbox.mails(cast.alice) == []

    stop_caring(cast.alice, membership(cast.alice, cast.bubble))
    mine = membership(cast.alice, cast.bubble)
    assert (mine.is_admin, mine.is_caregiver) == (True, False)


def test_who_stops_caring_keeps_no_patient_and_no_appointment(cast, outbox):
    promote_member(cast.alice, membership(cast.bob, cast.bubble))
    start = datetime(2026, 11, 24, 9, tzinfo=UTC)
    with transaction():
        made = make.appointment(
            cast.agenda, cast.enrolment, cast.type, start, booked_by_id=cast.jeanne.id
        )

    stop_caring(cast.bob, membership(cast.bob, cast.bubble))

    db.session.expire_all()
    assert db.session.get_one(Appointment, made.id).status is AppointmentStatus.CANCELLED
    assert list_followers(cast.enrolment.id) == []
    assert "annulé" in outbox.one(cast.jeanne).text


@pytest.mark.parametrize("change", [promote_member, demote_member, start_caring, stop_caring])
def test_nobody_but_an_administrator_changes_a_role_not_even_their_own(cast, change):
    for actor in (cast.bob, cast.chloe, cast.mallory, cast.jeanne, Anonymous()):
        for target in (cast.alice, cast.bob):
            with pytest.raises(ForbiddenError):
                change(actor, membership(target, cast.bubble))
    assert [user.id for user in queries.list_admins(cast.bubble.id)] == [cast.alice.id]


def test_an_administrator_of_another_bubble_changes_nothing_here(cast):
    with transaction():
        make.bubble("Les Ormes", admin=cast.mallory)

    with pytest.raises(ForbiddenError):
        promote_member(cast.mallory, membership(cast.bob, cast.bubble))


def test_the_last_administrator_neither_steps_down_nor_leaves(cast):
    start_caring(cast.alice, membership(cast.alice, cast.bubble))
    for act in (demote_member, remove_member):
        with pytest.raises(LastAdministratorError):
            act(cast.alice, membership(cast.alice, cast.bubble))

    second_admin(cast)
    demote_member(cast.alice, membership(cast.alice, cast.bubble))
    assert [user.id for user in queries.list_admins(cast.bubble.id)] == [cast.mallory.id]


def test_nobody_is_left_without_any_role(cast):
    second_admin(cast)
    with pytest.raises(OnlyRoleError):
        demote_member(cast.alice, membership(cast.mallory, cast.bubble))
    with pytest.raises(OnlyRoleError):
        stop_caring(cast.alice, membership(cast.bob, cast.bubble))


def test_who_has_lost_the_role_meanwhile_acts_no_more(cast):
    """The door read the right before the wait: what counts is after it."""
    second_admin(cast)
    start_caring(cast.mallory, membership(cast.mallory, cast.bubble))
    demote_member(cast.alice, membership(cast.mallory, cast.bubble))

    with pytest.raises(ForbiddenError):
        remove_member(cast.mallory, membership(cast.alice, cast.bubble))


def test_a_removal_is_told_to_the_person_and_the_other_administrators(cast, outbox):
    second_admin(cast)
    remove_member(cast.alice, membership(cast.bob, cast.bubble))

    told = outbox.one(cast.bob)
    assert "Alice Martin a mis fin à votre place" in told.text
    assert cast.bubble.name not in told.subject + told.text + told.html
    assert "retiré une personne" in outbox.one(cast.mallory).text
    assert outbox.mails(cast.alice) == []
    (former,) = db.session.scalars(select(FormerMembership))
    assert (former.user_id, former.was_caregiver, former.was_admin) == (cast.bob.id, True, False)


def test_leaving_is_told_to_the_administrators_only(cast, outbox):
    remove_member(cast.bob, membership(cast.bob, cast.bubble))

    assert "a quitté" in outbox.one(cast.alice).text
    assert outbox.mails(cast.bob) == []


def test_mails_name_the_bubble_where_it_has_chosen_so(cast, outbox):
    with transaction():
        db.session.get_one(type(cast.bubble), cast.bubble.id).is_named_in_mails = True

    remove_member(cast.alice, membership(cast.bob, cast.bubble))

    assert "« Les Tilleuls »" in outbox.one(cast.bob).text.replace("\u00a0", " ")


def test_every_change_leaves_a_line_about_whom_it_concerns(cast):
    promote_member(cast.alice, membership(cast.bob, cast.bubble))

    line = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (line.permission, line.actor_id) == ("member:promote", cast.alice.id)
    assert (line.about_kind, line.about_id, line.outcome) == ("user", cast.bob.id, "done")


# ── On the pages ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("change", CHANGES)
def test_a_role_page_is_for_administrators_only(cast, sign_in, change):
    bob, mallory, jeanne = (sign_in(one) for one in (cast.bob, cast.mallory, cast.jeanne))
    path = at(cast, cast.chloe, f"/{change}")
    for method in ("get", "post"):
        assert getattr(bob, method)(path).status_code == 403
        assert getattr(mallory, method)(path).status_code == 404
        assert getattr(jeanne, method)(path).status_code == 404


@pytest.mark.parametrize("change", [*CHANGES, "retrait"])
def test_a_role_page_asks_for_a_fresh_proof(cast, sign_in, travel_to, change):
    second_admin(cast)
    alice = sign_in(cast.alice)
    travel_to(timedelta(minutes=11))
    path = at(cast, cast.chloe, f"/{change}")

    assert alice.get(path).location.startswith("/confirmer?")
    assert alice.post(path).status_code == 403
    mine = membership(cast.chloe, cast.bubble)
    assert (mine.is_admin, mine.is_caregiver) == (False, True)


def test_an_administrator_goes_from_the_list_to_each_change(cast, sign_in, page):
    second_admin(cast)
    alice = sign_in(cast.alice)
    shown = page(alice.get(at(cast, cast.bob)))
    assert at(cast, cast.bob, "/administration") in shown.links

    assert (
        "Faire de Bob Garnier un administrateur"
        in page(alice.get(at(cast, cast.bob, "/administration"))).text
    )
    answer = alice.post(at(cast, cast.bob, "/administration"), follow_redirects=True)

    assert "Le rôle est changé" in page(answer).text
    assert membership(cast.bob, cast.bubble).is_admin
    shown = page(alice.get(at(cast, cast.bob)))
    assert at(cast, cast.bob, "/fin-administration") in shown.links
    assert at(cast, cast.bob, "/fin-soins") in shown.links


def test_a_member_sees_their_own_place_and_no_other(cast, sign_in, page):
    bob = sign_in(cast.bob)
    shown = page(bob.get(at(cast, cast.bob)))

    assert at(cast, cast.bob, "/retrait") in shown.links
    assert not [link for link in shown.links if link.endswith(tuple(CHANGES))]
    assert bob.get(at(cast, cast.chloe)).status_code == 403
    assert bob.get(at(cast, cast.jeanne)).status_code == 404


def test_what_ends_is_said_before(cast, sign_in, page):
    start = datetime(2026, 11, 24, 9, tzinfo=UTC)
    with transaction():
        make.appointment(cast.agenda, cast.enrolment, cast.type, start, booked_by_id=cast.jeanne.id)

    text = page(sign_in(cast.alice).get(at(cast, cast.bob, "/retrait"))).text

    assert "1 rendez-vous à venir sera annulé" in text
    assert "1 patient ne sera plus suivi" in text


def test_the_last_administrator_reads_why_nothing_is_offered(cast, sign_in, page):
    shown = page(sign_in(cast.alice).get(at(cast, cast.alice)))

    assert "C’est le seul administrateur" in shown.text
    assert at(cast, cast.alice, "/retrait") not in shown.links
