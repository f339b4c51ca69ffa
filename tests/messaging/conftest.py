"""What the tests of conversations share."""

from __future__ import annotations

import pytest

from core.database import db
from core.transaction import transaction
from patient.models import CareAssignment
from tests import factories as make


@pytest.fixture
def direct(cast):
    """Jeanne and Bob."""
    with transaction():
        return make.conversation(cast.enrolment, cast.bob)


@pytest.fixture
def around(cast):
    """Jeanne, Bob and Chloé."""
    with transaction():
        db.session.add(
            CareAssignment(
                enrolment_id=cast.enrolment.id,
                user_id=cast.chloe.id,
                since=cast.enrolment.started_at,
            )
        )
        return make.conversation(cast.enrolment)
