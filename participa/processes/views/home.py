"""The first page: what is open now near me, what is coming, what came of what ended."""

from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from flask_babel import ngettext

from participa.core import clock
from participa.core.db import db
from participa.core.web import actor, page, render
from participa.organizations import policy as organizations
from participa.processes import queries
from participa.processes.models import PhaseKind
from participa.processes.presentation import KIND_LABELS, STATE_LABELS, Drawing, drawing
from participa.processes.snapshot import ProcessView
from participa.processes.views import blueprint
from participa.processes.views.invitations import invitation

ON_HOME = 6
"""How many processes each part of the first page shows."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A process as a card shows it."""

    process: ProcessView
    state: str
    state_label: Any
    drawing: Drawing
    url: str
    invitation: Any = None
    near: bool = False


def tile(process: ProcessView, *, invite: bool = False) -> Tile:
    """Return the card of a process at the moment shown."""
    at = clock.moment()
    state = process.state(at)
    codes = g.organization.territory_path(process.territory_id)
    return Tile(
        process,
        state,
        STATE_LABELS[state],
        drawing(process, at, lambda _phase: ""),
        url_for("processes.show", process=process.slug),
        invitation(process, at) if invite and state == "now" else None,
        bool(codes & actor().territories),
    )


@blueprint.get("/")
@page(organizations.VIEW)
def home() -> Any:
    """Show what is open, what is coming and what came of what ended."""
    processes = queries.visible(db.session())
    tiles = [tile(each, invite=True) for each in processes]
    # What one can do today comes first, and of that what is near.
    tiles.sort(key=lambda each: (each.invitation is None, not each.near))
    running = [each for each in tiles if each.state in {"now", "pause"}]
    coming = [each for each in reversed(tiles) if each.state == "future"]
    ended = [each for each in tiles if each.state == "past"]
    return render(
        "processes/home.html",
        running=running[:ON_HOME],
        coming=coming[:ON_HOME],
        ended=ended[:ON_HOME],
        # Those in a pause are running too: no filter shows just these.
        more_running=_more(running, ""),
        more_coming=_more(coming, "future"),
        more_ended=_more(ended, "past"),
        total=len(tiles),
    )


def _more(tiles: list[Tile], state: str) -> dict[str, Any] | None:
    """Return the link to the processes that a part of the first page leaves out, if it does."""
    hidden = len(tiles) - ON_HOME
    if hidden <= 0:
        return None
    label = ngettext("Hay un proceso más: ver todos", "Hay %(num)d procesos más: ver todos", hidden)
    return {"label": label, "url": url_for("processes.index", estado=state or None)}


@blueprint.get("/procesos")
@page(organizations.VIEW)
def index() -> Any:
    """Show every process, filtered by state, kind of phase, territory, theme and words."""
    processes = queries.visible(db.session())
    tiles = [tile(each, invite=True) for each in processes]
    wanted = {
        name: request.args.get(name, "") for name in ("estado", "fase", "territorio", "tema", "q")
    }
    shown = [each for each in tiles if _matches(each, wanted)]
    return render(
        "processes/index.html",
        tiles=shown,
        wanted=wanted,
        total=len(tiles),
        states=STATE_LABELS,
        kinds={kind.value: label for kind, label in KIND_LABELS.items()},
    )


def _matches(each: Tile, wanted: dict[str, str]) -> bool:
    process = each.process
    organization = g.organization
    theme = organization.themes.get(process.theme_id)
    running = {phase.kind.value for phase in process.phases_at(clock.moment())}
    words = wanted["q"].lower().split()
    text = f"{process.title} {process.summary}".lower()
    return (
        (not wanted["estado"] or each.state == wanted["estado"])
        and (wanted["fase"] not in set(PhaseKind) or wanted["fase"] in running)
        and (
            not wanted["territorio"]
            or wanted["territorio"] in organization.territory_path(process.territory_id)
        )
        and (not wanted["tema"] or (theme is not None and theme.code == wanted["tema"]))
        and all(word in text for word in words)
    )
