"""Static files, read once at start and served under content-hash names.

A name that changes with the content can be cached for a year, so a returning
visitor on prepaid data downloads nothing twice. Bodies are kept in memory,
already compressed: together they weigh less than one photograph.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Self

from flask import Response, abort, current_app, request

from participa.core.sanitize import trusted
from participa.core.site import script_root

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from markupsafe import Markup

CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".txt": "text/plain; charset=utf-8",
}
COMPRESSIBLE: Final = frozenset({".css", ".js", ".svg", ".json", ".geojson", ".txt", ".ico"})
HASH_LENGTH: Final = 10
_ICON: Final = trusted('<svg class="icon" {}><use href="{}#{}"/></svg>')
_SPOKEN: Final = trusted('role="img" aria-label="{}"')
_SILENT: Final = trusted('aria-hidden="true"')
FOREVER: Final = "public, max-age=31536000, immutable"


class UnknownAssetError(LookupError):
    """A template asked for a static file that is not there."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name the missing file and what there is instead."""
        super().__init__(f"no static file {name!r}; there are: {', '.join(sorted(known))}")


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file, ready to send."""

    name: str
    hashed_name: str
    content_type: str
    body: bytes
    gzipped: bytes | None

    @classmethod
    def build(cls, name: str, body: bytes) -> Self:
        """Hash and compress ``body``; the name keeps its folder and its ending."""
        path = PurePosixPath(name)
        digest = hashlib.sha256(body).hexdigest()[:HASH_LENGTH]
        gzipped = None
        if path.suffix in COMPRESSIBLE:
            # mtime=0: the same file gives the same bytes on every server.
            candidate = gzip.compress(body, compresslevel=9, mtime=0)
            gzipped = candidate if len(candidate) < len(body) else None
        return cls(
            name=name,
            hashed_name=str(path.with_name(f"{path.stem}.{digest}{path.suffix}")),
            content_type=CONTENT_TYPES[path.suffix],
            body=body,
            gzipped=gzipped,
        )


class AssetStore:
    """Every static file of the product, by plain and by hashed name."""

    def __init__(self, assets: Iterable[Asset], prefix: str = "/recursos/") -> None:
        """Index ``assets``; they are served under ``prefix``."""
        self.prefix = prefix
        self._by_name = {asset.name: asset for asset in assets}
        self._by_hashed_name = {asset.hashed_name: asset for asset in self._by_name.values()}
        self._icons: dict[tuple[str | None, str], Markup] = {}

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read every file below ``directory`` whose ending is known."""
        return cls(
            Asset.build(path.relative_to(directory).as_posix(), path.read_bytes())
            for path in sorted(directory.rglob("*"))
            if path.is_file() and path.suffix in CONTENT_TYPES
        )

    def url(self, name: str) -> str:
        """Address of the file called ``name``: the ``asset()`` of templates."""
        asset = self._by_name.get(name)
        if asset is None:
            raise UnknownAssetError(name, self._by_name)
        return f"{script_root() or ''}{self.prefix}{asset.hashed_name}"

    def icon(self, name: str, label: object = None) -> Markup:
        """Drawing ``name`` of the sprite; ``label`` makes it speak, else it is decoration."""
        if label:
            return _ICON.format(_SPOKEN.format(label), self.url("icons.svg"), name)
        root = script_root()
        found = self._icons.get((root, name))
        if found is None:  # pages have dozens: each is written once
            found = self._icons[root, name] = _ICON.format(_SILENT, self.url("icons.svg"), name)
        return found

    def find(self, hashed_name: str) -> Asset | None:
        """Return the file served under ``hashed_name``, or None: plain names are not served."""
        return self._by_hashed_name.get(hashed_name)


def serve_asset(filename: str) -> Response:
    """Send one static file, compressed when the browser takes it so."""
    store: AssetStore = current_app.extensions["participa_assets"]
    asset = store.find(filename)
    if asset is None:
        abort(404)
    body = asset.body
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if asset.gzipped is not None and request.accept_encodings.quality("gzip") > 0:
        body = asset.gzipped
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, content_type=asset.content_type)
