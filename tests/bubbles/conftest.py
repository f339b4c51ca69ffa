"""Fixtures of several tests of bubbles."""

from __future__ import annotations

import pytest

from bubbles.operations.inviting import invite
from bubbles.vocabulary import InvitedAs
from tests.bubbles.acts import NEW, second_admin


@pytest.fixture
def sent(cast, outbox):
    """An invitation that Mallory sent while she administered the bubble."""
    second_admin(cast)
    invitation = invite(cast.mallory, cast.bubble, email=NEW, invited_as=InvitedAs.CAREGIVER)
    link = outbox.one(NEW).link("/invitations/")
    return invitation, link
