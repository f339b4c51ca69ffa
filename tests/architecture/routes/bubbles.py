"""Bubbles, their members, their invitations."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from bubbles.models import BubbleLogo, Invitation, InvitationList
from bubbles.vocabulary import InvitedAs
from core import clock, tokens
from tests import factories as make
from tests.architecture.routes.files import picture
from tests.architecture.routes.world import EVERYBODY, SIGNED_IN, STAFF, Line, World


def things(world: World) -> dict[str, Any]:
    token = f"{world.bubble.id:x<43}"
    now = clock.now()
    invitation = make._add(
        Invitation(
            bubble_id=world.bubble.id,
            email=world.invited.email,
            invited_as=InvitedAs.CAREGIVER,
            token_hash=tokens.hash_token(token),
            invited_by_id=world.admin.id,
            created_at=now,
            sent_at=now,
            expires_at=now + timedelta(days=14),
        )
    )
    make._add(
        BubbleLogo(bubble_id=world.bubble.id, file_id=picture(world.admin).id, changed_at=now)
    )
    content = {"as": "caregiver", "word": "", "by": [], "lines": []}
    make._add(
        InvitationList(
            token_hash=tokens.hash_token(token),
            user_id=world.admin.id,
            bubble_id=world.bubble.id,
            content=json.dumps(content),
            kept_at=now,
        )
    )
    return {"invitation_id": invitation.id, "token": token, "change": "administration"}


ROUTES = {
    "POST bubbles.accept_invitation": "stranger",
    "POST bubbles.ask_again": EVERYBODY,
    "GET bubbles.change_role": "admin",
    "POST bubbles.change_role": "admin",
    "GET bubbles.close": "admin",
    "POST bubbles.close": "admin",
    "POST bubbles.confirm_invitations": "admin",
    "GET bubbles.sent_list": "admin",
    "POST bubbles.sent_list": "admin",
    "GET bubbles.decline_invitation": EVERYBODY,
    "POST bubbles.decline_invitation": EVERYBODY,
    "GET bubbles.edit": "admin",
    "POST bubbles.edit": "admin",
    "GET bubbles.enter_code": EVERYBODY,
    "POST bubbles.enter_code": EVERYBODY,
    "GET bubbles.help_member": "admin",
    "POST bubbles.help_member": "admin",
    "GET bubbles.index": SIGNED_IN,
    "GET bubbles.information": STAFF,
    "GET bubbles.invitation": EVERYBODY,
    "GET bubbles.invitation_logo": "stranger",
    "GET bubbles.invitations": "admin",
    "GET bubbles.link": "admin",
    "POST bubbles.link": "admin",
    "GET bubbles.logo": "admin",
    "POST bubbles.logo": "admin",
    "GET bubbles.logo_picture": "patient follower colleague admin",
    "GET bubbles.many": "admin",
    "POST bubbles.many": "admin",
    "GET bubbles.member": "follower admin",
    "GET bubbles.new": SIGNED_IN,
    "POST bubbles.new": SIGNED_IN,
    "GET bubbles.new_invitation": "admin",
    "POST bubbles.new_invitation": "admin",
    "POST bubbles.open_invitation": EVERYBODY,
    "GET bubbles.remove": "follower admin",
    "POST bubbles.remove": Line("follower admin", is_alone=True),
    "POST bubbles.remove_logo": "admin",
    "POST bubbles.resend": "admin",
    "GET bubbles.revoke": "admin",
    "POST bubbles.revoke": "admin",
    "GET bubbles.sheet": "admin",
    "POST bubbles.sheet": "admin",
    "POST bubbles.sheet_again": "admin",
    "GET bubbles.show": STAFF,
}
