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
PASSWORDS_OF_ADDRESS = RateLimit("password_address", 100, timedelta(hours=24))
"""From wherever: many networks do not help against one account."""
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
SIGN_UPS_OF_NETWORK = RateLimit("sign_up_network", 40, timedelta(hours=1))
