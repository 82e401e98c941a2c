"""Links that let somebody without an account read the process before it is published."""

from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from participa.accounts import queries as accounts
from participa.admin.shell import blueprint
from participa.core import clock
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Invalid
from participa.core.web import absolute, actor, page, render, see_other
from participa.processes import policy, queries, services


@blueprint.route("/procesos/<process>/enlaces", methods=["GET", "POST"])
@page(policy.PREVIEW)
def links() -> Any:
    """Show the links, or make one: its address is shown this once."""
    if request.method == "GET":
        return _page()
    try:
        token = services.make_preview_link(
            db.session(), actor(), g.process.id, hours=whole_number(request.form.get("hours")) or 0
        )
    except Invalid as error:
        return _page(problem=error.problems[0].message)
    return _page(made=absolute("processes.preview", token=token))


def _page(made: str | None = None, problem: Any = None) -> Any:
    db.session.flush()
    now = clock.now()
    rows = queries.preview_links(db.session(), g.process.id)
    names = accounts.names(db.session(), [each.made_by_id for each in rows if each.made_by_id])
    return render(
        "admin/links.html",
        422 if problem else 200,
        process=g.process,
        rows=[(each, names.get(each.made_by_id or 0), each.expires_at > now) for each in rows],
        made=made,
        problem=problem,
        choices=[
            (24, ngettext("%(num)s día", "%(num)s días", 1)),
            (72, ngettext("%(num)s día", "%(num)s días", 3)),
            (168, ngettext("%(num)s día", "%(num)s días", 7)),
            (720, ngettext("%(num)s día", "%(num)s días", 30)),
        ],
    )


@blueprint.post("/procesos/<process>/enlaces/<int:link_id>/anular")
@page(policy.PREVIEW)
def revoke_link(link_id: int) -> Any:
    """Make a link stop working at once."""
    services.revoke_preview_link(db.session(), actor(), g.process.id, link_id)
    flash(_("El enlace ya no funciona."), "ok")
    return see_other(url_for("admin.links"))
