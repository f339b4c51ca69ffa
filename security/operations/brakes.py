"""How often things may be tried, all in one place."""

from __future__ import annotations

from datetime import timedelta

from core.rate_limit import Backoff, RateLimit

PASSWORD_WAITS = Backoff(
    "password",
    free=5,
    window=timedelta(minutes=15),
    first=timedelta(seconds=30),
    longest=timedelta(hours=1),
)
"""For one address tried from one network."""
KNOWN_DEVICE_WAITS = Backoff(
    "password_known",
    free=5,
    window=timedelta(minutes=15),
    first=timedelta(seconds=30),
    longest=timedelta(hours=1),
)
"""For one account tried from a browser that signed in there before: what others try elsewhere does
not slow its owner down."""
WRONG_PASSWORDS = 100
"""From wherever, on one account: many networks do not help. Then its password is disabled."""
PASSWORDS_OF_NETWORK = RateLimit("password_network", 300, timedelta(minutes=15))
"""For whichever address; a hospital shares one, so it is wide."""
CODES_BY_HOUR = RateLimit("code_mail_hour", 5, timedelta(hours=1))
CODES_BY_DAY = RateLimit("code_mail_day", 10, timedelta(hours=24))
"""Codes mailed to one address that nobody used: forgotten once one is."""
PROOFS_BY_HOUR = RateLimit("proof_mail_hour", 5, timedelta(hours=1))
PROOFS_BY_DAY = RateLimit("proof_mail_day", 10, timedelta(hours=24))
"""Mails to one address about a new account. Apart from sign-in codes: anybody may ask for these,
and must not be able to use up the codes of somebody who wants to sign in."""
SECOND_STEPS = RateLimit("second_step", 30, timedelta(hours=1))
SECOND_STEPS_BY_DAY = RateLimit("second_step_day", 100, timedelta(hours=24))
"""Codes tried on one account, over all its sign-ins, by somebody who knows its password."""
CONFIRMATIONS = Backoff(
    "confirmation",
    free=5,
    window=timedelta(minutes=15),
    first=timedelta(seconds=30),
    longest=timedelta(hours=1),
)
"""The current password, asked again of somebody signed in."""
PASSKEYS_OF_NETWORK = RateLimit("passkey_network", 300, timedelta(minutes=15))
"""Sign-ins begun with a passkey, before anybody is known."""
WARNINGS_OF_ACCOUNT = RateLimit("warning", 5, timedelta(hours=24))
"""Mails « somebody has your password »: more of them say nothing new."""
PHONE_CODES_OF_ACCOUNT = RateLimit("phone_code_account", 10, timedelta(hours=24))
"""To whichever numbers: an account is no way to write to fifty of them. Each number has its own."""
PHONE_CODES_OF_NETWORK = RateLimit("phone_code_network", 60, timedelta(hours=24))
SIGN_UPS_OF_NETWORK = RateLimit("sign_up_network", 40, timedelta(hours=1))
RESETS_OF_ADDRESS = RateLimit("reset_address", 5, timedelta(hours=1))
RESETS_OF_NETWORK = RateLimit("reset_network", 60, timedelta(hours=1))
"""Forgotten passwords, for known and unknown addresses alike."""
ADDRESS_CHECKS = RateLimit("address_check", 5, timedelta(hours=1))
"""Mails that prove the address of an account."""
VOUCHED_CODES = RateLimit("vouched_code", 10, timedelta(hours=1))
"""Codes that one administrator makes for others."""
