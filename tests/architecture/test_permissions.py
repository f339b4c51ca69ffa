"""The matrix: each right against each role, on things of this bubble and of another one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bubbles.models import Invitation, Membership
from bubbles.vocabulary import InvitedAs
from caregiver.models import AdministrativeDocument, Caregiver, DocumentShare
from caregiver.vocabulary import DocumentType
from core import clock, tokens
from core.authorization import INSTANCE, RULES, Anonymous, System, can
from core.database import db
from core.transaction import transaction
from patient.models import Guardianship, TeamNote
from patient.vocabulary import GuardianKind, NoteAudience
from scheduling.appointments.models import CallTask
from scheduling.appointments.vocabulary import AppointmentStatus, CallReason
from scheduling.calendars.models import FeedLink
from scheduling.calendars.vocabulary import DetailLevel
from scheduling.replanning.models import HourProposal
from scheduling.waiting_list.models import WaitingListEntry
from security.models import Session, SignInAttempt
from security.vocabulary import SecondStep
from tests import factories as make
from uploads.models import ResumableUpload, StoredFile

EVERYBODY = "visitor stranger patient follower colleague admin leaver other_admin system"
SIGNED_IN = "stranger patient follower colleague admin leaver other_admin"
TAKES_PART = "patient follower"

MATRIX = {
    # right: (subject, who may) — bob follows jeanne, chloé is his colleague, alice administers
    "account:sign_in": ("attempt", EVERYBODY),
    "account:sign_up": ("instance", EVERYBODY),
    "account:change_password": ("bob", "follower"),
    "account:confirm_by_phone": ("bob", "follower"),
    "account:manage_second_steps": ("bob", "follower"),
    "account:update": ("bob", "follower"),
    "account:acknowledge": ("bob", "follower"),
    "account:link_first": ("instance", "system"),
    "account:warn_owner": ("bob", "system"),
    "session:open": ("bob", "system"),
    "session:end": ("session", "follower system"),
    "session:prove_again": ("session", "follower"),
    "account:report_compromise": ("bob", EVERYBODY),
    "account:recover": ("bob", EVERYBODY),
    "account:mail_reset": ("bob", "system"),
    "account:host_recover": ("bob", "system"),
    "account:change_email": ("bob", "follower"),
    "file:create": ("instance", SIGNED_IN),
    "file:delete": ("file", "follower system"),
    "upload:append": ("upload", "follower"),
    "upload:cancel": ("upload", "follower system"),
    "bubble:create": ("instance", SIGNED_IN + " system"),
    "bubble:update": ("bubble", "admin"),
    "bubble:close": ("bubble", "admin"),
    "member:promote": ("membership", "admin"),
    "member:demote": ("membership", "admin"),
    "member:start_caring": ("membership", "admin"),
    "member:stop_caring": ("membership", "admin"),
    "member:remove": ("membership", "admin follower"),
    "member:vouch": ("membership", "admin"),
    "patient:vouch": ("enrolment", "admin"),
    "invitation:create": ("bubble", "admin"),
    "invitation:resend": ("invitation", "admin"),
    "invitation:revoke": ("invitation", "admin"),
    "invitation:confirm": ("invitation", "admin"),
    "invitation:keep_list": ("bubble", "admin"),
    "invitation:show_link": ("invitation", "admin"),
    "invitation:open": ("invitation", EVERYBODY),
    "invitation:enter_code": ("instance", EVERYBODY),
    "invitation:decline": ("invitation", EVERYBODY),
    "invitation:ask_again": ("invitation", EVERYBODY),
    "invitation:accept": ("invitation", "stranger"),
    "caregiver:update": ("caregiver", "follower"),
    "administrative_document:create": ("caregiver", "follower"),
    "administrative_document:read": ("document", "follower"),
    "administrative_document:replace": ("document", "follower"),
    "administrative_document:share": ("document", "follower"),
    "administrative_document:delete": ("document", "follower"),
    "shared_document:read": ("share", "admin"),
    "shared_document:review": ("share", "admin"),
    "caregiver:remind": ("caregiver", "system"),
    "patient:join": ("invitation", "stranger"),
    "relative:create": ("instance", SIGNED_IN),
    "relative:update": ("relative", "patient"),
    "relative:remove": ("relative", "patient"),
    "relative:place": ("enrolment", "patient"),
    "sheet:open": ("enrolment", "follower"),
    "followers:update": ("enrolment", "admin"),
    "enrolment:end": ("enrolment", "admin"),
    "enrolment:go_on_closing": ("bubble", "system"),
    "followers:add": ("bubble", "admin"),
    "team_note:create": ("enrolment", "follower"),
    "team_note:update": ("note", "follower"),
    "team_note:withdraw": ("note", "follower"),
    "consultation_type:create": ("bubble", "admin"),
    "consultation_type:update": ("type", "admin"),
    "consultation_type:remove": ("type", "admin"),
    "hours:update": ("agenda", "follower"),
    "absence:create": ("bob", "follower"),
    "absence:remove": ("absence", "follower"),
    "feed_link:create": ("agenda", "follower"),
    "feed_link:show": ("link", "follower"),
    "feed_link:revoke": ("link", "follower"),
    "feed_link:renew": ("link", "follower"),
    "feed_link:warn": ("instance", "system"),
    "reminder:send": ("instance", "system"),
    "reminder:choose": ("bob", "follower"),
    "call_task:create": ("instance", "system"),
    "appointment:hold": ("enrolment", "patient"),
    "appointment:extend": ("hold", "patient"),
    "appointment:confirm": ("hold", "patient"),
    "appointment:give_up": ("hold", "patient"),
    "booking:answer": ("enrolment", "patient"),
    "waiting_list:join": ("enrolment", "patient"),
    "waiting_list:leave": ("wish", "patient"),
    "waiting_list:answer": ("offer", "patient"),
    "waiting_list:offer": ("bob", "system"),
    "appointment:cancel": ("appointment", TAKES_PART),
    "appointment:move": ("appointment", TAKES_PART),
    "appointment:mark": ("appointment", "follower"),
    "appointment:book_for": ("enrolment", "follower"),
    "appointment:override": ("appointment", "follower"),
    "appointment:hand_over": ("appointment", "follower"),
    "appointment:propose": ("appointment", "follower"),
    "appointment:ask_to_call": ("appointment", "follower"),
    "appointment:settle": ("appointment", "follower"),
    "proposal:answer": ("proposal", "patient"),
    "call_task:done": ("call_task", "follower"),
    "conversation:create": ("enrolment", TAKES_PART),
    "message:create": ("conversation", TAKES_PART),
    "conversation:read": ("conversation", TAKES_PART),
    "message_notice:create": ("conversation", "system"),
    "first_step:answer": ("bob", "follower"),
    "demo:seed": ("instance", "system"),
}


@dataclass
class Stage:
    actors: dict
    subjects: dict


@pytest.fixture
def stage(cast) -> Stage:
    now = clock.now()
    with transaction():
        dora = make.user("dora", "Dora Petit")
        erik = make.user("erik", "Erik Blanc")
        make.bubble("Rives du Touch", admin=erik)
        make.caregiver(dora, cast.bubble)
        make.enrolment(make.patient("Paul", "Estève"), cast.bubble, followers=[dora])
        db.session.query(Membership).filter_by(user_id=dora.id).delete()
        subjects = _subjects(cast, now)
    actors = {
        "visitor": Anonymous(),
        "stranger": cast.mallory,
        "patient": cast.jeanne,
        "follower": cast.bob,
        "colleague": cast.chloe,
        "admin": cast.alice,
        "leaver": dora,
        "other_admin": erik,
        "system": System("test"),
    }
    return Stage(actors, subjects)


def _subjects(cast, now):
    noon = datetime(2026, 11, 24, 9, tzinfo=UTC)
    caregiver = db.session.query(Caregiver).filter_by(user_id=cast.bob.id).one()
    file = make._add(
        StoredFile(
            key="k" * 32,
            filename="a.pdf",
            content_type="application/pdf",
            size=3,
            sha256="0" * 64,
            owner_id=cast.bob.id,
            created_at=now,
        )
    )
    document = make._add(
        AdministrativeDocument(
            caregiver_id=caregiver.id, type=DocumentType.DIPLOMA, file_id=file.id, added_at=now
        )
    )
    return {
        "instance": INSTANCE,
        "bob": cast.bob,
        "bubble": cast.bubble,
        "enrolment": cast.enrolment,
        "agenda": cast.agenda,
        "type": cast.type,
        "caregiver": caregiver,
        "file": file,
        "upload": make._add(
            ResumableUpload(
                reference="r" * 32,
                key="k" * 64,
                owner_id=cast.bob.id,
                filename="a.pdf",
                size=2,
                received=1,
                created_at=now,
                expires_at=now + timedelta(days=1),
            )
        ),
        "membership": db.session.query(Membership).filter_by(user_id=cast.bob.id).one(),
        "attempt": make._add(
            SignInAttempt(
                token_hash="a", user_id=cast.bob.id, started_at=now, expires_at=now, tries=0
            )
        ),
        "session": make._add(
            Session(
                token_hash="s",
                user_id=cast.bob.id,
                second_step=SecondStep.EMAIL,
                data={},
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(hours=1),
            )
        ),
        "invitation": make._add(
            Invitation(
                bubble_id=cast.bubble.id,
                email=cast.mallory.email,
                invited_as=InvitedAs.PATIENT,
                token_hash=tokens.hash_token("t"),
                invited_by_id=cast.alice.id,
                created_at=now,
                sent_at=now,
                expires_at=now + timedelta(days=14),
            )
        ),
        "document": document,
        "share": make._add(
            DocumentShare(document_id=document.id, bubble_id=cast.bubble.id, shared_at=now)
        ),
        "absence": make.absence(cast.bob, now, now + timedelta(days=1)),
        "link": make._add(
            FeedLink(
                agenda_id=cast.agenda.id,
                name="n",
                token_hash="f",
                token="f",
                detail_level=DetailLevel.DISCREET,
                created_at=now,
            )
        ),
        "appointment": make.appointment(
            cast.agenda, cast.enrolment, cast.type, noon, booked_by_id=cast.jeanne.id
        ),
        "hold": make.appointment(
            cast.agenda,
            cast.enrolment,
            cast.type,
            noon + timedelta(hours=1),
            status=AppointmentStatus.HELD,
            held_until=now + timedelta(minutes=15),
            booked_by_id=cast.jeanne.id,
        ),
        "proposal": _proposal(cast, noon, now),
        "relative": _relative(cast),
        **_waiting(cast, noon, now),
        "call_task": _call_task(cast, noon, now),
        "conversation": make.conversation(cast.enrolment, cast.bob),
        "note": make._add(
            TeamNote(
                enrolment=cast.enrolment,
                author_id=cast.bob.id,
                body="n",
                audience=NoteAudience.TEAM,
                is_shown_to_patient=True,
                written_at=now,
            )
        ),
    }


def _proposal(cast, noon, now):
    appointment = make.appointment(
        cast.agenda, cast.enrolment, cast.type, noon + timedelta(hours=2)
    )
    hold = make.appointment(
        cast.agenda,
        cast.enrolment,
        cast.type,
        noon + timedelta(hours=3),
        status=AppointmentStatus.HELD,
        held_until=now + timedelta(hours=1),
    )
    return make._add(
        HourProposal(
            appointment=appointment,
            hold=hold,
            starts_at=hold.starts_at,
            expires_at=now + timedelta(hours=1),
            created_at=now,
            created_by_id=cast.bob.id,
        )
    )


def _relative(cast):
    person = make.patient("Lucas", "Roques")
    kind = GuardianKind.RELATIVE
    make._add(Guardianship(user_id=cast.jeanne.id, patient_id=person.id, kind=kind))
    return person


def _waiting(cast, noon, now):
    wish = make._add(
        WaitingListEntry(
            enrolment=cast.enrolment,
            consultation_type=cast.type,
            caregiver_id=cast.bob.id,
            created_at=now,
        )
    )
    offer = make.waiting_list_offer(
        wish, cast.agenda, noon + timedelta(hours=5), now + timedelta(hours=2)
    )
    return {"wish": wish, "offer": offer}


def _call_task(cast, noon, now):
    appointment = make.appointment(
        cast.agenda, cast.enrolment, cast.type, noon + timedelta(hours=4)
    )
    return make._add(
        CallTask(appointment=appointment, sequence=0, reason=CallReason.ABSENCE, created_at=now)
    )


def test_the_matrix_names_every_right(app):
    assert set(MATRIX) == {str(permission) for permission in RULES}


@pytest.mark.parametrize("right", MATRIX)
def test_each_right_belongs_to_whom_the_matrix_says(stage, right):
    subject, allowed = MATRIX[right]
    permission = next(p for p in RULES if str(p) == right)
    found = {
        role
        for role, actor in stage.actors.items()
        if can(actor, permission, stage.subjects[subject])
    }
    assert found == set(allowed.split())
