"""The permission table of comments, and the capability that components include to have them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.contributions import policy as contributions
from participa.contributions.models import Standing
from participa.core.policy import (
    EVERYBODY,
    PARTICIPANTS,
    Action,
    Actor,
    Capability,
    Check,
    State,
)

COMMENT_CAPABILITY = Capability(
    "comment",
    _l("Comentar"),
    opens_on=lambda date: _l("Los comentarios abren el %(date)s.", date=date),
    closed_on=lambda date: _l("Se pudo comentar hasta el %(date)s.", date=date),
    never=_l("Por ahora no se reciben comentarios."),
    states=(State.CLOSED, State.SHOWN, State.OPEN),
)


@dataclass(frozen=True, slots=True)
class Facing:
    """A comment as somebody faces it, or the place where one would be written."""

    author_id: int | None = None
    """``None`` where the comment is still to be written."""
    status: Standing = Standing.PUBLISHED
    published_at: dt.datetime | None = None
    voted: bool = False
    """Whether the actor finds it useful now."""
    subject_stands: bool = True
    """Whether what it is about is published."""
    thread_stands: bool = True
    """Whether the comment that opens its thread is published."""


def _is_shown(_actor: Actor, scope: Any, _item: Facing | None, at: dt.datetime) -> Any:
    return None if shows_comments(scope, at) else _l("En esta fase no se muestran comentarios.")


def _subject_stands(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is not None and not item.subject_stands:
        return _l("Ya no se puede comentar: lo que se comentaba no está publicado.")
    return None


_ABSENT = {
    Standing.WAITING: _l("La moderación todavía no ha publicado este comentario."),
    Standing.WITHDRAWN: _l("Este comentario lo borró quien lo escribió."),
    Standing.REMOVED: _l("La moderación retiró este comentario."),
}


def _thread_stands(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    return _ABSENT[Standing.REMOVED] if item is not None and not item.thread_stands else None


def _not_voted(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is not None and item.voted:
        return _l("Usted ya dijo que este comentario es útil.")
    return None


def _voted(_actor: Actor, _scope: Any, item: Facing | None, _at: dt.datetime) -> Any:
    if item is not None and not item.voted:
        return _l("Usted no ha dicho que este comentario sea útil.")
    return None


def _within_window(_actor: Actor, scope: Any, item: Facing | None, at: dt.datetime) -> Any:
    if item is None or item.published_at is None:
        return None
    if at >= item.published_at + edit_window(scope):
        return _l("El tiempo para corregirlo ya pasó. Puede borrarlo y escribir otro.")
    return None


def edit_window(scope: Any) -> dt.timedelta:
    """Return for how long a comment can be corrected after it was sent."""
    return dt.timedelta(minutes=scope.settings.comment_edit_minutes)


SHOWN = Check("comments_shown", _l("en esta fase se muestran los comentarios"), _is_shown)
SUBJECT_STANDS = Check("subject_stands", _l("lo que se comenta está publicado"), _subject_stands)
STANDS = contributions.stands(_l("el comentario está publicado"), _ABSENT)
THREAD_STANDS = Check("stands", _l("su hilo está publicado"), _thread_stands)
STANDS_OR_WAITS = contributions.stands(
    _l("el comentario está publicado o por publicar"), _ABSENT, or_waits=True
)
IS_AUTHOR = contributions.is_author(
    _l("es de quien lo escribió"), _l("Solo quien escribió el comentario puede hacer esto.")
)
NOT_OWN = contributions.not_own(
    _l("no es propio"), _l("Es su comentario: que sea útil lo dicen las demás personas.")
)
NOT_VOTED = Check("not_voted", _l("no lo ha marcado como útil"), _not_voted)
VOTED = Check("voted", _l("lo marcó como útil"), _voted)
WITHIN_WINDOW = Check("within_window", _l("dentro del tiempo para corregir"), _within_window)

VIEW = Action("comments.view", _l("Leer comentarios"), EVERYBODY, None, (SHOWN,))
CREATE = Action("comments.create", _l("Comentar"), PARTICIPANTS, "comment", (SUBJECT_STANDS,))
REPLY = Action(
    "comments.reply",
    _l("Responder a un comentario"),
    PARTICIPANTS,
    "comment",
    (SUBJECT_STANDS, STANDS, THREAD_STANDS),
)
EDIT = Action(
    "comments.edit",
    _l("Corregir el propio comentario"),
    PARTICIPANTS,
    "comment",
    (STANDS_OR_WAITS, IS_AUTHOR, WITHIN_WINDOW),
)
DELETE = Action(
    "comments.delete",
    _l("Borrar el propio comentario"),
    PARTICIPANTS,
    None,
    (STANDS_OR_WAITS, IS_AUTHOR),
)
VOTE = Action(
    "comments.vote",
    _l("Decir que un comentario es útil"),
    PARTICIPANTS,
    "comment",
    (STANDS, THREAD_STANDS, NOT_OWN, NOT_VOTED),
)
UNVOTE = Action(
    "comments.unvote",
    _l("Dejar de decir que un comentario es útil"),
    PARTICIPANTS,
    "comment",
    (VOTED,),
    while_suspended=True,
)

ACTIONS = (VIEW, CREATE, REPLY, EDIT, DELETE, VOTE, UNVOTE)
"""The permission table of this room."""


def shows_comments(scope: Any, at: dt.datetime) -> bool:
    """Return whether comments may be read at a moment."""
    return bool(scope.shows("comment", at))
