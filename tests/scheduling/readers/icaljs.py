"""ical.js, the library of Thunderbird and Nextcloud: in Node if there is one, else in Chromium."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.servers.processes import unavailable

TESTS = Path(__file__).resolve().parents[2]
SCRIPTS = (TESTS / "vendor/ical.js", Path(__file__).with_name("icaljs.js"))
IN_NODE = """
const { readFileSync } = require("node:fs");
const { runInThisContext } = require("node:vm");
const [, ...scripts] = process.argv;
delete globalThis.exports; // or ical.js would think that it is required
scripts.forEach((path) => runInThisContext(readFileSync(path, "utf8")));
const calendars = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(calendars.map(readCalendar)));
"""
ANSWER = re.compile(r'<pre id="answer">(.*?)</pre>', re.DOTALL)


def read_by_icaljs(texts: list[str]) -> list[list[dict[str, Any]]]:
    """Read all these calendars in one process: start, title and place of each event."""
    node = shutil.which("node")
    return _in_node(node, texts) if node else _in_chromium(texts)


def starts_by_icaljs(texts: list[str]) -> list[list[datetime]]:
    """Read the starts of all these calendars."""
    return _starts(read_by_icaljs(texts))


def starts_in_chromium(texts: list[str]) -> list[list[datetime]]:
    """Read them in the browser, whatever else there is."""
    return _starts(_in_chromium(texts))


def _starts(read: list[list[dict[str, Any]]]) -> list[list[datetime]]:
    return [[datetime.fromtimestamp(event["start"], UTC) for event in events] for events in read]


def _in_node(node: str, texts: list[str]) -> Any:
    command = [node, "--eval", IN_NODE, *map(str, SCRIPTS)]
    done = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(done.stdout)


def _in_chromium(texts: list[str]) -> Any:
    program = shutil.which("chromium") or unavailable("node, or else chromium")
    given = json.dumps(texts).replace("<", "\\u003c")
    answer = f"JSON.stringify({given}.map(readCalendar))"
    scripts = [
        *(path.read_text("utf-8") for path in SCRIPTS),
        f"document.getElementById('answer').textContent = {answer};",
    ]
    body = "".join(f"<script>{script}</script>" for script in scripts)
    with TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(f'<meta charset="utf-8"><pre id="answer"></pre>{body}', "utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        command = [program, *flags, f"--user-data-dir={folder}/profile", "--dump-dom", str(page)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    found = ANSWER.search(done.stdout)
    assert found is not None, done.stderr[-2000:]
    return json.loads(html.unescape(found[1]))
