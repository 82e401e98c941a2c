"""Authenticated encryption: what must be read again, and is kept where others may read.

AES-256-GCM under a key that HKDF derives for one use (``label``), so that no two uses share a key.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX = "v1."
"""Begins every encrypted text: how it was encrypted, so that another way can follow."""

NONCE = 12
"""Bytes, chosen anew for every text."""


class DecryptionError(Exception):
    """The text was encrypted with another key, for another use or context, or was altered."""


def encrypt(label: str, key: str | bytes, plaintext: str, context: str | int = "") -> str:
    """Return ``plaintext`` encrypted, as a text of letters, digits, ``-``, ``_``, ``=`` and ``.``.

    ``label`` names the use. Only the same ``context`` (the id of the row) opens it again, so that
    nobody who writes to the database can move it to another row. It is as long as the text and a
    third, and 42 characters more: pad what must not be told by its length.
    """
    nonce = os.urandom(NONCE)
    sealed = AESGCM(_derived(label, key)).encrypt(nonce, plaintext.encode(), str(context).encode())
    return PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode()


def decrypt(label: str, key: str | bytes, text: str, context: str | int = "") -> str:
    """Return what :func:`encrypt` was given. Raises :class:`DecryptionError`."""
    try:
        raw = base64.b64decode(text.removeprefix(PREFIX), altchars=b"-_", validate=True)
        opened = AESGCM(_derived(label, key)).decrypt(
            raw[:NONCE], raw[NONCE:], str(context).encode()
        )
    except (InvalidTag, ValueError) as error:
        raise DecryptionError(label) from error
    if not text.startswith(PREFIX):
        raise DecryptionError(label)
    return opened.decode()


def _derived(label: str, key: str | bytes) -> bytes:
    secret = key.encode() if isinstance(key, str) else key
    return HKDF(SHA256(), 32, salt=None, info=f"participa {label}".encode()).derive(secret)
