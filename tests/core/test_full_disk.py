"""A disk that is really full: a small one is mounted, and filled to its last byte."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys

import pytest
from sqlalchemy import text

from app import create_app
from core.database import db
from core.transaction import let_go, transaction
from messaging.models import Message
from tests.cast import build_cast
from tests.conftest import make_config, migrate_up
from tests.core.breaking import open_browser
from tests.security.test_late_forms import hidden_of, post, thread_of
from tests.uploads.conftest import make_pdf
from uploads.models import StoredFile

TEXT = "Bonjour, la plaie est propre et sèche."
SIZE = "12m"
INSIDE = "ALVEOLE_TEST_OWN_MOUNTS"
"""Set in the process that was given a namespace in which it may mount."""


@pytest.fixture
def small_disk(request, tmp_path):
    """A folder that is a disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir(mode=0o700)
    options = f"size={SIZE},mode=0700"
    if _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)):
        _try_in_a_namespace(request.node.nodeid)
    yield folder
    assert _run("umount", "-l", str(folder)) == ""


def _try_in_a_namespace(test: str) -> None:
    """Where this process may not mount: in one that is root in a namespace, if that may be."""
    if os.environ.get(INSIDE) or _run("unshare", "-rm", "true"):
        pytest.skip("NO FULL DISK WAS TRIED HERE: this machine lets nobody mount one")
    environ = {**os.environ, INSIDE: "1"}
    inner = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    said = _run("unshare", "-rm", *inner, env=environ)
    if said:
        pytest.fail(said)
    pytest.skip("a full disk was tried, and it passed, in a namespace of its own")


def _run(*command: str, env: dict[str, str] | None = None) -> str:
    """Run a command; return what went wrong, or nothing."""
    if shutil.which(command[0]) is None:
        return f"{command[0]} is missing"
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=500, check=False, env=env
    )
    return f"{done.stdout}\n{done.stderr}" if done.returncode else ""


@pytest.fixture
def house(small_disk):
    app = create_app(make_config(small_disk), TESTING=False)
    migrate_up(app)
    with app.app_context():
        with transaction():
            cast = build_cast()
        yield app, cast
        let_go()
        db.engine.dispose()


@pytest.fixture
def full(small_disk):
    """``full()`` writes until nothing more is taken, and returns what gives the room back."""
    ballast = small_disk / "ballast"

    def fill():
        with ballast.open("wb", buffering=0) as file:
            for size in (65_536, 4_096, 1):
                try:
                    while file.write(b"x" * size):
                        pass
                except OSError:
                    continue
        assert os.statvfs(small_disk).f_bavail == 0
        return ballast.unlink

    return fill


def test_words_come_back_and_what_was_acknowledged_is_there(house, full, page):
    app, cast = house
    jeanne, url = open_browser(app, cast.jeanne), thread_of(cast)
    fields = hidden_of(jeanne.get(url).text)
    sent = fields | {"body": "Avant.", "client_id": "a" * 32}
    assert post(jeanne, url, url, sent).status_code == 303
    let_go()
    give_back = full()
    kept = 1
    for number in range(40):  # the room that its journal has already is used up first
        said = fields | {"body": TEXT * 240, "client_id": f"{number:032}"}
        refused = post(jeanne, url, url, said)
        if refused.status_code == 503:
            break
        assert refused.status_code == 303
        kept += 1
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert page(refused).inputs == said
    assert jeanne.get("/messages").status_code == 200  # what is read is there
    let_go()
    give_back()
    assert post(jeanne, url, url, page(refused).inputs).status_code == 303
    let_go()
    assert db.session.query(Message).count() == kept + 1
    assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"


def test_a_file_is_refused_in_words_and_taken_once_there_is_room(house, full, page):
    app, cast = house
    url = "/parametres/documents"
    bob = open_browser(app, cast.bob)
    fields = page(bob.get(url)).inputs | {"type": "bank_details"}
    let_go()
    give_back = full()
    refused = post(bob, url, url, {**fields, "files": one_pdf()})
    assert refused.status_code == 503
    assert "perdu" in page(refused).text
    let_go()
    give_back()
    fields = page(bob.get(url)).inputs | {"type": "bank_details"}
    assert post(bob, url, url, {**fields, "files": one_pdf()}).status_code == 302
    let_go()
    assert db.session.query(StoredFile).count() == 1


def one_pdf():
    return io.BytesIO(make_pdf(b"%" + b"x" * 300_000)), "rib.pdf"


def test_a_command_says_what_the_disk_cannot_take(house, full):
    app, _cast = house
    let_go()
    give_back = full()
    runner = app.test_cli_runner()
    for _turn in range(400):  # the room that the journal has already is used up first
        found = runner.invoke(args=["recover", "bob@example.org"])
        if found.exit_code:
            break
    assert found.exit_code == 1
    assert "disque" in found.output
    assert "Traceback" not in found.output
    give_back()
    assert runner.invoke(args=["recover", "bob@example.org"]).exit_code == 0
