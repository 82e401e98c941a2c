"""What can happen to a comment. Facts never carry its words."""

from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact


@dataclass(frozen=True)
class OnResource(Fact):
    """Base of what is told about a comment: its subject is what was commented.

    ``author_id`` and ``person_id`` are lists of ids; ``process`` and ``component`` are those words
    of the address.
    """

    PAGE = ("comments.thread", "process", "component", "comment")

    title: str
    """Title of the resource."""
    comment: int
    process: str
    component: str


@dataclass(frozen=True)
class CommentPublished(OnResource):
    """Somebody commented on a resource."""

    NAME = "comments.published"
    LABEL = _l("Comentario publicado")
    SENTENCE = _l("%(actor)s comentó «%(title)s»")
    PUBLIC = True
    TELLS = (Audience.AUTHOR, Audience.SUBJECT_FOLLOWERS)
    FOLLOWS = True

    author_id: list[int] = field(default_factory=list)
    """Who wrote what was commented."""


@dataclass(frozen=True)
class CommentReplied(OnResource):
    """Somebody answered a comment."""

    NAME = "comments.replied"
    LABEL = _l("Respuesta a un comentario")
    SENTENCE = _l("%(actor)s respondió en los comentarios de «%(title)s»")
    PUBLIC = True
    TELLS = (Audience.AUTHOR,)
    FOLLOWS = True

    author_id: list[int] = field(default_factory=list)
    """Who opened the thread, and who wrote the answer that this one answers."""


@dataclass(frozen=True)
class CommentMentioned(OnResource):
    """Somebody named other participants of the same thread in an answer."""

    NAME = "comments.mentioned"
    LABEL = _l("Mención en un comentario")
    SENTENCE = _l("%(actor)s le mencionó en los comentarios de «%(title)s»")
    TELLS = (Audience.PERSON,)

    person_id: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class CommentSubmitted(Fact):
    """Somebody sent a comment that a moderator reads before it is published."""

    NAME = "comments.submitted"
    LABEL = _l("Comentario enviado a revisión")
    SENTENCE = _l("%(actor)s envió un comentario, que se revisa antes de publicarlo")


@dataclass(frozen=True)
class CommentEdited(Fact):
    """The author corrected a comment within the window."""

    NAME = "comments.edited"
    LABEL = _l("Comentario corregido")
    SENTENCE = _l("%(actor)s corrigió un comentario")


@dataclass(frozen=True)
class CommentDeleted(Fact):
    """The author deleted a comment."""

    NAME = "comments.deleted"
    LABEL = _l("Comentario borrado")
    SENTENCE = _l("%(actor)s borró un comentario")


@dataclass(frozen=True)
class CommentVoted(Fact):
    """Somebody found a comment useful. Who finds what useful is not public."""

    NAME = "comments.voted"
    LABEL = _l("Comentario útil")
    SENTENCE = _l("Una persona dijo que un comentario es útil")


@dataclass(frozen=True)
class CommentUnvoted(Fact):
    """Somebody took that back."""

    NAME = "comments.unvoted"
    LABEL = _l("Ya no es útil")
    SENTENCE = _l("Una persona dejó de decir que un comentario es útil")


FACTS = (
    CommentPublished,
    CommentReplied,
    CommentMentioned,
    CommentSubmitted,
    CommentEdited,
    CommentDeleted,
    CommentVoted,
    CommentUnvoted,
)
