"""Binding a request to the process and component that its address names."""

from dataclasses import replace
from typing import Any

from flask import Flask, g, request, session
from werkzeug.routing import BaseConverter, Map

from participa.core import clock
from participa.core.db import db
from participa.core.errors import Missing
from participa.core.registry import ComponentType, registry
from participa.processes import queries
from participa.processes.snapshot import ProcessView


class ComponentConverter(BaseConverter):
    """A component's key in an address: its type's segment, or ``segment-something``.

    Without a segment, the key of any component: for rooms whose pages are about all of them.
    """

    def __init__(self, url_map: Map, segment: str = "[a-z0-9]+") -> None:
        super().__init__(url_map)
        self.regex = rf"{segment}(?:-[a-z0-9-]+)?"


def bind_request() -> None:
    """Load the process (and component) named in the address and make it the policy's scope.

    Raises :class:`Missing` for what does not exist here, so that the page is a 404.
    """
    arguments = request.view_args
    if not arguments or "process" not in arguments:
        return
    g.process = g.scope = queries.by_slug(db.session(), arguments.pop("process"))
    g.place = g.process.slug, None
    _forget_revoked_previews()
    if "component" in arguments:
        key = arguments.pop("component")
        component = g.process.component(key)
        if component is None or not _serves(request.blueprint, component.type):
            message = f"no component {key!r}"
            raise Missing(message)
        g.component = g.scope = component
        g.place = g.process.slug, component.key


def _serves(blueprint: str | None, kind: ComponentType) -> bool:
    """Return whether a blueprint has pages about a type: its own, or those of rooms for all."""
    own = kind.endpoint.partition(".")[0]
    return blueprint == own or blueprint not in {
        each.endpoint.partition(".")[0] for each in registry.components()
    }


def _forget_revoked_previews() -> None:
    """Take a draft away from who opened it with a preview link that staff have revoked since."""
    process_id = g.process.id
    if g.process.is_public or process_id not in g.actor.preview_processes:
        return
    links = [link for process, _until, link in session["previews"] if process == process_id]
    if not queries.preview_link_works(db.session(), process_id, links, clock.now()):
        g.actor = replace(
            g.actor, preview_processes=g.actor.preview_processes - frozenset({process_id})
        )


def _fill_in(endpoint: str, values: dict[str, Any]) -> None:
    """Let addresses within the same process leave the process and the component out."""
    expected = _arguments.get(endpoint, ())
    if "process" not in expected or "process" in values:
        return
    process: ProcessView | None = g.get("process")
    if process is None:
        return
    values["process"] = process.slug
    if "component" in expected and "component" not in values and "component" in g:
        values["component"] = g.component.key


_arguments: dict[str, frozenset[str]] = {}


def init_app(app: Flask) -> None:
    """Bind every request after the organization and the actor are known."""
    _arguments.update(
        {rule.endpoint: frozenset(rule.arguments) for rule in app.url_map.iter_rules()}
    )
    app.before_request(bind_request)
    app.url_defaults(_fill_in)
