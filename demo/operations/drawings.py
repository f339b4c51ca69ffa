"""Pictures made on the spot: a portrait, a logo, specimens of papers. Nobody's, nowhere from."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

PAGE = (620, 877)
"""A sheet of A4, at a screen's resolution."""
INK, PAPER, FRAME = "#1d2b3a", "#fbfaf6", "#9db4c0"
SKIN, HAIR, COAT = "#e7b48f", "#3b2a23", "#2f6f73"
SIDE = 640


def portrait() -> bytes:
    """Draw a person: a face, hair, shoulders, before a plain wall."""
    image, pen = _canvas((SIDE, SIDE), "#dfe9e6")
    pen.ellipse((170, 90, 470, 470), fill=HAIR)
    pen.rectangle((170, 280, 470, 500), fill=HAIR)
    pen.ellipse((40, 460, 600, 900), fill=COAT)
    pen.rectangle((275, 400, 365, 500), fill=SKIN)
    pen.ellipse((215, 140, 425, 430), fill=SKIN)
    pen.pieslice((200, 110, 440, 330), 180, 360, fill=HAIR)
    for left in (265, 350):
        pen.ellipse((left, 275, left + 26, 301), fill=INK)
    pen.arc((275, 310, 365, 385), 20, 160, fill="#9c4a3c", width=8)
    return _as(image, "PNG")


def logo() -> bytes:
    """Draw the sign of a team: a tree."""
    image, pen = _canvas((SIDE, SIDE), "#eef4e6")
    pen.rectangle((290, 380, 350, 580), fill="#7a5a3a")
    for left, top in ((110, 190), (290, 190), (200, 80)):
        pen.ellipse((left, top, left + 240, top + 240), fill="#5d8a3f")
    return _as(image, "PNG")


def paper(title: str, *pages: Sequence[str]) -> bytes:
    """Make a PDF with one page for each list of lines, marked as a specimen."""
    drawn = [_page(title, lines) for lines in pages]
    return _as(drawn[0], "PDF", save_all=True, append_images=drawn[1:])


def _page(title: str, lines: Sequence[str]) -> Any:
    image, pen = _canvas(PAGE, PAPER)
    pen.rectangle((24, 24, PAGE[0] - 24, PAGE[1] - 24), outline=FRAME, width=3)
    pen.text((56, 70), title, font=_font(30), fill=INK)
    pen.line((56, 120, PAGE[0] - 56, 120), fill=FRAME, width=2)
    for row, line in enumerate(lines):
        pen.text((56, 150 + 38 * row), line, font=_font(20), fill=INK)
    pen.text((56, PAGE[1] - 90), "SPÉCIMEN — document inventé", font=_font(22), fill="#a33b2b")
    return image


def _canvas(size: tuple[int, int], colour: str) -> tuple[Any, Any]:
    from PIL import Image, ImageDraw  # noqa: PLC0415  (heavy; at the first start only)

    image = Image.new("RGB", size, colour)
    return image, ImageDraw.Draw(image)


def _font(size: int) -> Any:
    from PIL import ImageFont  # noqa: PLC0415  (same)

    return ImageFont.load_default(size)


def _as(image: Any, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
