"""Making projects from proposals of the same process."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.budgets import events
from participa.budgets.models import SUMMARY_LENGTH, TITLE_LENGTH, Project, ProjectStatus
from participa.budgets.queries import candidates
from participa.budgets.queries import projects as queries
from participa.budgets.services.firm import Change
from participa.budgets.services.projects import Checked, Draft, fill, places
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.core.registry import Card, registry
from participa.organizations.queries import OrganizationView
from participa.processes.models import LinkKind
from participa.processes.services import link_resources
from participa.processes.snapshot import ComponentView

MOST_AT_ONCE = 50


def take(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    pot_id: int | None,
    chosen: Mapping[int, str],
) -> list[int]:
    """Make a draft project of each chosen proposal, with its cost as typed (it may be empty).

    Title, summary and place are carried over, and the project *derives from* the proposal. Returns
    the ids of the projects. Raises ``Denied``, ``Conflict`` once the projects are firm, and
    ``Invalid`` with a problem per proposal on the path ``cost_<id>``.
    """
    change = Change(session, actor, component)
    if change.is_firm:
        raise Conflict(_l("Los proyectos ya están en firme: no se agregan más de esta manera."))
    known = candidates.among(session, component, list(chosen))
    refs = [Ref(candidates.PROPOSAL, each) for each in chosen]
    cards = registry.cards(session, refs)
    allowed = places(session, component)
    problems = _problems(chosen, known)
    checked: list[tuple[Ref, Checked]] = []
    for ref in refs:
        card = cards.get(ref)
        if card is None or ref.id not in known:
            continue
        each = Checked(_draft(card, pot_id, chosen[ref.id]), organization, allowed)
        problems += [
            Problem(f"cost_{ref.id}" if found.path == "cost" else found.path, found.message)
            for found in each.problems
        ]
        checked.append((ref, each))
    if problems:
        raise Invalid(problems)
    number = queries.next_number(session, component.id)
    made = []
    for offset, (ref, each) in enumerate(checked):
        row = Project(component_id=component.id, number=number + offset)
        fill(row, each.values)
        session.add(row)
        session.flush()
        made.append(row.id)
        source = Ref(candidates.PROJECT, row.id)
        link_resources(
            session,
            actor,
            component.process.id,
            LinkKind.DERIVES_FROM,
            source,
            ref,
            source_card=Card(source, row.title, "", "", process_id=component.process.id),
        )
    change.record(events.ProjectsTaken(len(made)), "")
    return made


def _draft(card: Card, pot_id: int | None, cost: str) -> Draft:
    return Draft(
        title=card.title[: TITLE_LENGTH[1]],
        summary=card.excerpt[:SUMMARY_LENGTH],
        pot_id=pot_id,
        cost=cost,
        status=ProjectStatus.DRAFT.value,
        territory_id=card.territory_id,
        language=card.language,
    )


def _problems(chosen: Mapping[int, str], known: Mapping[int, bool]) -> list[Problem]:
    if not chosen:
        return [Problem("", _l("Escoja al menos una propuesta."))]
    if len(chosen) > MOST_AT_ONCE:
        return [Problem("", _l("Escoja hasta %(most)s propuestas a la vez.", most=MOST_AT_ONCE))]
    found = []
    for each in chosen:
        if each not in known:
            found.append(
                Problem("", _l("Una de las propuestas ya no está publicada en este proceso."))
            )
        elif known[each]:
            found.append(Problem(f"cost_{each}", _l("De esta propuesta ya se hizo un proyecto.")))
    return found
