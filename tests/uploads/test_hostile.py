"""Files made to do harm, from the browser to the storage: refused in words, or inert."""

from __future__ import annotations

import contextlib
import io
import json
import re
import resource
import subprocess
import sys

import pytest
from flask import request
from PIL import Image

from core.authorization import INSTANCE
from core.body_limits import MOST_BYTES_WITH_FILES
from core.errors import DomainError
from core.start import ROOT
from tests.asking import request_of
from tests.uploads.conftest import make_pdf, make_picture, stored_paths
from tests.uploads.hostile import FILES, Hostile, progressive
from uploads import storage
from uploads.errors import DamagedFileError, FileRefusedError
from uploads.inspection import limited
from uploads.inspection.files import inspect
from uploads.operations import keep_pages, keep_portrait, page_count, page_image, store_file
from uploads.views.receiving import receive_upload
from uploads.views.sending import send_stored_file

NAMES = [f"{number:02}-{re.sub('[^a-z.]', '', one.name)[:20]}" for number, one in enumerate(FILES)]
BOTH = pytest.mark.parametrize("hostile", FILES, ids=NAMES)
HELD = 350_000_000
"""Bytes that this process may take more than before, while it makes and judges one file."""


@contextlib.contextmanager
def bounded_memory():
    """Fail when this process took more than it may; what a child may take, its own limit says."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < HELD


def upload(app, actor, hostile: Hostile, content: bytes):
    """Send it as a browser does, and keep it as a view does."""
    can_travel = not set(hostile.name) & set('"\r\n\0\\')
    data = {"file": (io.BytesIO(content), hostile.name if can_travel else "x")}
    with request_of(app, actor, "/", method="POST", data=data):
        request.max_content_length = MOST_BYTES_WITH_FILES  # as on every page that takes files
        file = request.files["file"]
        file.filename = hostile.name  # what no library of ours would write in a header
        with contextlib.closing(request.environ["wsgi.input"]), contextlib.closing(request):
            return store_file(actor, INSTANCE, stored=receive_upload(file))


def test_there_are_more_than_thirty_of_them():
    assert len(FILES) > 40


@pytest.mark.covers("case-U1", "case-U2", "case-U3", "case-U4", "case-U7")
@BOTH
def test_it_is_refused_in_words_or_kept_inert(app, bob, outbox, hostile):
    content = hostile.make()
    with bounded_memory():
        if hostile.refusals:
            with pytest.raises(DomainError) as refusal:
                upload(app, bob, hostile, content)
            assert refusal.value.code in hostile.refusals
            assert refusal.value.status == 422
            assert len(str(refusal.value.message)) > 20
            assert stored_paths(app) == []
            assert outbox.waiting() == 0
            return
        file = upload(app, bob, hostile, content)
    _assert_inert(app, bob, file)


def _assert_inert(app, bob, file) -> None:
    kept = b"".join(storage.current_storage().read(file.key, 0, file.size))
    assert inspect(kept, file.filename).content_type == file.content_type
    if file.content_type != "application/pdf":
        assert b"script" not in kept
        assert b"PK\x03\x04" not in kept
        Image.open(io.BytesIO(kept)).load()
    assert not re.search(r"[/\\\x00-\x1f\u200b-\u206f]", file.filename)
    assert file.filename.rsplit(".", 1)[1] in {"pdf", "jpg", "png"}
    assert len(file.filename) <= 200
    with app.test_request_context("/"), contextlib.closing(send_stored_file(file)) as sent:
        assert sent.get_data() == kept
    assert sent.headers["Content-Disposition"].startswith("attachment; ")
    assert "\n" not in sent.headers["Content-Disposition"]
    assert sent.headers["Content-Type"] == file.content_type
    assert sent.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    for page in range(1, min(page_count(file), 2) + 1):
        with bounded_memory(), contextlib.suppress(DomainError):
            picture = Image.open(io.BytesIO(page_image(bob, file, page)))
            assert picture.format == "JPEG"
            assert picture.width <= 1200
            assert picture.height <= 4800


@BOTH
def test_it_makes_no_portrait_and_no_page_but_a_harmless_one(app, bob, hostile):
    content = hostile.make()
    for keep in (
        lambda: keep_portrait(bob, content, hostile.name, box=None),
        lambda: keep_pages(bob, [(make_picture(), "a.jpg"), (content, hostile.name)], ""),
    ):
        with bounded_memory():
            try:
                stored = keep()
            except FileRefusedError:
                continue
        kept = b"".join(storage.current_storage().read(stored.key, 0, stored.size))
        assert stored.content_type in {"image/jpeg", "application/pdf"}
        assert b"<script" not in kept


def test_a_child_has_no_rights_and_little_time(app):
    """Asked from inside: what the child could still do, once it has given up its rights."""
    program = f"""
import importlib.util, json, resource, sys
spec = importlib.util.spec_from_file_location("child", {str(limited.PROGRAM)!r})
child = importlib.util.module_from_spec(spec); spec.loader.exec_module(child)
import socket
child.give_up_rights(15)
tries = {{}}
def attempt(name, act):
    try:
        act(); tries[name] = "done"
    except (OSError, MemoryError) as error:
        tries[name] = type(error).__name__
attempt("open", lambda: open("/etc/passwd"))
attempt("memory", lambda: bytearray(child.MEMORY))
attempt("connect", lambda: socket.create_connection(("127.0.0.1", 9), 1))
tries["cpu"] = resource.getrlimit(resource.RLIMIT_CPU)[0]
tries["write"] = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
print(json.dumps(tries))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT, text=True
    )

    assert json.loads(done.stdout) == {
        "open": "OSError",
        "memory": "MemoryError",
        "connect": "OSError",
        "cpu": 15,
        "write": 0,
    }


def test_a_child_that_computes_without_end_is_ended(app):
    with pytest.raises(DamagedFileError):
        limited.run("clean", [progressive(3000)], seconds=1, type="image/jpeg")


def test_ten_at_once_are_two_at_a_time_and_all_are_judged(app):
    import threading

    outcomes = []

    def judge():
        with app.app_context():
            outcomes.append(inspect(make_pdf(), "a.pdf").pages)

    threads = [threading.Thread(target=judge) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == [1] * 10
