"""What is measured, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.jobs import booking, feeds, logins, messages, pages, patients, slots
from bench.scene import Site
from bench.table import Line

Job = Callable[[Site], Iterator[Line]]

JOBS: dict[str, Job] = {
    "slots": slots.four_weeks,
    "book": booking.book_and_cancel,
    "race": booking.fifty_for_one_hour,
    "feed": feeds.read_feeds,
    "pages": pages.sixty_appointments,
    "patients": patients.long_lists,
    "messages": messages.talk,
    "crowd": messages.page_in_a_crowd,
    "logins": logins.burst,
}
