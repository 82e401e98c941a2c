"""A logo as it is kept: a small PNG made from scratch: nothing hidden in a file survives."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import Any

import puremagic
from flask_babel import lazy_gettext as _l

from participa.core.errors import Invalid, Problem

LARGEST_FILE = 2 * 1024 * 1024
"""Bytes."""
LARGEST_PICTURE = 25_000_000
"""Pixels: more would not be a logo but a way to fill the memory."""
SIZE = (400, 120)
"""Width and height in pixels that a logo is made to fit."""
READABLE = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
}


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture ready to be stored and served."""

    png: bytes
    digest: str
    width: int
    height: int


def read(data: bytes) -> Logo:
    """Return an uploaded picture as a logo. Raises :class:`Invalid` on the path ``logo``."""
    from PIL import Image

    if not data:
        raise _refusal(_l("El archivo está vacío."))
    if len(data) > LARGEST_FILE:
        raise _refusal(_l("El archivo pesa más de 2 MB. Use uno más pequeño."))
    kind = READABLE.get(_sniff(data))
    if kind is None:
        raise _refusal(_l("El logo debe ser una imagen PNG, JPEG, WebP o GIF."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(io.BytesIO(data), formats=[kind])
            width, height = picture.size
            if width * height > LARGEST_PICTURE:
                raise _refusal(_l("La imagen tiene demasiados píxeles. Use una más pequeña."))
            small = picture.convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _refusal(_l("La imagen tiene demasiados píxeles. Use una más pequeña.")) from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise _refusal(_l("No pudimos leer la imagen: el archivo está dañado.")) from None
    small.thumbnail(SIZE, Image.Resampling.LANCZOS)
    target = io.BytesIO()
    clean = Image.new("RGBA", small.size)
    clean.paste(small)
    clean.save(target, "PNG", optimize=True)
    png = target.getvalue()
    return Logo(png, hashlib.sha256(png).hexdigest()[:16], *clean.size)


def _refusal(sentence: Any) -> Invalid:
    return Invalid([Problem("logo", sentence)])


def _sniff(data: bytes) -> str:
    try:
        return str(puremagic.from_string(data[:4096], mime=True))
    except (puremagic.PureError, ValueError):
        return ""
