"""What is measured, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.jobs import booking, fairness, feeds, logins, messages, pages, weight
from bench.scene import Site
from bench.table import Line

Job = Callable[[Site], Iterator[Line]]

JOBS: dict[str, Job] = {
    "book": booking.book_and_cancel,
    "hours": pages.free_hours,
    "pages": pages.sixty_appointments,
    "packed": pages.packed,
    "account": pages.account,
    "feed": feeds.read_feeds,
    "messages": messages.talk,
    "login": logins.sign_in,
    "race": booking.fifty_for_one_hour,
    "fairness": fairness.busy_connections,
    "weight": weight.first_page,
    "lists": pages.long_lists,
    "crowd": messages.page_in_a_crowd,
    "burst": logins.page_during_logins,
}
UNHURRIED = {"lists", "crowd", "burst"}
"""Not measured with ``--quick``."""
