"""What one person published, to be looked at together: choose, review, open a case for each.

Nothing is ever removed from here. A case goes through its queue like any other.
"""

from collections.abc import Sequence
from typing import Any

from flask import flash, g, request
from flask_babel import gettext as _
from flask_babel import ngettext

from participa.contributions.contract import written
from participa.contributions.models import Contribution
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid
from participa.core.facts import Ref
from participa.core.policy import Denied
from participa.core.registry import registry
from participa.core.web import actor, page, render, see_other
from participa.moderation import policy
from participa.moderation.forms.staff import NoteForm
from participa.moderation.queries import contributors as queries
from participa.moderation.services import cases
from participa.moderation.views import blueprint
from participa.moderation.views.people import IN_PROCESS, crumbs_of, found, here
from participa.ui.forms import explain

MOST = 100
"""Items that are taken at once: more, and nobody has looked at them."""


@blueprint.route(f"{IN_PROCESS}/<int:person_id>/aportes", methods=["GET", "POST"])
@page(policy.OPEN)
def person_items(person_id: int) -> Any:
    """Choose among what a person published, look at the choice, and open a case for each."""
    session, process_id = db.session(), g.scope.process_id
    person = found(person_id)
    values: dict[str, Any] = {
        "process": g.process,
        "person": person,
        "here": here,
        "crumbs": crumbs_of(person, _("Lo que publicó")),
        "waiting": queries.waiting_cases(session, person_id, process_id),
    }
    if request.method == "GET":
        listed = queries.written_in(session, person_id, process_id, request.args.get("pagina"))
        pages: dict[str, Any] = {
            f"{name}_url": here("person_items", person_id=person_id, pagina=cursor)
            if cursor
            else None
            for name, cursor in (("next", listed.next), ("prev", listed.previous))
        }
        return render(
            "moderation/people/items.html", rows=_shown(listed.rows), ticked=(), **values, **pages
        )
    chosen = map(whole_number, request.form.getlist("aporte"))
    ids = [each for each in chosen if each is not None]
    rows = queries.chosen(session, person_id, process_id, ids[:MOST])
    action = request.form.get("accion", "")
    if not rows:
        listed = queries.written_in(session, person_id, process_id, None)
        return render(
            "moderation/people/items.html",
            422,
            rows=_shown(listed.rows),
            ticked=(),
            problem=_("Elija al menos un aporte."),
            **values,
        )
    form = NoteForm()
    if action == "abrir":
        try:
            return _open(rows, person_id, form.text.data or "")
        except Invalid as error:
            explain(form, error)
            session.rollback()
            values["person"] = found(person_id)
            rows = queries.chosen(session, person_id, process_id, ids[:MOST])
    return render(
        "moderation/people/items_review.html",
        422 if form.errors else 200,
        rows=_shown(rows),
        form=form,
        **values,
    )


def _shown(rows: Sequence[Contribution]) -> list[dict[str, Any]]:
    """Return lines of the ledger with the words that they stand for, in a fixed number of steps."""
    items = written(db.session(), [_ref(row) for row in rows])
    return [
        {
            "id": row.id,
            "item": items[_ref(row)],
            "ref": _ref(row),
            "kind": getattr(registry.resource(row.kind), "label", row.kind),
        }
        for row in rows
        if _ref(row) in items
    ]


def _ref(row: Contribution) -> Ref:
    return Ref(row.kind, row.item_id)


def _open(rows: Sequence[Contribution], person_id: int, text: str) -> Any:
    """Open a case for each that may have one; say how many did not, and why the first did not."""
    session, opened, refused = db.session(), 0, []
    components = {each.id: each for each in g.process.components}
    for row in rows:
        try:
            with session.begin_nested():
                cases.open_case(session, actor(), components[row.component_id], _ref(row), text)
        except Denied as error:
            refused.append(error.denial.message)
        except Conflict as error:
            refused.append(error.message)
        else:
            opened += 1
    if opened:
        flash(
            ngettext(
                "Se abrió %(num)s caso. Está en la fila, y nada se ha retirado.",
                "Se abrieron %(num)s casos. Están en la fila, y nada se ha retirado.",
                opened,
            ),
            "ok",
        )
    if refused:
        flash(
            ngettext(
                "%(num)s aporte se quedó sin caso: %(reason)s",
                "%(num)s aportes se quedaron sin caso: %(reason)s",
                len(refused),
                reason=refused[0],
            ),
            "warn",
        )
    return see_other(here("person", person_id=person_id))
