"""One form sent five times in the same instant: everybody is answered, and it counts once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bubbles.models import Bubble, Invitation, InvitationList
from bubbles.operations.inviting import Offer
from bubbles.operations.lists import Line, PeopleList, forget_list, send_list
from bubbles.vocabulary import InvitedAs
from core import tokens
from core.database import db
from core.idempotency import KeyReusedError
from core.transaction import transaction
from scheduling.agendas.models import ConsultationType
from scheduling.agendas.operations.types import TypeFacts, define_type
from scheduling.agendas.vocabulary import ConsultationMode
from security.models import User
from tests import factories as make
from tests.bubbles.acts import together

pytestmark = pytest.mark.both_databases
NAME = "Bilan de printemps"


def count(model, *where) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def people(token, *extra):
    lines = [Line(f"n{number}@example.org", f"n{number}@example.org") for number in range(3)]
    return PeopleList(token, Offer(InvitedAs.CAREGIVER), [*lines, *extra])


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_a_pasted_list(app, cast, database, is_forgotten):
    alice_id, bubble_id, token = cast.alice.id, cast.bubble.id, tokens.new_token()
    db.session.rollback()

    def send():
        alice = db.session.get_one(User, alice_id)
        bubble = db.session.get_one(Bubble, bubble_id)
        send_list(alice, bubble, people(token, Line("Paul", None)))
        if is_forgotten:
            forget_list(alice, bubble, token=token)

    assert together(app, [send] * 5) == ["done"] * 5
    assert count(Invitation) == 3
    assert count(InvitationList) == (not is_forgotten)


@pytest.mark.parametrize("same_key", [True, False])
def test_a_consultation_type(app, cast, database, same_key):
    """The control: forms of their own each count."""
    alice_id, bubble_id = cast.alice.id, cast.bubble.id
    facts = TypeFacts(
        name=NAME,
        duration_minutes=30,
        mode=ConsultationMode.ON_SITE,
        caregiver_ids=[cast.bob.id],
    )
    db.session.rollback()

    def define(key):
        bubble = db.session.get_one(Bubble, bubble_id)
        define_type(db.session.get_one(User, alice_id), bubble, facts=facts, key=key)

    acts = [lambda key="k" if same_key else f"k{n}": define(key) for n in range(5)]
    assert together(app, acts) == ["done"] * 5
    assert count(ConsultationType, ConsultationType.name == NAME) == (1 if same_key else 5)


def test_a_list_whose_key_has_served_in_another_bubble_is_refused_in_words(cast, database):
    with transaction():
        other = make.bubble("Les Glycines")
        make.membership(cast.alice, other, is_admin=True)
    token = tokens.new_token()
    send_list(cast.alice, cast.bubble, people(token))
    with pytest.raises(KeyReusedError):
        send_list(cast.alice, other, people(token))
    assert count(Invitation, Invitation.bubble_id == other.id) == 0
