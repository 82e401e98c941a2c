"""Links between resources: the thread from finding to published account."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core.errors import Conflict, Invalid, Missing
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.core.registry import Card, registry
from participa.processes import events, policy, queries
from participa.processes.models import LinkKind, ResourceLink
from participa.processes.services.facts import record_of
from participa.processes.services.locked import lock


def link_resources(
    session: Session,
    actor: Actor,
    process_id: int,
    kind: LinkKind,
    source: Ref,
    target: Ref,
    *,
    source_card: Card | None = None,
) -> int:
    """Tie two resources of any components: ``source`` *kind* ``target``. Returns the link's id.

    ``source_card`` is that of a resource which its own room has just made and not published yet.
    Raises ``Missing`` when either does not exist here, ``Denied``, ``Conflict`` when they are tied
    already, and ``Invalid`` when neither belongs to the process or both are the same.
    """
    locked = lock(session, actor, policy.LINK, process_id)
    if source == target:
        raise Invalid.of(path="target", message=_l("Un aporte no se enlaza consigo mismo."))
    from_card = source_card or card_of(session, source)
    to_card = card_of(session, target)
    places = {each.process_id for each in (from_card, to_card) if each.process_id is not None}
    if places and process_id not in places:
        raise Invalid.of(
            path="target", message=_l("Al menos uno de los dos debe ser de este proceso.")
        )
    if queries.link_between(session, kind, source, target) is not None:
        raise Conflict(_l("Ya están enlazados así."))
    link = ResourceLink(
        organization_id=locked.organization.id,
        kind=kind,
        source_kind=source.kind,
        source_id=source.id,
        target_kind=target.kind,
        target_id=target.id,
        made_by_id=actor.person_id,
    )
    session.add(link)
    record_of(
        session,
        actor,
        locked.row,
        events.ResourcesLinked(
            from_card.title, to_card.title, kind.value, str(source), str(target)
        ),
        subject=target,
    )
    return link.id


def unlink_resources(
    session: Session, actor: Actor, process_id: int, kind: LinkKind, source: Ref, target: Ref
) -> None:
    """Undo a link. Raises ``Missing`` when there is none, and ``Denied``."""
    locked = lock(session, actor, policy.LINK, process_id)
    link = queries.link_between(session, kind, source, target)
    if link is None:
        message = f"no link {kind} from {source} to {target}"
        raise Missing(message)
    titles = [_title(session, source), _title(session, target)]
    session.delete(link)
    record_of(
        session,
        actor,
        locked.row,
        events.ResourcesUnlinked(titles[0], titles[1], kind.value, str(source), str(target)),
        subject=target,
    )


def card_of(session: Session, ref: Ref) -> Card:
    """Return the card of a resource of this organization. Raises ``Missing``."""
    kind = registry.resource(ref.kind)
    card = kind.cards(session, [ref.id]).get(ref.id) if kind is not None else None
    if card is None:
        message = f"no resource {ref}"
        raise Missing(message)
    return card


def _title(session: Session, ref: Ref) -> str:
    """Return a title for the record, also for what may no longer be shown."""
    try:
        return card_of(session, ref).title
    except Missing:
        return str(ref)
