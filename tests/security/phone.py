"""What the tests of telephones share: a number, its messages, a provider that fails."""

from __future__ import annotations

from dataclasses import replace

from core import clock, sms
from core import outbox as box
from core.database import db
from core.outbox.kinds import KINDS, Kind
from core.transaction import transaction
from security.models import User

TYPED = "06 39 98 12 34"
NUMBER = "+33639981234"
OTHER_TYPED, OTHER = "06 39 98 56 78", "+33639985678"
LANDLINE_TYPED, LANDLINE = "01 99 00 12 34", "+33199001234"
PAGE, CODE = "/compte/telephone", "/compte/telephone/code"


def give_phone(user, number: str = NUMBER, *, proved: bool = True) -> None:
    """Write a number into an account, as if it had been proved."""
    with transaction():
        row = db.session.get(User, user.id)
        row.phone, row.phone_proved_at = number, clock.now() if proved else None


def phone_of(user) -> tuple[str | None, bool]:
    db.session.rollback()
    row = db.session.get(User, user.id)
    return row.phone, row.phone_proved_at is not None


def use_sms(app, monkeypatch, **changes) -> None:
    """Change the [sms] section for one test; the handlers come back with the monkeypatch."""
    config = app.config["ALVEOLE"]
    chosen = replace(config, sms=replace(config.sms, **changes))
    monkeypatch.setitem(app.config, "ALVEOLE", chosen)
    for kind in (sms.SMS, sms.CALL):
        monkeypatch.setitem(KINDS, kind, KINDS[kind])
    sms.init_app(chosen)


def break_sms(monkeypatch, *kinds) -> None:
    """Have the provider refuse for good."""

    def refuse(_row, _payload):
        raise box.RefusedForGoodError("gateway: 422")

    for kind in kinds or (sms.SMS,):
        monkeypatch.setitem(KINDS, kind, Kind(refuse))
