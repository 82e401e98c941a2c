"""Attempts, counted: generous per address, since many citizens share one; tight per account.

Whoever tries somebody's password from elsewhere must not keep them out: attempts on an account are
counted apart for each network, and apart again for each browser that has been signed in to it.
"""

from limits import RateLimitItem, parse_many

from participa.core.limits import hit, limiter

BY_ADDRESS = "60 per minute; 600 per hour"
BY_ADDRESS_MANY = "120 per minute"
BY_TARGET = "10 per 15 minutes"
BY_TARGET_FROM_ANYWHERE = "500 per hour"
"""All networks together: what thousands of machines guess at one account. Browsers that have been
signed in to it do not count, and are not stopped."""
MAILS_BY_TARGET = "4 per hour"
VERIFY_BY_PERSON = "5 per hour; 15 per day"
"""Guesses of a document or a code: somebody who holds the document needs one or two."""
VERIFY_BY_ADDRESS = "40 per hour"


def refused(kind: str, who: str, limit: str) -> bool:
    """Count one attempt and return whether it is one too many."""
    # Every window counts the attempt, also after one of them has refused it.
    counted = [hit(item, kind, who) for item in _items(limit)]
    return not all(counted)


def forgive(kind: str, who: str, limit: str) -> None:
    """Forget the attempts of an account that proved to be its owner's."""
    for item in _items(limit):
        limiter.limiter.clear(item, kind, who)


def _items(limit: str) -> list[RateLimitItem]:
    return parse_many(limit)
