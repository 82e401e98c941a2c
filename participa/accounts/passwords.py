"""Passwords: hashed with Argon2id, and refused when the first guess would find them."""

import re
import secrets
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import lazy_gettext as _l

from participa.accounts.models import folded

MINIMUM, MAXIMUM = 10, 200
"""Characters."""
FEWEST_DIFFERENT = 3

# OWASP's smallest recommended memory: a gunicorn worker of 8 threads never needs more than 152 MiB.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Those of ten characters or more that head the public lists, and their Spanish sisters, folded.
_COMMON_WORDS = (
    "1234567890 0123456789 12345678910 123456789a a123456789 0987654321 9876543210 "
    "1q2w3e4r5t 1qaz2wsx3edc q1w2e3r4t5 qwertyuiop qwerty1234 qwerty12345 "
    "qwerty123456 asdfghjkl1 asdfghjklñ asdfghjkln zxcvbnm123 password12 password123 "
    "password1234 passw0rd123 iloveyou12 iloveyou123 contrasena contrasena1 "
    "contrasena12 contrasena123 contrasena1234 micontrasena miclave123 clave12345 "
    "clave123456 claveclave teamomucho teamo12345 tequieromucho amorcito123 "
    "colombia123 colombia1234 colombia2024 colombia2025 colombia2026 bogota1234 "
    "bogota12345 medellin123 cali123456 nacional123 millonarios santafe123 america123 "
    "argentina123 mexico1234 bienvenido bienvenido1 bienvenida bienvenidos "
    "administrador administrador1 admin12345 admin123456 participacion participa123 "
    "usuario123 usuario1234 alcaldia123 familia123 mifamilia123 jesucristo jesusteamo "
    "diosesamor diosesbueno diosmebendiga cristoviene superman123 futbol1234 "
    "princesa123 abcdefghij abc1234567 abcd123456 abc123456789 11223344556 1122334455 "
    "123123123123 123321123321 147258369a 987654321a letmein1234 welcome123 "
    "welcome1234 football123 qazwsxedcr chocolate1 chocolate123 mariposa12 "
    "mariposa123 estrella123 secreto123 cambiame123 changeme123 "
)
_COMMON = frozenset(_COMMON_WORDS.split())


def hashed(password: str) -> str:
    """Return the Argon2id hash of a password."""
    return _hasher.hash(_normal(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Return whether a password is the one of the hash; takes as long when there is no hash."""
    try:
        _hasher.verify(password_hash or _nobodys(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Return whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def problem(password: str, *names: str | None) -> Any:
    """Return why a password is refused, as a sentence, or ``None``.

    ``names`` are the person's own name, address and username.
    """
    length = len(_normal(password))
    if length < MINIMUM:
        return _l(
            "Use al menos %(n)s caracteres: tres o cuatro palabras seguidas sirven.", n=MINIMUM
        )
    if length > MAXIMUM:
        return _l("Use como máximo %(n)s caracteres.", n=MAXIMUM)
    bare = _squashed(password)
    if folded(password).replace(" ", "") in _COMMON or bare in _COMMON or _is_monotonous(password):
        return _l("Esa clave es de las primeras que alguien probaría. Elija otra.")
    own = {_squashed(part) for name in names if name for part in (name, name.partition("@")[0])}
    if bare in own or bare.strip("0123456789") in own - {""}:
        return _l("No use su nombre ni su correo como clave.")
    return None


@lru_cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def _normal(password: str) -> str:
    # The same word typed on two keyboards may differ in how accents are encoded.
    return unicodedata.normalize("NFKC", password)


def _squashed(text: str) -> str:
    return re.sub(r"[\W_]", "", folded(text))


def _is_monotonous(password: str) -> bool:
    steps = {ord(b) - ord(a) for a, b in pairwise(password)}
    # The keyboard's row of digits goes on from 9 to 0.
    few = len(set(password)) < FEWEST_DIFFERENT
    return few or steps <= {1, -9} or steps <= {-1, 9}
