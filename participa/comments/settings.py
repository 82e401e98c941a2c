"""What staff may set for the comments of any component."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.settings import setting


@dataclass(frozen=True)
class CommentSettings:
    """Inherited by the settings of every component whose contributions are commented."""

    comment_positions: bool = setting(
        False,
        label=_l("Pedir la posición al comentar"),
        help=_l(
            "Quien comenta puede decir si está a favor, en contra o neutral, y se muestra "
            "cuántas personas hay de cada lado."
        ),
    )
    comment_edit_minutes: int = setting(
        15,
        label=_l("Tiempo para corregir un comentario"),
        help=_l("Minutos durante los que se puede corregir un comentario ya enviado."),
        minimum=0,
        maximum=1440,
        unit=_l("minutos"),
    )
    comment_length: int = setting(
        1500,
        label=_l("Largo de los comentarios"),
        help=_l("Cuántos caracteres puede tener un comentario, como máximo."),
        minimum=100,
        maximum=10000,
        unit=_l("caracteres"),
    )
