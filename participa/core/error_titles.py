"""What an error page says, by HTTP status: what happened, and what one can do."""

from collections.abc import Mapping

from flask_babel import gettext as _

from participa.core.limits import when_again


def titles() -> Mapping[int, tuple[str, str]]:
    """Return (title, sentence) by status, in the reader's language."""
    return {
        400: (_("No entendimos lo que llegó"), _("Vuelva atrás y pruebe otra vez.")),
        401: (_("Entre con su cuenta"), _("Para seguir hay que entrar.")),
        403: (_("Esto no se puede hacer ahora"), _("No se hizo ningún cambio.")),
        404: (
            _("No encontramos esta página"),
            _("Puede que el enlace esté incompleto o que la página ya no se publique."),
        ),
        405: (_("Esta dirección no se abre así"), _("Llegue a ella con los botones de la página.")),
        409: (_("Alguien lo cambió antes"), _("Mire cómo quedó y decida de nuevo.")),
        410: (_("Este enlace ya venció"), _("Pida uno nuevo.")),
        413: (_("El archivo es demasiado grande"), _("Pruebe con uno más pequeño.")),
        422: (_("Hay algo por corregir"), _("Revise lo que escribió.")),
        429: (
            _("Demasiados intentos seguidos"),
            f"{when_again()} {_('Lo que escribió no se ha perdido: vuelva atrás.')}",
        ),
        500: (
            _("Algo falló de nuestro lado"),
            _("No se hizo ningún cambio. Ya quedó anotado; pruebe de nuevo en unos minutos."),
        ),
        503: (_("Estamos en mantenimiento"), _("Vuelva en unos minutos.")),
    }
