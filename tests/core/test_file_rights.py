"""Whatever the umask, nobody else on the machine can read what is kept, of any file."""

import subprocess
import sys
import urllib.request
from pathlib import Path

from core import file_rights
from tests.servers.processes import free_ports, running

ROOT = Path(__file__).resolve().parents[2]


def wrong_rights(folder):
    """Every path below that is not exactly its owner's."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        mode = path.stat().st_mode & 0o777
        if mode != (0o700 if path.is_dir() else 0o600):
            found[str(path.relative_to(folder))] = oct(mode)
    return found


def answers(port):
    def ask():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/connexion", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    return ask


def with_umask(umask, *command):
    code = "import os, sys; os.umask(int(sys.argv[1], 8)); os.chdir(sys.argv[2]); "
    code += "os.execv(sys.argv[3], sys.argv[3:])"
    return [sys.executable, "-c", code, f"{umask:o}", str(ROOT), sys.executable, *command]


def test_every_file_of_a_real_run_is_its_owners(tmp_path, monkeypatch):
    umask = 0o000  # takes nobody's right away by itself
    folder, [port] = tmp_path / "data", free_ports(1)
    monkeypatch.setenv("DATA_DIR", str(folder))
    monkeypatch.setenv("PORT", str(port))
    with running(with_umask(umask, "app.py"), log=tmp_path / "log", answers=answers(port)):
        names = {path.name for path in folder.rglob("*")}
        assert {"alveole.db", "alveole.db-wal", "alveole.db-shm", "secret_key"} <= names
        assert any(path.is_file() for path in (folder / "files").rglob("*"))
        assert wrong_rights(folder) == {}
        command = with_umask(umask, "-m", "flask", "--app", "app", "seed", "demo")
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        assert wrong_rights(folder) == {}
    assert wrong_rights(folder) == {}


def test_what_an_earlier_start_left_open_is_closed(tmp_path):
    files = tmp_path / "files" / "ab"
    files.mkdir(parents=True)
    kept = [files / "abcd", files / "abcd.part", tmp_path / "secret_key"]
    kept += [tmp_path / f"alveole.db{end}" for end in file_rights.BESIDE_SQLITE]
    for path in kept:
        path.write_text("")
        path.chmod(0o666)
    for path in (tmp_path, files, files.parent):
        path.chmod(0o777)
    assert file_rights.tighten(tmp_path, None) == []
    assert wrong_rights(tmp_path) == {}


def test_a_database_that_stands_elsewhere_is_closed_and_its_folder_left_alone(tmp_path):
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    for path in (folder, elsewhere):
        path.mkdir()
        path.chmod(0o755)
    database = elsewhere / "care.sqlite"
    neighbour = elsewhere / "not-ours"
    for path in (database, elsewhere / "care.sqlite-wal", neighbour):
        path.write_text("")
        path.chmod(0o644)
    file_rights.tighten(folder, database)
    assert database.stat().st_mode & 0o777 == 0o600
    assert (elsewhere / "care.sqlite-wal").stat().st_mode & 0o777 == 0o600
    assert neighbour.stat().st_mode & 0o777 == 0o644
    assert elsewhere.stat().st_mode & 0o777 == 0o755


def test_a_link_is_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("")
    outside.chmod(0o644)
    folder = tmp_path / "data"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "link").symlink_to(outside)
    file_rights.tighten(folder, None)
    assert outside.stat().st_mode & 0o777 == 0o644
