"""What is installed to run the product is enough to run it: tests have more around them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVE = "import app, gunicorn.app.wsgiapp, gunicorn.workers.ggevent, psycopg, boto3, redis"
"""The worker that serves, and what is imported only when it is configured."""
PROGRAM = """
import sys
from importlib.metadata import packages_distributions

allowed = set(sys.argv[1].split())
owners = packages_distributions()


class Fence:
    def find_spec(self, name, path=None, target=None):
        found = {one.lower().replace("_", "-") for one in owners.get(name.partition(".")[0], ())}
        if found and not found & allowed:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Fence())
exec(sys.argv[2])
"""


def locked(name: str) -> set[str]:
    text = (ROOT / name).read_text("utf-8")
    return {one.lower().replace("_", "-") for one in re.findall(r"(?m)^([\w.-]+)==", text)}


def run(allowed: set[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, " ".join(allowed), SERVE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_product_starts_with_its_own_requirements_only():
    done = run(locked("requirements.txt") | {"pip", "setuptools"})
    assert done.returncode == 0, done.stderr


def test_a_missing_requirement_is_noticed():
    done = run(locked("requirements.txt") - {"packaging"})
    assert "No module named 'packaging'" in done.stderr
