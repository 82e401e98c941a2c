"""Public pages of comments: one module per noun."""

from flask import Blueprint, g

from participa.core.errors import Missing

blueprint = Blueprint("comments", __name__, template_folder="../templates")

PREFIX = "/procesos/<process>/<component:component>/comentarios"
ABOUT = f"{PREFIX}/<subject_kind>-<int:subject_id>"
"""What is said about one resource: its kind's word and its id."""


def has_comments(component: object) -> bool:
    """Return whether a component includes comments at all."""
    kind = getattr(component, "type", None)
    return kind is not None and any(each.name == "comment" for each in kind.capabilities)


@blueprint.before_request
def _only_where_included() -> None:
    if not has_comments(g.get("component")):
        message = "this component has no comments"
        raise Missing(message)
