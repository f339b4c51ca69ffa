"""The libraries of others kept in static/vendor and tests/vendor: exactly what their manifests say.

``SHA256SUMS`` in each folder holds one line a file, as ``sha256sum`` writes them.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = [ROOT / "static/vendor", ROOT / "tests/vendor"]
MANIFEST = "SHA256SUMS"


def present(folder: Path) -> dict[str, str]:
    """Map each file of the folder to its checksum."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def promised(folder: Path) -> dict[str, str]:
    """Read the manifest."""
    lines = (folder / MANIFEST).read_text("utf-8").splitlines()
    pairs = (line.split(maxsplit=1) for line in lines if line.strip())
    return {name.lstrip("*"): checksum for checksum, name in pairs}


def faults(folder: Path) -> list[str]:
    """Say which files are missing, unknown or altered."""
    files, manifest = present(folder), promised(folder)
    missing = [f"missing: {name}" for name in sorted(manifest.keys() - files.keys())]
    unknown = [f"not in the manifest: {name}" for name in sorted(files.keys() - manifest.keys())]
    both = sorted(files.keys() & manifest.keys())
    altered = [f"altered: {name}" for name in both if files[name] != manifest[name]]
    return missing + unknown + altered


def write(folder: Path) -> None:
    """Make the manifest say what is there."""
    lines = [f"{checksum}  {name}\n" for name, checksum in present(folder).items()]
    (folder / MANIFEST).write_text("".join(lines), "utf-8")


def main() -> int:
    """Check, or write first when asked to."""
    parser = argparse.ArgumentParser(description="Check vendored files against their manifests.")
    parser.add_argument("--write", action="store_true", help="write the manifests first")
    parser.add_argument("--folder", type=Path, action="append", help="instead of both")
    options = parser.parse_args()
    folders: list[Path] = options.folder or FOLDERS
    if options.write:
        for folder in folders:
            write(folder)
    wrong = [line for folder in folders for line in faults(folder)]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
