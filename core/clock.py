"""The only place that reads the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current instant, in UTC, to the microsecond."""
    return datetime.now(UTC)
