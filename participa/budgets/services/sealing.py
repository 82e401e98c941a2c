"""Encryption of what somebody chose and did not send: never in clear beside who chose it.

The key is in a cookie of their browser and nowhere else. What is stored can be read only with that
cookie and the installation's secret together.
"""

import json
import re
import secrets
from collections.abc import Mapping

from participa.core.encryption import DecryptionError, decrypt, encrypt
from participa.core.keyed import hasher

Choice = dict[int, int]

LABEL = "budgets.draft"
BLOCK = 512
"""Bytes up to a multiple of which a choice is filled, so that its length does not tell its size."""
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


def new_key() -> str:
    """Return a key for a browser: 256 random bits."""
    return secrets.token_urlsafe(32)


def is_key(text: str) -> bool:
    """Return whether a text is as keys are."""
    return _KEY.fullmatch(text) is not None


def seal(key: str, component_id: int, person_id: int, choice: Mapping[int, int]) -> str | None:
    """Return a choice encrypted for one person and vote; ``None`` for none."""
    if not choice:
        return None
    plain = json.dumps({str(each): value for each, value in choice.items()})
    filled = plain.ljust(-(-len(plain) // BLOCK) * BLOCK)
    return encrypt(LABEL, _secret(key), filled, f"{component_id}.{person_id}")


def opened(key: str, component_id: int, person_id: int, sealed: str | None) -> Choice | None:
    """Return a choice that :func:`seal` encrypted; ``None`` where this key does not open it."""
    if sealed is None:
        return {}
    if not is_key(key):
        return None
    try:
        plain = decrypt(LABEL, _secret(key), sealed, f"{component_id}.{person_id}")
    except DecryptionError:
        return None
    return {int(each): value for each, value in json.loads(plain).items()}


def _secret(key: str) -> str:
    return hasher(LABEL)(key)
