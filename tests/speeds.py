"""Two speeds: every test, or those that need no application, no server and no other process.

``make test ARGS="-m fast"`` takes less than a minute: rules, calculations, words, the house itself.
``tests/conftest.py`` names this module in ``pytest_plugins``.
"""

from __future__ import annotations

import pytest

SLOW_FOLDERS = ("browser", "bench", "concurrency", "migrations", "servers", "scripts", "demo")
"""Each test there starts something."""
SLOW_MARKS = ("slow", "alone", "full_cost", "on_postgresql", "both_databases")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark ``fast`` what is, before ``-m`` chooses."""
    for item in items:
        if _is_fast(item):
            item.add_marker("fast")


def _is_fast(item: pytest.Item) -> bool:
    folder = item.path.relative_to(item.config.rootpath).parts[1]
    needs = set(getattr(item, "fixturenames", ()))
    is_marked = any(item.get_closest_marker(mark) for mark in SLOW_MARKS)
    starts = needs & {"app", "database", "postgres_url", "tmp_path_factory"}
    return folder not in SLOW_FOLDERS and not is_marked and not starts
