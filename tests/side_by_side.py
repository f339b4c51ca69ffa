"""Several processes test side by side: who may not be disturbed, and what nobody ran.

``tests/conftest.py`` names this module in ``pytest_plugins``.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.nodeid import NodeId


class Room:
    """Where tests run: many at once, or one marked ``alone``, for whom the others wait.

    Whoever comes in passes the door first, one by one. Who wants to be alone keeps the door shut
    until the room is empty: otherwise there would always be somebody inside.
    """

    def __init__(self, run: str) -> None:
        """Open the two locks that the processes of one run share."""
        folder = Path(tempfile.gettempdir())
        self._paths = [folder / f"alveole-tests-{run}.{name}" for name in ("door", "room")]
        self._door, self._room = (path.open("w") for path in self._paths)

    @contextlib.contextmanager
    def entered(self, *, alone: bool) -> Iterator[None]:
        """Be inside during the block."""
        fcntl.flock(self._door, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        finally:
            fcntl.flock(self._door, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)

    def is_open(self) -> bool:
        """Say whether one could pass the door now."""
        try:
            fcntl.flock(self._door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(self._door, fcntl.LOCK_UN)
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Run one test, with what is set up before it and cleared away after it."""
        with self.entered(alone=item.get_closest_marker("alone") is not None):
            return (yield)

    def pytest_unconfigure(self) -> None:
        """Clear away. Every process has opened its locks before the first test runs."""
        for lock, path in zip((self._door, self._room), self._paths, strict=True):
            lock.close()
            path.unlink(missing_ok=True)


def pytest_configure(config: pytest.Config) -> None:
    run = getattr(config, "workerinput", {}).get("testrunuid")
    if run:  # one process alone has nobody to wait for
        config.pluginmanager.register(Room(run))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Give a folder that all processes of one run share."""
    own = tmp_path_factory.getbasetemp()
    shared = (own if worker_id == "master" else own.parent) / "shared"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    """Look for no garbage while tests are collected: nearly all that is made then stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Leave what was collected out of every later search for garbage: it stays to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tell the one who shares out the tests which of them stay together, at the end of their names.

    pytest-xdist means to do so and writes where pytest 9.2 no longer looks.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        groups = {str(mark.args[0]) for mark in item.iter_markers("xdist_group")}
        suffix = f"@{'_'.join(sorted(groups))}"
        if groups and not item.nodeid.endswith(suffix):
            item._id = NodeId.parse(f"{item.nodeid}{suffix}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was not run and why: a skipped test proves nothing."""
    folders: dict[str, Counter[str]] = defaultdict(Counter)
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        folders[str(reason).removeprefix("Skipped: ")][str(Path(report.fspath).parent)] += 1
    if not folders:
        return
    terminalreporter.section("NOT RUN, so not proved", yellow=True, bold=True)
    for reason, counts in folders.items():
        where = ", ".join(f"{folder} ({count})" for folder, count in sorted(counts.items()))
        terminalreporter.line(f"{counts.total()} tests: {reason}", yellow=True)
        terminalreporter.line(f"    {where}")
