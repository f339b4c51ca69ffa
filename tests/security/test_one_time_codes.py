"""Of each way, mail and telephone, the newest code counts, once, for ten minutes."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from core.database import db
from security.models import SignInAttempt
from security.operations.codes import may_send, wait_left
from security.phone_proofs import PhoneProof
from security.queries import newest_code
from security.vocabulary import CodeCheck, CodePurpose
from tests.security.askers import ASKERS, add, attempt_of, proof_of, typed

pytestmark = pytest.mark.both_databases
OLD, NEW, MAILED = "111111", "222222", "333333"
WAYS = pytest.mark.parametrize("by_phone", [False, True], ids=["mail", "telephone"])


@WAYS
@pytest.mark.parametrize(("make_asker", "purpose"), ASKERS.values(), ids=ASKERS)
def test_an_older_code_says_that_it_was_replaced(app, cast, make_asker, purpose, by_phone):
    asker = make_asker(cast.bob)
    add(by_phone, purpose, asker, OLD)
    add(by_phone, purpose, asker, NEW)
    told = [typed(purpose, asker, code) for code in (OLD, "000000", NEW, NEW, OLD)]
    assert told == [
        CodeCheck.REPLACED,
        CodeCheck.WRONG,
        CodeCheck.RIGHT,
        CodeCheck.USED,
        CodeCheck.REPLACED,
    ]


@WAYS
def test_a_code_ends_after_ten_minutes(app, cast, travel_to, by_phone):
    proof = proof_of(cast.bob)
    add(by_phone, CodePurpose.PASSWORD, proof, OLD)
    add(by_phone, CodePurpose.PASSWORD, proof, NEW)
    travel_to(timedelta(minutes=10))
    told = [typed(CodePurpose.PASSWORD, proof, code) for code in (NEW, OLD)]
    assert told == [CodeCheck.EXPIRED, CodeCheck.REPLACED]
    assert newest_code(CodePurpose.PASSWORD, proof, by_phone=by_phone).used_at is None


@pytest.mark.parametrize("is_mailed_last", [True, False])
def test_a_mailed_code_and_one_of_a_telephone_do_not_replace_each_other(app, cast, is_mailed_last):
    proof = proof_of(cast.bob)
    for by_phone in (True, False) if is_mailed_last else (False, True):
        add(by_phone, CodePurpose.PASSWORD, proof, NEW if by_phone else MAILED)
    told = [typed(CodePurpose.PASSWORD, proof, code) for code in (NEW, MAILED)]
    assert told == [CodeCheck.RIGHT, CodeCheck.RIGHT]


def test_a_code_for_one_purpose_serves_no_other_of_the_same_asker(app, cast):
    change = ASKERS["another address, old mailbox"][0](cast.bob)
    add(False, CodePurpose.OLD_ADDRESS, change, OLD)
    add(False, CodePurpose.NEW_ADDRESS, change, NEW)
    assert typed(CodePurpose.NEW_ADDRESS, change, OLD) is CodeCheck.WRONG
    assert typed(CodePurpose.OLD_ADDRESS, change, OLD) is CodeCheck.RIGHT


def test_each_way_has_a_wait_of_its_own(app, cast, travel_to):
    proof = proof_of(cast.bob)
    add(True, CodePurpose.PASSWORD, proof, NEW)
    assert may_send(CodePurpose.PASSWORD, proof)
    newest = newest_code(CodePurpose.PASSWORD, proof, by_phone=True)
    assert 55 < wait_left(newest) <= 60
    travel_to(timedelta(seconds=61))
    assert wait_left(newest) == 0


@pytest.mark.parametrize(
    ("model", "make_asker", "purpose", "by_phone"),
    [
        (SignInAttempt, attempt_of, CodePurpose.SIGN_IN, False),
        (PhoneProof, proof_of, CodePurpose.PASSWORD, True),
    ],
    ids=["mail", "telephone"],
)
def test_of_many_who_type_it_at_once_one_is_right(app, cast, model, make_asker, purpose, by_phone):
    asker_id = make_asker(cast.bob).id
    add(by_phone, purpose, db.session.get(model, asker_id), NEW)
    db.session.rollback()
    start, told = Barrier(4), []

    def use() -> None:
        with app.app_context():
            asker = db.session.get(model, asker_id)
            start.wait(10)
            told.append(typed(purpose, asker, NEW))
            db.session.remove()

    threads = [Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(told) == [CodeCheck.RIGHT, *[CodeCheck.USED] * 3]
