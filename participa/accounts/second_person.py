"""What a second person must approve: rooms above say which acts there are, and when.

::

    second_person.add_act(Act("budgets.close", run, ("budgets.closing", "process", "component")))
    second_person.add_demand(Demand(release, roles))
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from participa.accounts.models.approvals import Approval
from participa.core.policy import Actor
from participa.organizations.queries import OrganizationView


@dataclass(frozen=True, slots=True)
class Act:
    """One kind of act that can wait for a second person."""

    kind: str
    run: Callable[[Session, Actor, OrganizationView, Approval], None]
    """Do it, as the person who approves; it authorizes them itself, under its locks."""
    page: tuple[str, ...]
    """The page of what it is about: an endpoint, and the names in ``data`` that its address takes.
    """


@dataclass(frozen=True, slots=True)
class Demand:
    """When acts of this room need a second person."""

    release: Callable[[Session, int], bool]
    """Whether freeing the line of a roll with an id does."""
    roles: Callable[[Session, int | None], bool]
    """Whether giving a role in a process (``None``: in the organization) does."""


@dataclass(frozen=True, slots=True)
class Within:
    """An organization, or a process of it, as far as what its staff may do goes."""

    organization: OrganizationView
    process_id: int | None = None

    @property
    def organization_id(self) -> int:
        """The organization's number."""
        return self.organization.id

    @property
    def is_public(self) -> bool:
        """Always: whoever decides here is staff, who see drafts too."""
        return True

    @property
    def zone(self) -> dt.tzinfo:
        """The organization's time zone."""
        return self.organization.zone


acts: dict[str, Act] = {}
_demands: list[Demand] = []


def add_act(act: Act) -> None:
    """Add an act; the last one of a kind counts."""
    acts[act.kind] = act


def add_demand(demand: Demand) -> None:
    """Add a demand; the same one twice is once."""
    if demand not in _demands:
        _demands.append(demand)


def for_release(session: Session, actor: Actor, entry_id: int) -> bool:
    """Return whether somebody needs a second person to free a line.

    Whoever holds the server does not: they could write in the database as well, and the facts say
    that it was done from there.
    """
    return not actor.is_operator and any(each.release(session, entry_id) for each in _demands)


def for_roles(session: Session, actor: Actor, process_id: int | None) -> bool:
    """Return whether somebody needs a second person to give a role."""
    return not actor.is_operator and any(each.roles(session, process_id) for each in _demands)
