"""A logo as it is kept: a small PNG made from scratch."""

from participa.core import pictures

LARGEST_FILE = 2 * 1024 * 1024
"""Bytes."""
SIZE = (400, 120)
"""Width and height in pixels that a logo is made to fit."""


def read(data: bytes) -> pictures.Picture:
    """Return an uploaded picture as a logo. Raises :class:`Invalid` on the path ``logo``."""
    return pictures.read(data, size=SIZE, largest_file=LARGEST_FILE, path="logo", kind="PNG")
