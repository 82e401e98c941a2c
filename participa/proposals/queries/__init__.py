"""Every SELECT on proposals and supports."""

from participa.proposals.queries.items import (
    any_by_ids,
    any_for_update,
    any_in,
    by_ids,
    count,
    count_supports,
    detail,
    faced,
    for_update,
    people_in,
    published_by,
    submitted,
    supported_by,
    written_by,
)
from participa.proposals.queries.lists import (
    MOST_WORDS,
    ORDERS,
    PAGE_SIZE,
    Filters,
    list_page,
)

__all__ = [
    "MOST_WORDS",
    "ORDERS",
    "PAGE_SIZE",
    "Filters",
    "any_by_ids",
    "any_for_update",
    "any_in",
    "by_ids",
    "count",
    "count_supports",
    "detail",
    "faced",
    "for_update",
    "list_page",
    "people_in",
    "published_by",
    "submitted",
    "supported_by",
    "written_by",
]
