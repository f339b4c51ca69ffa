"""The second proof beside a reset link: whatever is not the mailbox."""

from __future__ import annotations

from core import rate_limit, tokens
from core.authorization import Actor, operation
from core.errors import ConflictError
from security import passkeys
from security.models import MailedLink
from security.operations import brakes, codes
from security.operations.codes import Judged, take_try
from security.operations.kept_codes import (
    FoundCode,
    find_backup_code,
    judge_app_code,
    judge_backup_code,
)
from security.operations.passkeys import (
    add_challenge,
    count_use,
    judge_answer,
    known_key,
    require_site,
    use_up,
)
from security.operations.vouching import use_vouched_code
from security.passkeys import Answer, Signed
from security.policy import AccountPermission
from security.queries import get_user, list_own_proofs, list_passkeys, newest_code
from security.vocabulary import CodeChannel, CodeCheck, CodePurpose, PasskeyUse, SecondStep


def list_reset_proofs(user_id: int) -> list[SecondStep]:
    """Return what proves a person beside their mailbox; it may be nothing."""
    steps = list_own_proofs(user_id)
    user = get_user(user_id)
    if user is not None and user.phone and user.phone_proved_at:
        texts = CodeChannel.SMS in codes.channels_for(user.phone)
        return [SecondStep.SMS] * texts + steps
    return steps


def send_reset_text(actor: Actor, link: MailedLink, *, network: str) -> None:
    """Send a code to the proved telephone; within a minute of the last one, that one counts.

    Raises:
        TooManyRequestsError, SpentBudgetError: nothing was sent.
    """
    if codes.wait_left(newest_code(CodePurpose.RESET, link, by_phone=True)):
        return
    codes.take_phone_allowance(link.user.phone or "", user_id=link.user_id, network=network)
    queue_reset_text(actor, link)


@operation(AccountPermission.RECOVER)
def queue_reset_text(_actor: Actor, link: MailedLink) -> None:
    """Make the newest code of this link.

    Raises:
        ConflictError: the account has no proved telephone any more.
    """
    user = link.user
    if not user.phone or user.phone_proved_at is None:
        raise ConflictError
    codes.add_phone_code(
        CodePurpose.RESET,
        link,
        number=user.phone,
        channel=CodeChannel.SMS,
        locale=user.locale,
    )


def check_reset_proof(
    actor: Actor, link: MailedLink, *, step: SecondStep, code: str, network: str = ""
) -> Judged:
    """Judge the proof beside the mailbox; the right one gives a token for this browser.

    Raises:
        TooManyRequestsError: too many codes were tried on this account.
    """
    user_id = link.user_id
    rate_limit.hit(brakes.SECOND_STEPS, _lane(user_id))
    backup = None
    if step is SecondStep.BACKUP and not codes.is_locked(link):
        backup = find_backup_code(user_id, code, network=network)
    return judge_reset_proof(actor, link, step=step, code=code, backup=backup)


@operation(AccountPermission.RECOVER)
def judge_reset_proof(
    _actor: Actor, link: MailedLink, *, step: SecondStep, code: str, backup: FoundCode | None
) -> Judged:
    """Say what became of the proof, and remember that it was tried."""
    if not take_try(MailedLink, link):
        return Judged(CodeCheck.LOCKED)
    check = CodeCheck.WRONG  # the mailbox is no second proof here
    if step is SecondStep.APP:
        check = judge_app_code(link.user_id, code)
    elif step is SecondStep.BACKUP:
        check = judge_backup_code(link.user_id, backup)
    elif step is SecondStep.SMS:
        check = codes.judge(CodePurpose.RESET, link, code)
    elif step is SecondStep.VOUCHED:
        check = use_vouched_code(link.user_id, code)
    return _answer(link, check)


@operation(AccountPermission.RECOVER)
def begin_reset_passkey(_actor: Actor, link: MailedLink) -> dict[str, object]:
    """Return what the browser needs to use one of the account's keys beside its mailbox."""
    challenge = add_challenge(PasskeyUse.RESET, _bound_to(link))
    known = map(known_key, list_passkeys(link.user_id))
    return passkeys.sign_in_options(require_site(), challenge, known)


def check_reset_passkey(actor: Actor, link: MailedLink, *, answer: Answer | None) -> Judged:
    """Judge a key as the second proof.

    Raises:
        TooManyRequestsError: too much was tried on this account.
    """
    rate_limit.hit(brakes.SECOND_STEPS, _lane(link.user_id))
    signed = judge_answer(answer, link.user_id)
    return judge_reset_passkey(actor, link, answer=answer, signed=signed)


@operation(AccountPermission.RECOVER)
def judge_reset_passkey(
    _actor: Actor, link: MailedLink, *, answer: Answer | None, signed: Signed | None
) -> Judged:
    """Accept a right signature that was asked for beside this very link."""
    if not take_try(MailedLink, link):
        return Judged(CodeCheck.LOCKED)
    if answer is None or signed is None:
        return _answer(link, CodeCheck.WRONG)
    if not use_up(answer.challenge, PasskeyUse.RESET, _bound_to(link)):
        return _answer(link, CodeCheck.EXPIRED)
    return _answer(link, count_use(answer, link.user_id, signed))


def _lane(user_id: int) -> str:
    """Count apart from signing in: whoever reads the mailbox must not keep its owner out."""
    return f"reset {user_id}"


def _bound_to(link: MailedLink) -> str:
    return tokens.hash_token(f"reset {link.token_hash}")


def _answer(link: MailedLink, check: CodeCheck) -> Judged:
    if check is not CodeCheck.RIGHT:
        return Judged.wrong(check, tries=link.tries)
    token = tokens.new_token()
    link.proof_hash = tokens.hash_token(token)
    return Judged(check, token=token)
