"""How processes present themselves to rooms that do not know them."""

from collections.abc import Mapping, Sequence

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core.facts import Ref
from participa.core.registry import Card, ResourceType
from participa.processes import queries


def _cards(session: Session, process_ids: Sequence[int]) -> Mapping[int, Card]:
    return {
        process.id: Card(
            Ref("process", process.id),
            str(process.title),
            url_for("processes.show", process=process.slug),
            PROCESS.label,
            str(process.summary),
            process.title.language(),
        )
        for process in queries.by_ids(session, process_ids)
        if process.is_public
    }


PROCESS = ResourceType("process", _l("Proceso"), _cards)
