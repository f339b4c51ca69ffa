"""The antivirus of the host: what it recognises is refused, and its silence takes nothing in."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.config import UploadsConfig
from core.problems import ConfigError
from core.transaction import transaction
from tests.conftest import make_config
from tests.servers.clamd import clamd
from tests.servers.processes import free_ports
from tests.uploads.conftest import stored_paths
from uploads.errors import AntivirusUnavailableError, FileTypeError, InfectedFileError
from uploads.inspection import antivirus
from uploads.operations import keep_bytes, keep_pages, keep_portrait


@pytest.fixture
def guarded_by(app, monkeypatch):
    """Let the application ask this antivirus."""

    def guard(address: str, timeout: float = 60.0) -> None:
        config = app.config["ALVEOLE"]
        uploads = UploadsConfig(clamd=address, clamd_timeout=timeout)
        monkeypatch.setitem(app.config, "ALVEOLE", replace(config, uploads=uploads))

    return guard


def infected(pdf) -> bytes:
    return pdf(b"5 0 obj\n(" + antivirus.HARMLESS_VIRUS + b")\nendobj\n")


@pytest.mark.covers("case-U12")
def test_a_virus_is_refused_in_words_and_never_kept_case_u12(
    app, bob, pdf, picture, clamd_server, guarded_by
):
    guarded_by(clamd_server.address)
    sick = infected(pdf)

    for keep in (
        lambda: keep_bytes(bob, sick, "rib.pdf"),
        lambda: keep_pages(bob, [(pdf(), "bon.pdf"), (sick, "rib.pdf")], ""),
        lambda: keep_portrait(bob, picture("PNG") + antivirus.HARMLESS_VIRUS, "moi.png", box=None),
    ):
        with pytest.raises(InfectedFileError) as refusal:
            keep()
        assert "virus" in str(refusal.value.message)

    assert stored_paths(app) == []


def test_a_sound_file_is_judged_whole_and_kept(app, bob, pdf, clamd_server, guarded_by):
    guarded_by(clamd_server.address)

    keep_bytes(bob, pdf(), "rib.pdf")

    assert clamd_server.seen == [len(pdf())]
    assert len(stored_paths(app)) == 1


def test_what_is_no_file_of_ours_is_not_even_shown_to_it(bob, clamd_server, guarded_by):
    guarded_by(clamd_server.address)

    with pytest.raises(FileTypeError):
        keep_bytes(bob, antivirus.HARMLESS_VIRUS, "essai.com")

    assert clamd_server.seen == []


def test_a_unix_socket_does_as_well(app, bob, pdf, tmp_path: Path, guarded_by):
    with clamd(tmp_path / "c.sock") as server:
        guarded_by(server.address)
        with pytest.raises(InfectedFileError):
            keep_bytes(bob, infected(pdf), "rib.pdf")
        keep_bytes(bob, pdf(), "rib.pdf")


def test_where_there_is_none_nothing_is_asked(app, bob, pdf):
    assert app.config["ALVEOLE"].uploads.clamd == ""

    keep_bytes(bob, infected(pdf), "essai.pdf")

    assert len(stored_paths(app)) == 1


@pytest.mark.parametrize("fault", ["down", "silent", "limit", "nonsense", "cut"])
def test_an_antivirus_that_does_not_judge_lets_nothing_in(
    app, bob, pdf, clamd_server, guarded_by, fault
):
    guarded_by(clamd_server.address)
    if fault == "down":
        (port,) = free_ports(1)
        guarded_by(f"tcp://127.0.0.1:{port}")
    elif fault == "silent":
        clamd_server.is_silent = True
        guarded_by(clamd_server.address, timeout=0.3)
    elif fault == "limit":
        clamd_server.longest = 10
    elif fault == "nonsense":
        clamd_server.answer = b"stream: OK? I do not know\0"
    else:
        clamd_server.answer = b"stream: O"  # and the line ends

    began = time.monotonic()
    with pytest.raises(AntivirusUnavailableError) as refusal:
        keep_bytes(bob, pdf(), "rib.pdf")

    assert refusal.value.status == 503
    assert time.monotonic() - began < 30  # its own 0.3 s, on a machine however busy; not 60
    assert stored_paths(app) == []


def test_it_is_never_asked_inside_a_transaction(bob, pdf, clamd_server, guarded_by):
    guarded_by(clamd_server.address)

    with pytest.raises(RuntimeError, match="before the operation"), transaction():
        keep_bytes(bob, pdf(), "rib.pdf")


@pytest.mark.parametrize(
    ("address", "is_fine"),
    [
        ("", True),
        ("tcp://127.0.0.1:3310", True),
        ("tcp://clamd:3310", True),
        ("unix:///run/clamd.sock", True),
        ("tcp://clamd", False),
        ("tcp://clamd:port", False),
        ("unix://run/clamd.sock", False),
        ("clamd:3310", False),
        ("https://clamd:3310", False),
    ],
)
def test_an_address_that_cannot_be_asked_stops_the_start(tmp_path: Path, address, is_fine):
    uploads = UploadsConfig(clamd=address)
    if is_fine:
        assert make_config(tmp_path, uploads=uploads).uploads.clamd == address
    else:
        with pytest.raises(ConfigError, match=r"uploads\.clamd"):
            make_config(tmp_path, uploads=uploads)


def test_the_doctor_has_it_judge_the_harmless_virus(app, clamd_server, guarded_by):
    def say() -> tuple[int, str]:
        found = app.test_cli_runner().invoke(args=["doctor", "antivirus"])
        return found.exit_code, found.output

    assert say() == (0, "No antivirus is configured (uploads.clamd).\n")
    guarded_by(clamd_server.address)
    assert say() == (0, "The antivirus answers, and recognises the test file.\n")
    clamd_server.answer = b"stream: OK\0"
    assert say()[0] == 1
    (port,) = free_ports(1)
    guarded_by(f"tcp://127.0.0.1:{port}")
    status, words = say()
    assert status == 1
    assert "no file is taken" in words
