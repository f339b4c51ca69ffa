"""A program of its own: reads one picture from standard input, writes it anew to standard output.

It runs in a child process, because decoders are where hostile pictures strike: what goes wrong
here, goes wrong with little time, little memory, no file and nothing worth stealing. What is
written holds pixels only: position, author and anything glued to the picture are gone, and the
orientation is applied. It imports nothing of ours, so that it starts quickly.
"""

from __future__ import annotations

import io
import resource
import sys

from PIL import Image, ImageOps, MpoImagePlugin, TiffImagePlugin

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}
LATE_IMPORTS = (MpoImagePlugin, TiffImagePlugin)
"""What Pillow would import in the middle of its work, when no file opens any more."""
MEMORY = 1_500_000_000
"""Bytes of address space: 40 million pixels, decoded and turned, with their copies."""
SECONDS = 15
MAX_PIXELS = 40_000_000


def give_up_rights() -> None:
    """Leave this process nothing but computing, for a while."""
    limits = [
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),  # those already open stay open; nothing else opens
    ]
    for limit, value in limits:
        hard = resource.getrlimit(limit)[1]
        wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(limit, (wanted, wanted))
        except (ValueError, OSError):  # not every system knows every limit (macOS: RLIMIT_AS)
            continue


def reencode(content: bytes, content_type: str) -> bytes:
    """Decode, turn, and write pixels only."""
    picture_format = FORMATS[content_type]
    with Image.open(io.BytesIO(content), formats=[picture_format]) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        opened.load()
        picture = ImageOps.exif_transpose(opened)
        written = io.BytesIO()
        if picture_format == "JPEG":
            if picture.mode not in {"L", "RGB"}:
                picture = picture.convert("RGB")
            picture.info = {}
            picture.save(written, "JPEG", quality=88, exif=b"")
        else:
            picture.info = {
                key: value for key, value in picture.info.items() if key == "transparency"
            }
            picture.save(written, "PNG", exif=b"")
    return written.getvalue()


def main() -> None:
    """Read, give up every right, work, write."""
    content = sys.stdin.buffer.read()
    content_type = sys.argv[1]
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = None  # counted above: Pillow would only warn
    give_up_rights()
    sys.stdout.buffer.write(reencode(content, content_type))


if __name__ == "__main__":
    main()
