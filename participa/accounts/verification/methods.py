"""How people prove who they are: each method is one declaration in :data:`METHODS`.

Rooms above and installed packages add theirs when they start, before processes are read::

    methods.add(MY_METHOD)
"""

from collections.abc import Iterable

from participa.accounts.verification import by_code, census, guardian, in_person
from participa.accounts.verification.method import Method
from participa.core.errors import Missing, ParticipaError
from participa.core.requirements import VERIFICATION_METHODS

METHODS: tuple[Method, ...] = (
    census.METHOD,
    by_code.EMAIL,
    by_code.SMS,
    in_person.METHOD,
    guardian.METHOD,
)
"""The methods of the product, in the order in which people are offered them."""

_added: dict[str, Method] = {}


def add(method: Method) -> None:
    """Add a method; the same one twice is no error, another one of its name is."""
    if _added.setdefault(method.key, method) is not method:
        message = f"two verification methods are called {method.key!r}"
        raise ParticipaError(message)
    VERIFICATION_METHODS[method.key] = method.label


def every() -> Iterable[Method]:
    """Return every method, in the order of its registration."""
    return _added.values()


def alone(key: str) -> Method:
    """Return a method that people do on their own. Raises :class:`Missing`."""
    method = _added.get(key)
    if method is None or not method.is_alone:
        message = f"no verification method {key!r}"
        raise Missing(message)
    return method


for _method in METHODS:
    add(_method)
