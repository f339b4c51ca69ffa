"""A real browser before a real server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.navigator import People, together
from tests.browser.product import Site, serving
from tests.servers.processes import unavailable

PROGRAMS = ("chromium-headless-shell", "chromium")
"""The same engine; the first one without the windows and menus round it, which nobody sees here."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_itemcollected(item):
    """Keep the tests of one file together, where they name no group: they share a server."""
    if item.get_closest_marker("xdist_group") is None:
        item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, for this folder only: its event loop must be gone before other tests run."""
    programs = map(shutil.which, PROGRAMS)
    program = next(filter(None, programs), None) or unavailable("chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One server for the tests of one file."""
    with serving() as running:
        yield running


@pytest.fixture
def people(browser: Browser, site: Site) -> Iterator[People]:
    """Everybody who takes part in one test."""
    with together(browser, site) as everybody:
        yield everybody


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """When a test fails, say what everybody had before their eyes."""
    report = yield
    everybody = item.funcargs.get("people")
    if report.when == "call" and report.failed and everybody is not None:
        report.sections.append(("Open pages", everybody.describe()))
    return report
