"""What the tests of bubbles do again and again."""

from __future__ import annotations

import threading

from sqlalchemy import text

from bubbles import queries
from bubbles.models import Invitation, Membership
from bubbles.operations.inviting import invite
from bubbles.vocabulary import InvitationState, InvitedAs
from core import clock
from core.database import db
from core.transaction import transaction
from tests import factories as make

NEW = "camille@example.org"


def make_user(name: str, **values):
    with transaction():
        return make.user(name, name.title(), **values)


def invited(cast, email=NEW, invited_as=InvitedAs.CAREGIVER, **values) -> Invitation:
    return invite(cast.alice, cast.bubble, email=email, invited_as=invited_as, **values)


def state_of(invitation) -> InvitationState:
    db.session.expire_all()
    return db.session.get_one(Invitation, invitation.id).state(clock.now())


def membership(user, bubble) -> Membership | None:
    db.session.expire_all()
    return queries.get_membership(user.id, bubble.id)


def second_admin(cast):
    """Make Mallory an administrator beside Alice."""
    with transaction():
        make.membership(cast.mallory, cast.bubble, is_admin=True)
    return cast.mallory


def together(app, acts):
    """Run the acts in threads that start at once; return what each raised, or nothing."""
    ready = threading.Barrier(len(acts))
    outcomes: list[str] = []

    def run(act):
        with app.app_context():
            ready.wait()
            try:
                act()
                outcomes.append("done")
            except Exception as error:  # noqa: BLE001  (the outcome is what is tested)
                outcomes.append(type(error).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def overtaken(app, change, act) -> str:
    """Run ``act`` in a thread while ``change`` is under way, and commit once it waits for it.

    Return what it raised, or « done ». SQLite lets it begin after the commit only.
    """
    outcome: list[str] = []

    def run() -> None:
        with app.app_context():
            try:
                act()
                outcome.append("done")
            except Exception as error:  # noqa: BLE001  (the outcome is what is tested)
                outcome.append(type(error).__name__)
            finally:
                db.session.remove()

    thread = threading.Thread(target=run)
    with transaction():
        change()
        db.session.flush()
        thread.start()
        if db.engine.dialect.name == "postgresql":
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while thread.is_alive() and not db.session.scalar(waiting):
                thread.join(0.01)
    thread.join()
    return outcome[0]
