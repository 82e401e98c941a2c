"""The time limits and thresholds that an organization promises in public."""

from collections.abc import Mapping

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.errors import Invalid, Problem
from participa.core.events import record
from participa.core.policy import Actor, authorize
from participa.moderation import events, policy, queries
from participa.moderation.models import Terms
from participa.organizations.models import Organization
from participa.organizations.queries import OrganizationView

BOUNDS: Mapping[str, tuple[int, int]] = {
    "grave_hours": (1, 72),
    "ordinary_hours": (1, 240),
    "mild_hours": (1, 720),
    "urgent_review_hours": (1, 72),
    "appeal_days": (3, 60),
    "appeal_answer_days": (1, 30),
    "review_threshold": (2, 50),
}
"""What may be promised. In less than three days nobody appeals; one flag alone marks nothing."""


def save(
    session: Session, actor: Actor, organization: OrganizationView, values: Mapping[str, int]
) -> None:
    """Change terms; what is not named stays. Cases that are open keep the dates they were given.

    Raises :class:`Invalid` by field. Saving what holds already changes and records nothing.
    """
    authorize(policy.GROUNDS, actor, organization, at=clock.now())
    session.execute(
        sa.select(Organization.id).where(Organization.id == organization.id).with_for_update()
    )
    problems = [
        Problem(name, _l("Ponga un número de %(least)s a %(most)s.", least=least, most=most))
        for name, (least, most) in BOUNDS.items()
        if name in values and not least <= (values[name] or 0) <= most
    ]
    row = session.get(Terms, organization.id) or queries.defaults(organization.id)
    wanted = {name: values.get(name, getattr(row, name)) for name in BOUNDS}
    if not problems and not (
        wanted["grave_hours"] <= wanted["ordinary_hours"] <= wanted["mild_hours"]
    ):
        problems.append(
            Problem("mild_hours", _l("Lo más grave se decide primero: ordene los plazos así."))
        )
    if problems:
        raise Invalid(problems)
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(row, name, wanted[name])
    session.add(row)
    record(
        session,
        events.TermsSaved(", ".join(sorted(changed))),
        actor=actor,
        organization_id=organization.id,
    )
