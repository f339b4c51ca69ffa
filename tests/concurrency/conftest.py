"""Many who want the same thing."""

from __future__ import annotations

import pytest

from core.transaction import transaction
from tests import factories as make

BOOKERS = 50


@pytest.fixture
def crowd(cast):
    """Fifty patients whom Bob follows: pairs of an account and a place, by their numbers."""
    with transaction():
        people = []
        for number in range(BOOKERS):
            account = make.user()
            person = make.patient("Patient", str(number), account=account)
            place = make.enrolment(person, cast.bubble, followers=[cast.bob])
            people.append((account.id, place.id))
    return people
