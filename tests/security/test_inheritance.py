"""What was deleted leaves nothing behind: no code, no challenge, no draft opens for who comes next.

Ids are never given twice; these tests also force an old id upon a newcomer, because a restored or
copied database may know less than the one that gave them.
"""

from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, update

from core import clock, drafts, idempotency
from core.authorization import Anonymous
from core.database import db
from core.errors import ConflictError
from core.transaction import transaction
from security.models import BackupCode, MailedLink, Session, SignInAttempt
from security.one_time_codes import (
    OneTimeCode,
    owner_of,
)
from security.operations import kept_codes, sign_in
from security.operations.codes import may_send
from security.operations.passkeys import add_challenge, for_session, use_up
from security.operations.second_steps import Proof, change_password, replace_backup_codes
from security.passwords import hash_secret
from security.queries import newest_code
from security.vocabulary import (
    CodeCheck,
    CodePurpose,
    PasskeyUse,
    SecondStep,
)
from tests.cast import PASSWORD
from tests.security.askers import ASKERS, add, attempt_of, link_of, typed
from tests.security.phone import give_phone
from tests.security.steps import ask_for_code, choose, give_code, give_password, is_signed_in

pytestmark = pytest.mark.both_databases


# ── The story, page by page ───────────────────────────────────────────────────────────────────


def test_a_code_for_ones_own_account_never_opens_anothers(app, cast, outbox, visitor):
    """Ask for a code, let the attempt be deleted, sign in with somebody else's password."""
    ask_for_code(visitor, cast.bob)
    code = outbox.one(to=cast.bob).code
    change_password(
        cast.bob, cast.bob, proof=Proof(cast.bob.password_hash), new_hash="x", keep=None
    )
    assert give_password(visitor, cast.jeanne, PASSWORD).status_code == 302
    choose(visitor, "email")
    assert give_code(visitor, code).status_code != 302
    assert not is_signed_in(visitor)


def test_who_comes_after_a_deleted_attempt_gets_a_mail_of_their_own(app, cast, outbox, visitor):
    ask_for_code(visitor, cast.bob)
    change_password(
        cast.bob, cast.bob, proof=Proof(cast.bob.password_hash), new_hash="x", keep=None
    )
    before = len(outbox.mails(to=cast.jeanne))
    innocent = app.test_client()
    give_password(innocent, cast.jeanne)
    choose(innocent, "email")
    assert len(outbox.mails(to=cast.jeanne)) == before + 1
    assert give_code(innocent, outbox.one(to=cast.jeanne).code).status_code == 302
    assert is_signed_in(innocent)


# ── The whole family: whatever asks for codes ─────────────────────────────────────────────────


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("by_phone", [False, True], ids=["mail", "telephone"])
@pytest.mark.parametrize(("make_asker", "purpose"), ASKERS.values(), ids=ASKERS)
def test_a_code_dies_with_what_asked_and_serves_nothing_else(
    app, cast, make_asker, purpose, by_phone
):
    first = make_asker(cast.bob)
    code = add(by_phone, purpose, first)
    old_id, asker_type = first.id, type(first)
    with transaction():
        db.session.delete(db.session.get(asker_type, old_id))
    assert count(OneTimeCode) == 0, "the database deletes it with its asker"

    second = make_asker(cast.jeanne)
    assert second.id > old_id
    assert may_send(purpose, second), "nothing inherited says that a mail has just left"
    assert newest_code(purpose, second) is None
    assert newest_code(purpose, second, by_phone=True) is None
    assert typed(purpose, second, code) is CodeCheck.WRONG


@pytest.mark.parametrize("by_phone", [False, True], ids=["mail", "telephone"])
@pytest.mark.parametrize(("make_asker", "purpose"), ASKERS.values(), ids=ASKERS)
def test_a_code_that_came_to_stand_beside_another_asker_opens_nothing(
    app, cast, make_asker, purpose, by_phone
):
    mine, theirs = make_asker(cast.bob), make_asker(cast.jeanne)
    code = add(by_phone, purpose, mine)
    with transaction():
        db.session.execute(update(OneTimeCode).values(**owner_of(theirs)))
    assert typed(purpose, theirs, code) is CodeCheck.WRONG
    with transaction():
        db.session.execute(update(OneTimeCode).values(**owner_of(mine)))
    assert typed(purpose, mine, code) is CodeCheck.RIGHT


def test_the_code_of_another_telephone_does_not_open_a_forgotten_password(app, cast):
    """The number is changed between the message and the code."""
    link = link_of(cast.bob)
    code = add(True, CodePurpose.RESET, link)
    give_phone(cast.bob, "+33639985678")
    link = db.session.get_one(MailedLink, link.id)
    assert typed(CodePurpose.RESET, link, code) is CodeCheck.WRONG


def test_what_a_passkey_signs_is_bound_to_no_number(app, cast, sign_in):
    """The next session may be given the same row number: what the first asked for is not its."""
    sign_in(cast.bob)
    first = db.session.scalars(select(Session)).one()
    with transaction():
        challenge = add_challenge(PasskeyUse.REGISTER, for_session(first.secret))
        db.session.delete(first)
    sign_in(cast.jeanne)
    with transaction():
        db.session.execute(update(Session).values(id=first.id))
    second = db.session.scalars(select(Session)).one()
    assert second.id == first.id
    assert second.secret != first.secret
    with transaction():
        assert not use_up(challenge, PasskeyUse.REGISTER, for_session(second.secret))


def test_drafts_and_keys_of_a_closed_account_are_nobodys(app, cast):
    user_id = cast.mallory.id
    kept = drafts.keep(None, user_id, action="/messages/1", fields=[("body", "bonjour")])
    with transaction():
        idempotency.once(user_id, "appointment", "k", "r", lambda: 1)
    assert kept is not None
    with transaction():
        db.session.delete(db.session.get(type(cast.mallory), user_id))
    assert count(drafts.Draft) == 0
    assert count(idempotency.IdempotencyKey) == 0


# ── What was judged slowly must still be there ────────────────────────────────────────────────

OLD, NEW = "7K4M29QX", "8M5N3ARY"


def set_of(user, code: str) -> None:
    proof = Proof(user.password_hash)
    replace_backup_codes(user, user, proof=proof, hashes=[hash_secret(code)])


def test_a_code_of_the_old_set_neither_opens_nor_burns_one_of_the_new(app, cast):
    """The new set comes while the old code is being judged, and stands under the same number."""
    set_of(cast.bob, OLD)
    attempt_id, user_id = attempt_of(cast.bob).id, cast.bob.id
    looked, replaced, told = Barrier(2), Barrier(2), []

    def slow_check():
        with app.app_context():
            found = kept_codes.find_backup_code(user_id, OLD)
            looked.wait(10)
            replaced.wait(10)
            attempt = db.session.get(SignInAttempt, attempt_id)
            told.append((found, _judge_backup(attempt, found)))
            db.session.remove()

    thread = Thread(target=slow_check)
    thread.start()
    looked.wait(10)
    set_of(cast.bob, NEW)
    old_id = attempt_id
    with transaction():
        [fresh] = db.session.scalars(select(BackupCode)).all()
        fresh.id = old_id
    replaced.wait(10)
    thread.join(10)
    [(found, judged)] = told
    assert found is not None
    assert judged.check is CodeCheck.WRONG
    assert judged.token == ""
    db.session.rollback()
    assert db.session.scalars(select(BackupCode)).one().used_at is None


def _judge_backup(attempt, found):
    return sign_in.judge_code(
        Anonymous(), attempt, step=SecondStep.BACKUP, code=OLD, backup=found, device=""
    )


def test_the_number_alone_would_burn_a_code_of_the_new_set(app, cast):
    """The control: the statement without the hash takes it; the one with the hash does not."""
    set_of(cast.bob, OLD)
    found = kept_codes.find_backup_code(cast.bob.id, OLD)
    set_of(cast.bob, NEW)
    with transaction():
        db.session.execute(update(BackupCode).values(id=found.id))
    by_number = update(BackupCode).where(BackupCode.id == found.id, BackupCode.used_at.is_(None))
    with transaction():
        assert kept_codes.judge_backup_code(cast.bob.id, found) is CodeCheck.WRONG
    with transaction():
        assert db.session.execute(by_number.values(used_at=clock.now())).rowcount == 1


def test_a_used_code_of_the_same_set_is_still_called_used(app, cast):
    set_of(cast.bob, OLD)
    found = kept_codes.find_backup_code(cast.bob.id, OLD)
    told = []
    for _time in range(2):
        with transaction():
            told.append(kept_codes.judge_backup_code(cast.bob.id, found))
    assert told == [CodeCheck.RIGHT, CodeCheck.USED]


def test_of_two_changes_proved_by_one_password_only_the_first_happens(app, cast):
    """Both were judged before either was written; on PostgreSQL both are inside at once."""
    user_id, proof = cast.bob.id, Proof(cast.bob.password_hash)
    start, outcomes = Barrier(2), []

    def change(new_hash: str) -> None:
        with app.app_context():
            user = db.session.get(type(cast.bob), user_id)
            start.wait(10)
            try:
                change_password(user, user, proof=proof, new_hash=new_hash, keep=None)
                outcomes.append("changed")
            except ConflictError:
                outcomes.append("refused")
            finally:
                db.session.remove()

    threads = [Thread(target=change, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["changed", "refused"]


def test_a_device_forgotten_while_its_password_was_judged_is_a_strangers(app, cast):
    """Its lane is for known devices: whoever is known no more starts again, with the brakes."""
    opened = sign_in.begin_attempt(
        Anonymous(),
        cast.bob,
        proved_hash=cast.bob.password_hash,
        known_browser="forgotten",
    )
    assert opened is None
