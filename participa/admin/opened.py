"""What a page showed when it was opened, carried through its steps: who else saved is told by it.

The page holds the version that its person looked at last, and all that it was filled from. What
they did not touch is not written; what somebody else touched too is shown with both values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer

from participa.core.digits import whole_number
from participa.core.errors import Problem
from participa.core.keyed import installation_key
from participa.processes.changes import Clash
from participa.processes.changes.merging import ABSENT

FIELD = "version"
LONGEST_SHOWN = 300
"""Characters of the other value."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What somebody's page was filled from, and the version that they looked at last."""

    seen: int | None
    document: Mapping[str, Any] = field(default_factory=dict)

    def token(self, seen: int | None = None) -> str:
        """Return the page's field; ``seen`` is the version that it is being compared with."""
        return str(_signer().dumps([self.seen if seen is None else seen, self.document]))


def read(typed: str | None, present: Opened) -> Opened:
    """Return what the page that sends this was opened with. What cannot be read knew nothing."""
    if typed is None or whole_number(typed) == present.seen:
        return present
    try:
        seen, document = _signer().loads(typed)
    except BadData:
        return Opened(None)
    return Opened(seen, document)


def told(clashes: Sequence[Clash]) -> list[Problem]:
    """Return what somebody else saved meanwhile, beside each field that both changed."""
    return [Problem(each.path, _told(each.theirs)) for each in clashes]


def _told(theirs: Any) -> str:
    if theirs is ABSENT or theirs in ("", None, []):
        return _(
            "Otra persona dejó esto vacío o lo quitó mientras usted escribía. Deje lo que valga."
        )
    text = theirs
    if not isinstance(theirs, str):
        text = yaml.safe_dump(theirs, allow_unicode=True, default_flow_style=True, width=10**6)
    text = " ".join(str(text).replace("\n...\n", "").split())
    shown = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
    return _(
        "Otra persona guardó aquí, mientras usted escribía: «%(theirs)s». Deje lo que valga.",
        theirs=shown,
    )


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(installation_key(), salt="participa.admin.opened")
