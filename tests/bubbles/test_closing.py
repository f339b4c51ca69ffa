"""Ending a team: what stops, what stays, who is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bubbles import queries
from bubbles.errors import InvitationClosedError, WrongNameError
from bubbles.models import Bubble, FormerMembership, Membership
from bubbles.operations.answering import accept_invitation
from bubbles.operations.closing import close_bubble
from bubbles.operations.information import update_bubble
from bubbles.operations.inviting import invite
from bubbles.vocabulary import BubbleInformation, InvitationState, InvitedAs
from core.authorization import Anonymous
from core.database import db
from core.errors import ForbiddenError, NotFoundError
from core.transaction import transaction
from patient.models import Enrolment
from scheduling.agendas.models import Agenda
from scheduling.appointments.models import Appointment
from scheduling.appointments.vocabulary import AppointmentStatus
from tests import factories as make
from tests.bubbles.acts import NEW, invited, make_user, membership, state_of

NAME = "Les Tilleuls"


def close(cast, actor=None, name=NAME):
    close_bubble(actor or cast.alice, cast.bubble, typed_name=name)
    db.session.expire_all()


@pytest.mark.both_databases
def test_closing_ends_everything_and_keeps_the_record(cast, outbox):
    start = datetime(2026, 11, 24, 9, tzinfo=UTC)
    with transaction():
        made = make.appointment(
            cast.agenda, cast.enrolment, cast.type, start, booked_by_id=cast.jeanne.id
        )
    invitation = invited(cast)

    close(cast)

    kept = db.session.get_one(Bubble, cast.bubble.id)
    assert kept.closed_at is not None
    assert db.session.scalar(select(func.count()).select_from(Membership)) == 0
    former = {row.user_id for row in db.session.scalars(select(FormerMembership))}
    assert former == {cast.alice.id, cast.bob.id, cast.chloe.id}
    assert db.session.get_one(Enrolment, cast.enrolment.id).ended_at is not None
    assert db.session.get_one(Appointment, made.id).status is AppointmentStatus.CANCELLED
    assert all(agenda.closed_at for agenda in db.session.scalars(select(Agenda)))
    assert state_of(invitation) is InvitationState.REVOKED
    assert outbox.mails(NEW) == []


def test_the_staff_is_told_and_the_mail_names_no_bubble(cast, outbox):
    close(cast)

    for person in (cast.alice, cast.bob, cast.chloe):
        mail = next(m for m in outbox.mails(person) if "fermée" in m.subject)
        assert "Alice Martin" in mail.text
        assert NAME not in mail.subject + mail.text + mail.html


def test_nobody_finds_a_closed_bubble(cast, sign_in):
    close(cast)

    for person in (cast.alice, cast.bob):
        assert queries.list_bubbles_for(person) == []
        with pytest.raises(NotFoundError):
            queries.get_bubble_for(person, cast.bubble.id)
    alice = sign_in(cast.alice)
    for path in ("", "/informations", "/invitations", "/accompagnants", "/patients", "/logo"):
        assert alice.get(f"/bulles/{cast.bubble.id}{path}").status_code == 404


def test_nothing_goes_on_in_a_closed_bubble(cast):
    person = make_user("camille")
    invitation = invited(cast)
    close(cast)

    with pytest.raises(InvitationClosedError):
        accept_invitation(person, invitation)
    information = BubbleInformation(name="Encore", time_zone="Europe/Paris")
    with pytest.raises(ForbiddenError):
        update_bubble(cast.alice, cast.bubble, information=information)
    with pytest.raises(ForbiddenError):
        invite(cast.alice, cast.bubble, email="x@example.org", invited_as=InvitedAs.CAREGIVER)
    assert membership(person, cast.bubble) is None


@pytest.mark.parametrize("name", ["", "Les Tilleul", "fermer"])
def test_the_name_is_typed_to_confirm(cast, name):
    with pytest.raises(WrongNameError):
        close(cast, name=name)
    assert membership(cast.alice, cast.bubble) is not None


def test_spaces_and_capitals_are_no_obstacle(cast):
    close(cast, name="  les  TILLEULS ")
    assert membership(cast.alice, cast.bubble) is None


def test_only_an_administrator_closes(cast):
    for actor in (cast.bob, cast.mallory, cast.jeanne, Anonymous()):
        with pytest.raises(ForbiddenError):
            close(cast, actor=actor)


def test_another_bubble_of_the_same_people_goes_on(cast):
    with transaction():
        other = make.bubble("Les Ormes", admin=cast.alice)
        make.membership(cast.bob, other, is_caregiver=True)

    close(cast)

    assert [bubble.name for bubble in queries.list_bubbles_for(cast.bob)] == ["Les Ormes"]


def test_the_page_says_what_ends_and_asks_for_the_name_and_a_fresh_proof(
    cast, sign_in, page, travel_to
):
    path = f"/bulles/{cast.bubble.id}/fermeture"
    alice = sign_in(cast.alice)
    shown = page(alice.get(path))
    assert "Cela ne se rattrape pas" in shown.text
    assert "La place de 1 patient prendra fin" in shown.text

    wrong = alice.post(path, data={"typed_name": "Les Ormes"})
    assert wrong.status_code == 422
    assert page(wrong).inputs["typed_name"] == "Les Ormes"
    assert sign_in(cast.bob).get(path).status_code == 403
    assert sign_in(cast.mallory).get(path).status_code == 404

    travel_to(timedelta(minutes=11))
    assert alice.post(path, data={"typed_name": NAME}).status_code == 403
    assert membership(cast.alice, cast.bubble) is not None
    answer = sign_in(cast.alice).post(path, data={"typed_name": NAME}, follow_redirects=True)
    assert "La bulle est fermée" in page(answer).text
