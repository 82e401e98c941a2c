"""What is firm: the canonical document of a vote, its digest, and corrections with a reason."""

import json
from hashlib import sha256
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.budgets import events, policy
from participa.budgets.models import REASON_LENGTH, ProjectStatus, Vote
from participa.budgets.queries import pots, projects, votes
from participa.budgets.rules import rules_of
from participa.budgets.services.votes import facing
from participa.budgets.settings import Settings
from participa.contributions import texts
from participa.core import clock
from participa.core.errors import Invalid, Problem
from participa.core.events import Fact, fields_of
from participa.core.facts import Ref
from participa.core.i18n import SOURCE_LOCALE, in_languages
from participa.core.policy import Actor, authorize
from participa.core.sanitize import normalize
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

ALSO_FIRM = ("roll", "changeable", "order", "smallest_group")
"""Settings that are no rule of the count, and are locked with it all the same."""

PROCESS = "process"
"""Beside the rules that are locked: the address of the process, which may change, as it was."""


def snapshot(settings: Settings) -> dict[str, Any]:
    """Return what is locked of the settings, as plain data."""
    return rules_of(settings).plain() | {name: getattr(settings, name) for name in ALSO_FIRM}


def document(session: Session, component: ComponentView, vote: Any) -> dict[str, Any]:
    """Return everything that decides a vote as plain data: rules, pots and projects."""
    return {
        "format": 1,
        "process": vote.rules.get(PROCESS, component.process.slug),
        "component": component.key,
        "rules": {key: value for key, value in vote.rules.items() if key != PROCESS},
        "seed_source": vote.seed_source,
        "pots": [
            {
                "id": row.id,
                "key": row.key,
                "name": dict(row.name),
                "amount": row.amount,
                "citywide": row.citywide,
                "maximum": row.maximum,
            }
            for row in pots.pots(session, component)
        ],
        "categories": [
            {"id": row.id, "key": row.key, "name": dict(row.name)}
            for row in pots.categories(session, component)
        ],
        "projects": [
            {
                "id": row.id,
                "number": row.number,
                "title": row.title,
                "pot": row.pot_id,
                "category": row.category_id,
                "cost": row.cost,
                "status": ProjectStatus(row.status).value,
            }
            for row in projects.every(session, component)
            if row.status != ProjectStatus.DRAFT
        ],
    }


def canonical(data: Any) -> bytes:
    """Return plain data as the one way to write it: UTF-8, keys in order, no blanks."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(session: Session, component: ComponentView, vote: Any) -> str:
    """Return the SHA-256 of the canonical document as it stands now."""
    session.flush()
    return sha256(canonical(document(session, component, vote))).hexdigest()


class Change:
    """One change to pots or projects: free before they are firm, a correction afterwards."""

    def __init__(
        self, session: Session, actor: Actor, component: ComponentView, reason: str = ""
    ) -> None:
        """Lock the vote and ask the policy. Raises :class:`Denied`."""
        self.session, self.actor, self.component = session, actor, component
        self.vote: Vote = votes.for_update(session, component.id)
        self.is_firm = self.vote.locked_at is not None
        action = policy.AMEND if self.is_firm else policy.MANAGE
        authorize(action, actor, component, facing(self.vote), at=clock.now())
        self.reason = ""
        self.problems: list[Problem] = []
        if self.is_firm:
            self.reason = normalize(reason)
            missing = _l(
                "Escriba el motivo: las reglas ya están en firme, y se muestra en público."
            )
            self.problems = texts.problems("reason", self.reason, 1, REASON_LENGTH, missing=missing)

    def refuse(self, problems: list[Problem]) -> None:
        """Raise :class:`Invalid` with these problems and that of the reason, if there is any."""
        if found := [*problems, *self.problems]:
            raise Invalid(found)

    def record(self, fact: Fact, what: Any, subject: Ref | None = None) -> None:
        """Record the change; ``what`` names what a correction corrected."""
        if self.is_firm:
            before = self.vote.sha256
            self.vote.sha256 = digest(self.session, self.component, self.vote)
            said = in_languages(lambda: what)
            fact = events.FirmAmended(said, self.reason, self.vote.sha256)
            entry = {
                "at": clock.now().isoformat(),
                "before": before,
                **fields_of(fact),
                "what": said.text(SOURCE_LOCALE),
            }
            self.vote.amendments = [*self.vote.amendments, entry]
        record_in(self.session, self.actor, self.component, fact, subject=subject)
