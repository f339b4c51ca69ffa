"""The composed pages."""

from __future__ import annotations

from typing import Any

from tests.architecture.routes.world import CAREGIVERS, EVERYBODY, SIGNED_IN, STAFF, Line, World


def things(_world: World) -> dict[str, Any]:
    return {"slug": "profil", "admin_slug": "presenter-la-bulle", "legal": "cookies"}


ROUTES = {
    "GET home.account": SIGNED_IN,
    "GET home.admin_first_steps": "admin",
    "POST home.answer_first_step": CAREGIVERS,
    "GET home.caregiver": "patient follower colleague admin",
    "GET home.day": STAFF,
    "GET home.delete_account": SIGNED_IN,
    "GET home.encryption": SIGNED_IN,
    "GET home.first_step": CAREGIVERS,
    "GET home.first_steps": STAFF,
    "GET home.index": "visitor",
    "GET home.legal_text": Line(EVERYBODY, at={"slug": "legal"}),
    "GET home.legal_texts": EVERYBODY,
    "GET home.my_care": SIGNED_IN,
    "GET home.no_profile": SIGNED_IN,
    "GET home.patients": SIGNED_IN,
    "GET home.print_admin_first_steps": "admin",
    "GET home.print_first_steps": CAREGIVERS,
    "POST home.put_welcome_away": STAFF,
    "GET home.settings": SIGNED_IN,
    "GET home.sheet": "follower",
    "GET home.start": SIGNED_IN,
    "GET home.visits": "follower",
}
