"""Finding free hours, and what stands against one that is not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from core import clock
from scheduling.agendas.queries.offers import Offer
from scheduling.appointments.queries.taken import list_diaries
from scheduling.time.slots import Window, bookable, broken_rules
from scheduling.time.vocabulary import Violation

NEAR = timedelta(weeks=3)
"""How far one looks first for a free hour: the rest only where that finds none."""


def list_free_slots(
    offer: Offer,
    window: Window,
    *,
    for_user_id: int | None = None,
    for_entry_id: int | None = None,
    except_id: int | None = None,
) -> list[datetime]:
    """Return the beginnings of the free slots of ``window`` that can be booked now.

    What ``for_user_id`` holds is free for them: taking another hour gives it up. So is what the
    waiting list offers to ``for_entry_id``, and the time of the appointment ``except_id`` that is
    being moved.
    """
    mine = {"for_user_id": for_user_id, "for_entry_id": for_entry_id, "except_id": except_id}
    narrowed = _narrow(window, offer.window(clock.now()))
    if narrowed is None:
        return []
    end = narrowed.latest + timedelta(minutes=offer.duration)
    diary = list_diaries([offer.caregiver_id], narrowed.earliest, end, **mine)
    return bookable(offer.rules, narrowed, diary[offer.caregiver_id])


def nearest_slots(
    offer: Offer,
    around: datetime,
    *,
    count: int = 3,
    for_user_id: int | None = None,
    for_entry_id: int | None = None,
    except_id: int | None = None,
) -> list[datetime]:
    """Return the free slots nearest to an hour that is gone, in order of time."""
    mine = {"for_user_id": for_user_id, "for_entry_id": for_entry_id, "except_id": except_id}
    week = timedelta(days=7)
    free = list_free_slots(offer, Window(around - week, around + 2 * week), **mine)
    if len(free) < count:
        free = list_free_slots(offer, offer.window(clock.now()), **mine)
    return sorted(sorted(free, key=lambda slot: (abs(slot - around), slot))[:count])


def next_free_slot(offer: Offer, **mine: int | None) -> datetime | None:
    """Return the first free slot of an offer; ``mine`` as in ``list_free_slots``."""
    return next_free_slots([offer], **mine).get(offer)


def next_free_slots(offers: Collection[Offer], **mine: int | None) -> dict[Offer, datetime]:
    """Map offers to the first free slot of each; those that have none are left out.

    Two statements at most, however many offers; ``mine`` as in ``list_free_slots``.
    """
    now = clock.now()
    near = Window(now, now + NEAR)
    found = _first_slots(offers, near, now, mine)
    left = [offer for offer in offers if offer not in found and offer.horizon > NEAR]
    if left:
        far = Window(near.latest, now + max(offer.horizon for offer in left))
        found |= _first_slots(left, far, now, mine)
    return found


def list_violations(
    offer: Offer,
    starts_at: datetime,
    *,
    is_on_grid: bool = True,
    for_user_id: int | None = None,
    for_entry_id: int | None = None,
    except_id: int | None = None,
) -> list[Violation]:
    """Return every rule that stands against an hour; none exactly where it is a free slot.

    To be asked again under the agenda's lock by who is about to take the hour. ``is_on_grid``:
    whether it must begin with a slot, as for patients.
    """
    mine = {"for_user_id": for_user_id, "for_entry_id": for_entry_id, "except_id": except_id}
    end = starts_at + timedelta(minutes=offer.duration)
    diary = list_diaries([offer.caregiver_id], starts_at, end, **mine)[offer.caregiver_id]
    window = offer.window(clock.now())
    return broken_rules(offer.rules, window, diary, starts_at, is_on_grid=is_on_grid)


def _first_slots(
    offers: Iterable[Offer], window: Window, now: datetime, mine: Mapping[str, int | None]
) -> dict[Offer, datetime]:
    wanted: dict[Offer, Window] = {}
    for offer in offers:
        narrowed = _narrow(window, offer.window(now))
        if narrowed is not None:
            wanted[offer] = narrowed
    if not wanted:
        return {}
    diaries = list_diaries(
        {offer.caregiver_id for offer in wanted},
        min(one.earliest for one in wanted.values()),
        max(one.latest for one in wanted.values()) + timedelta(days=1),
        **mine,
    )
    found: dict[Offer, datetime] = {}
    for offer, narrowed in wanted.items():
        first = bookable(offer.rules, narrowed, diaries[offer.caregiver_id], most=1)
        if first:
            found[offer] = first[0]
    return found


def _narrow(window: Window, allowed: Window) -> Window | None:
    earliest = max(window.earliest, allowed.earliest)
    latest = min(window.latest, allowed.latest)
    return Window(earliest, latest) if earliest <= latest else None
