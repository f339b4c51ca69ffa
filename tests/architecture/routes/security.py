"""Accounts: each person their own; links of mails open nothing that was not asked for."""

from __future__ import annotations

from typing import Any

from core import clock
from security.models import Passkey, Session
from security.vocabulary import SecondStep
from tests import factories as make
from tests.architecture.routes.world import EVERYBODY, NOBODY, SIGNED_IN, World


def things(world: World) -> dict[str, Any]:
    """Write a device and a passkey of the follower."""
    now = clock.now()
    session = make._add(
        Session(
            token_hash=f"s{world.follower.id}",
            user_id=world.follower.id,
            second_step=SecondStep.EMAIL,
            data={},
            created_at=now,
            last_seen_at=now,
            expires_at=now.replace(year=2027),
        )
    )
    passkey = make._add(
        Passkey(
            user_id=world.follower.id,
            credential_id=f"c{world.follower.id}",
            public_key="k",
            sign_count=0,
            transports=[],
            name="Ordinateur",
            created_at=now,
        )
    )
    return {"session_id": session.id, "passkey_id": passkey.id}


ROUTES = {
    "POST security.add_passkey": SIGNED_IN,
    "GET security.authenticator": SIGNED_IN,
    "POST security.authenticator": SIGNED_IN,
    "GET security.backup_codes": SIGNED_IN,
    "POST security.backup_codes": SIGNED_IN,
    "GET security.both_addresses": NOBODY,
    "POST security.both_addresses": NOBODY,
    "POST security.call_password_code": SIGNED_IN,
    "POST security.call_phone_code": SIGNED_IN,
    "POST security.check_email": SIGNED_IN,
    "GET security.choose_step": EVERYBODY,
    "POST security.choose_step": EVERYBODY,
    "GET security.data_information": SIGNED_IN,
    "POST security.data_information": SIGNED_IN,
    "POST security.report_unknown_sign_in": SIGNED_IN,
    "GET security.email": SIGNED_IN,
    "GET security.email_proved": NOBODY,
    "POST security.email_proved": NOBODY,
    "POST security.end_device": "follower",
    "POST security.end_other_devices": SIGNED_IN,
    "GET security.enter_code": EVERYBODY,
    "POST security.enter_code": EVERYBODY,
    "GET security.first_account": NOBODY,
    "POST security.first_account": NOBODY,
    "GET security.forgotten": EVERYBODY,
    "POST security.forgotten": EVERYBODY,
    "POST security.give_passkey": EVERYBODY,
    "GET security.journal": SIGNED_IN,
    "GET security.lost_access": EVERYBODY,
    "POST security.lost_access": EVERYBODY,
    "POST security.mail_password_code": SIGNED_IN,
    "GET security.new_email": NOBODY,
    "POST security.new_email": NOBODY,
    "GET security.new_passkey": SIGNED_IN,
    "GET security.not_me": NOBODY,
    "GET security.passkey": "follower",
    "POST security.passkey_options": SIGNED_IN,
    "POST security.passkey_sign_in": EVERYBODY,
    "POST security.passkey_sign_in_options": EVERYBODY,
    "GET security.passkeys": SIGNED_IN,
    "GET security.password_code": SIGNED_IN,
    "POST security.password_code": SIGNED_IN,
    "GET security.pending_reset": SIGNED_IN,
    "POST security.pending_reset": SIGNED_IN,
    "GET security.phone": SIGNED_IN,
    "POST security.phone": SIGNED_IN,
    "GET security.phone_code": SIGNED_IN,
    "POST security.phone_code": SIGNED_IN,
    "GET security.phone_help": SIGNED_IN,
    "GET security.preferences": SIGNED_IN,
    "POST security.preferences": SIGNED_IN,
    "POST security.prepare_authenticator": SIGNED_IN,
    "POST security.prolong_session": SIGNED_IN,
    "GET security.protect": "admin",
    "GET security.prove_address": EVERYBODY,
    "POST security.prove_address": EVERYBODY,
    "POST security.remove_authenticator": SIGNED_IN,
    "POST security.remove_passkey": "follower",
    "POST security.rename_passkey": "follower",
    "POST security.resend_code": EVERYBODY,
    "POST security.resend_reset_text": NOBODY,
    "POST security.resend_sign_up_code": EVERYBODY,
    "GET security.reset": NOBODY,
    "POST security.reset": NOBODY,
    "POST security.reset_passkey": NOBODY,
    "POST security.reset_passkey_options": NOBODY,
    "GET security.reset_proof": NOBODY,
    "POST security.reset_proof": NOBODY,
    "POST security.reset_wait": NOBODY,
    "POST security.second_step_options": NOBODY,
    "GET security.session_left": SIGNED_IN,
    "GET security.settings": SIGNED_IN,
    "POST security.secure_account": NOBODY,
    "GET security.sign_in": "visitor",
    "POST security.sign_in": EVERYBODY,
    "POST security.sign_out": EVERYBODY,
    "GET security.sign_up": "visitor",
    "POST security.sign_up": EVERYBODY,
    "GET security.invited_name": EVERYBODY,
    "POST security.invited_name": EVERYBODY,
    "GET security.sign_up_address": EVERYBODY,
    "POST security.sign_up_address": EVERYBODY,
    "GET security.sign_up_password": EVERYBODY,
    "POST security.sign_up_password": EVERYBODY,
    "GET security.sign_up_terms": EVERYBODY,
    "POST security.sign_up_terms": EVERYBODY,
    "GET security.step_up": SIGNED_IN,
    "POST security.step_up": SIGNED_IN,
    "POST security.text_password_code": SIGNED_IN,
    "POST security.text_phone_code": SIGNED_IN,
    "GET security.two_steps_explained": SIGNED_IN,
    "POST security.update_password": SIGNED_IN,
}
