"""From what changed to who reads what: mails, texts, calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from core import outbox
from core.authorization import consequence
from core.mail import Letter
from core.outbox import About, Message
from scheduling.appointments.events import AppointmentsChanged, Change
from scheduling.appointments.operations.calls import add_call
from scheduling.appointments.vocabulary import CallReason, ChangeKind
from scheduling.notices import text_messages
from scheduling.notices.emails import appointments as mails
from scheduling.notices.emails import caregivers
from scheduling.notices.queries.recipients import Recipient, Side, map_accounts, who_hears
from scheduling.notices.vocabulary import Said


@consequence
def tell_of_changes(event: AppointmentsChanged) -> None:
    """Write who is to be told of which change; whom nothing reaches is called.

    The words are found when each message leaves. Several hours that were booked, or cancelled, at
    once are one mail to each reader.
    """
    heard = who_hears(event)
    told = [change for change in event.changes if change.appointment_id in heard]
    telling = _Telling()
    for change in told:
        for recipient in heard[change.appointment_id]:
            telling.tell(change, recipient)
    outbox.write(list(telling.messages()))
    reached = {
        number
        for number, recipients in heard.items()
        if any(recipient.side is Side.PATIENT for recipient in recipients)
    }
    _plan_calls([change for change in told if change.appointment_id not in reached])


class _Telling:
    """The messages of one fact, gathered by reader."""

    def __init__(self) -> None:
        self._single: list[Message] = []
        self._booked: dict[int, list[Change]] = defaultdict(list)
        self._cancelled: dict[tuple[int, int], list[Change]] = defaultdict(list)

    def tell(self, change: Change, recipient: Recipient) -> None:
        """Add what this reader is told of this change."""
        reader_id = recipient.user_id
        if recipient.side is Side.CAREGIVER:
            self._single.append(_to_caregiver(change))
        elif change.kind is ChangeKind.CANCELLED:
            self._cancelled[reader_id, change.patient_id].append(change)
        elif change.kind is ChangeKind.BOOKED and not (recipient.did_it or change.replaces):
            self._booked[reader_id].append(change)
        else:
            self._single += _to_patient(change, recipient)

    def messages(self) -> Iterator[Message]:
        """Return all of them."""
        yield from self._single
        for reader_id, group in self._booked.items():
            standing = [(change.appointment_id, change.sequence) for change in group]
            key = f"appointment-{group[0].appointment_id}-booked-{reader_id}"
            yield _to(mails.booked_for(standing), reader_id, key, group)
            yield _text(group[0], reader_id, Said.CONFIRMED)
        for (reader_id, _patient_id), group in self._cancelled.items():
            numbers = [change.appointment_id for change in group]
            key = f"appointment-{numbers[0]}-cancelled-{reader_id}"
            yield _to(mails.cancelled(numbers), reader_id, key, group)
            for change in group:
                yield _text(change, reader_id, Said.CANCELLED)


def _to_caregiver(change: Change) -> Message:
    reader_id, number = change.caregiver_id, change.appointment_id
    if change.kind is ChangeKind.CANCELLED:
        letter = caregivers.cancelled(number)
    elif change.kind is ChangeKind.MOVED:
        letter = caregivers.moved(number, change.sequence)
    else:
        letter = caregivers.booked(number, change.sequence)
    key = f"appointment-{number}-{change.kind}-{change.sequence}-{reader_id}"
    return _to(letter, reader_id, key, [change])


def _to_patient(change: Change, recipient: Recipient) -> list[Message]:
    is_own = change.kind is ChangeKind.BOOKED and recipient.did_it
    mail, said = (mails.confirmed, Said.CONFIRMED) if is_own else (mails.moved, Said.MOVED)
    number, reader_id = change.appointment_id, recipient.user_id
    key = f"appointment-{number}-{said}-{change.sequence}-{reader_id}"
    standing = [(number, change.sequence)]
    return [
        _to(mail(standing, change.replaces), reader_id, key, [change]),
        _text(change, reader_id, said),
    ]


def _to(letter: Letter, reader_id: int, key: str, changes: Sequence[Change]) -> Message:
    """Address what is about these appointments; it is of no use once all of them have begun."""
    return letter.to(
        reader_id,
        key=key,
        not_after=max(change.hour for change in changes),
        about=[About("appointment", change.appointment_id) for change in changes],
    )


def _text(change: Change, reader_id: int, said: Said) -> Message:
    return text_messages.about(
        change.appointment_id, change.sequence, reader_id, said, not_after=change.hour
    )


def _plan_calls(changes: Sequence[Change]) -> None:
    """Have somebody telephone where no account acts for the patient: nothing else reaches them."""
    reasons = {change: reason for change in changes if (reason := _reason_to_call(change))}
    accounts = map_accounts({change.patient_id for change in reasons})
    for change, reason in reasons.items():
        if not accounts[change.patient_id]:
            add_call(change.appointment_id, change.sequence, reason)


def _reason_to_call(change: Change) -> CallReason | None:
    """A caregiver who books says so themself; what gave way to another hour is not said apart."""
    if change.kind is ChangeKind.CANCELLED:
        return None if change.replaced_by is not None else CallReason.CANCELLED
    is_other_hour = change.kind is ChangeKind.MOVED or change.replaces is not None
    return CallReason.MOVED if is_other_hour else None
