"""Pictures as they are kept: made anew from what was uploaded, so that nothing hidden survives."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import Any

import puremagic
from flask_babel import lazy_gettext as _l

from participa.core.errors import Invalid, Problem

LARGEST_PICTURE = 25_000_000
"""Pixels: more would be a way to fill the memory."""
READABLE = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
}
ACCEPT = ",".join(READABLE)
"""For the file field of a form."""
_SAVING: dict[str, dict[str, Any]] = {
    "PNG": {"optimize": True},
    "WEBP": {"quality": 78, "method": 4},
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready to be stored and served."""

    data: bytes
    digest: str
    """First half of the SHA-256, for an address that may be kept for a year."""
    width: int
    height: int


def read(
    data: bytes, *, size: tuple[int, int], largest_file: int, path: str, kind: str = "WEBP"
) -> Picture:
    """Return an uploaded picture made to fit ``size`` pixels, as ``kind`` (PNG or WEBP).

    Raises :class:`Invalid` on ``path``, with what is wrong with the file.
    """
    from PIL import Image, ImageOps

    def refusal(sentence: Any) -> Invalid:
        return Invalid([Problem(path, sentence)])

    if not data:
        raise refusal(_l("El archivo está vacío."))
    if len(data) > largest_file:
        raise refusal(
            _l(
                "El archivo pesa más de %(most)s MB. Use uno más pequeño.",
                most=largest_file // (1024 * 1024),
            )
        )
    source = READABLE.get(_sniff(data))
    if source is None:
        raise refusal(_l("Debe ser una imagen PNG, JPEG, WebP o GIF."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(io.BytesIO(data), formats=[source])
            width, height = picture.size
            if width * height > LARGEST_PICTURE:
                raise refusal(_l("La imagen tiene demasiados píxeles. Use una más pequeña."))
            # A photograph is turned as its camera says: that note does not survive.
            small = ImageOps.exif_transpose(picture).convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise refusal(_l("La imagen tiene demasiados píxeles. Use una más pequeña.")) from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise refusal(_l("No pudimos leer la imagen: el archivo está dañado.")) from None
    small.thumbnail(size, Image.Resampling.LANCZOS)
    clean = Image.new("RGBA", small.size)
    clean.paste(small)
    target = io.BytesIO()
    clean.save(target, kind, **_SAVING[kind])
    made = target.getvalue()
    return Picture(made, hashlib.sha256(made).hexdigest()[:16], *clean.size)


def _sniff(data: bytes) -> str:
    try:
        return str(puremagic.from_string(data[:4096], mime=True))
    except (puremagic.PureError, ValueError):
        return ""
