"""The grounds of an organization: the seven that it begins with, and what it makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from participa.core import clock, words
from participa.core.errors import Invalid, Problem
from participa.core.events import record
from participa.core.i18n import SOURCE_LOCALE, Localized, in_languages
from participa.core.policy import Actor, authorize
from participa.core.sanitize import control_characters, normalize
from participa.moderation import events, policy, queries
from participa.moderation.models import Ground
from participa.organizations.queries import OrganizationView

_INSERT: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_grounds = cast("sa.Table", Ground.__table__)

LONGEST: Mapping[str, int] = {"name": 120, "text": 2000, "reply": 4000}
"""Characters, by field and language."""
MILDEST, GRAVEST = 1, 3


@dataclass(frozen=True, slots=True)
class Default:
    """A ground that every organization begins with."""

    key: str
    name: Any
    text: Any
    reply: Any
    severity: int
    is_urgent: bool = False
    merges: bool = False


DEFAULTS = (
    Default(
        "insultos",
        _l("Insultos, amenazas u odio"),
        _l(
            "Ofende o amenaza a alguien, o ataca a un grupo por lo que es: su origen, su fe, su "
            "color, su sexo, a quién quiere. Criticar una obra, una decisión o a quien gobierna, "
            "también con dureza, no es insultar."
        ),
        _l(
            "Retiramos su aporte porque ofende o amenaza a alguien. Lo que usted quiere decir "
            "cabe aquí: quite las ofensas, envíelo otra vez y lo publicamos. Si cree que nos "
            "equivocamos, puede apelar y lo mira otra persona."
        ),
        severity=3,
        is_urgent=True,
    ),
    Default(
        "datos-personales",
        _l("Datos personales de otra persona"),
        _l(
            "Muestra datos de alguien sin su permiso: su documento, su teléfono, su dirección, su "
            "salud. El nombre y el cargo de quien ejerce una función pública no lo son."
        ),
        _l(
            "Retiramos su aporte porque muestra datos personales de alguien, que aquí podría leer "
            "cualquiera. Quite esos datos, envíelo otra vez y lo publicamos. Si cree que nos "
            "equivocamos, puede apelar y lo mira otra persona."
        ),
        severity=3,
        is_urgent=True,
    ),
    Default(
        "publicidad",
        _l("Publicidad"),
        _l(
            "Vende o promociona algo que no tiene que ver con lo que aquí se habla. Contar lo que "
            "hace su organización o su negocio por el barrio no es publicidad."
        ),
        _l(
            "Retiramos su aporte porque promociona algo que no tiene que ver con este proceso. Si "
            "detrás hay una idea para la comunidad, cuéntela sin la publicidad y envíela otra "
            "vez. Si cree que nos equivocamos, puede apelar y lo mira otra persona."
        ),
        severity=1,
    ),
    Default(
        "fuera-de-tema",
        _l("Fuera de tema"),
        _l(
            "Trata de algo que este proceso no puede atender ni discutir. Estar en contra de lo "
            "que se propone, o proponer otra cosa para lo mismo, no es salirse del tema."
        ),
        _l(
            "Retiramos su aporte porque trata de algo que este proceso no puede atender. Puede "
            "cambiarlo para que tenga que ver y enviarlo otra vez, o llevarlo a los canales de "
            "atención de la entidad. Si cree que nos equivocamos, puede apelar y lo mira otra "
            "persona."
        ),
        severity=1,
    ),
    Default(
        "ilegal",
        _l("Contenido ilegal"),
        _l(
            "Muestra o promueve algo que la ley castiga, como la violencia, el abuso o la "
            "explotación de menores, o la venta de lo prohibido. Denunciar un delito no lo es."
        ),
        _l(
            "Retiramos su aporte porque muestra o promueve algo que la ley castiga. Si quería "
            "denunciarlo, hágalo ante las autoridades: aquí no podemos recibir denuncias. Si cree "
            "que nos equivocamos, puede apelar y lo mira otra persona."
        ),
        severity=3,
        is_urgent=True,
    ),
    Default(
        "repetido",
        _l("Repetido"),
        _l(
            "Dice lo mismo que otro aporte. No se retira: se une al otro, con sus apoyos y con el "
            "nombre de quien lo escribió. Parecerse no basta."
        ),
        _l(
            "Unimos su aporte a otro que dice lo mismo. No se pierde nada: sus apoyos cuentan "
            "allá, y juntos pesan más."
        ),
        severity=1,
        merges=True,
    ),
    Default(
        "campana",
        _l("Campaña electoral en época vedada"),
        _l(
            "Pide el voto o hace propaganda de una candidatura o un partido cuando la ley no lo "
            "permite. Hablar de política o de cómo se gobierna no es hacer campaña."
        ),
        _l(
            "Retiramos su aporte porque hace campaña en una época en que la ley no lo permite. "
            "Quite lo que pide el voto, envíelo otra vez y lo publicamos. Si cree que nos "
            "equivocamos, puede apelar y lo mira otra persona."
        ),
        severity=2,
    ),
)


def ensure(session: Session, organization: OrganizationView) -> None:
    """Give an organization the default grounds, in every language there is; twice changes nothing.

    One that has any ground keeps its own, whatever it made of them.
    """
    if queries.grounds(session, active=False):
        return
    session.flush()
    insert = _INSERT[session.get_bind().dialect.name](_grounds).on_conflict_do_nothing(
        index_elements=["organization_id", "key"]
    )
    session.connection().execute(
        insert,
        [
            {
                "organization_id": organization.id,
                "key": each.key,
                "position": position,
                "severity": each.severity,
                "is_urgent": each.is_urgent,
                "merges": each.merges,
                "is_active": True,
                **{
                    name: in_languages(partial(getattr, each, name))
                    for name in ("name", "text", "reply")
                },
            }
            for position, each in enumerate(DEFAULTS)
        ],
    )


def save(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    ground_id: int | None,
    values: Mapping[str, Any],
) -> int:
    """Change a ground, or add one (``None``), and return its id.

    ``values``: ``name``, ``text`` and ``reply`` by language; ``severity`` from 1 to 3;
    ``is_urgent``, ``merges``, ``is_active``; ``place`` in the list, the first is 1. What is not
    named stays as it is. A ground is never deleted, since past decisions name it, and one at least
    is always offered. Raises :class:`Invalid` by field.
    """
    authorize(policy.GROUNDS, actor, organization, at=clock.now())
    if ground_id is None:
        row = Ground(
            key="",
            name=Localized(),
            text=Localized(),
            reply=Localized(),
            position=len(queries.grounds(session, active=False)),
        )
    else:
        row = queries.ground_for_update(session, ground_id)
    problems = _fill(row, values, organization.locale)
    others = [each for each in queries.grounds(session, active=False) if each is not row]
    if row.is_active is False and not any(each.is_active for each in others):
        problems.append(
            Problem("is_active", _l("Debe quedar al menos un motivo: sin él nadie puede reportar."))
        )
    if problems:
        if ground_id is not None:
            session.expire(row)
        raise Invalid(problems)
    if ground_id is None:
        row.key = _key(session, row.name.text(organization.locale))
        session.add(row)
    place = values.get("place")
    if place is not None:
        others.insert(max(0, min(place - 1, len(others))), row)
        for position, each in enumerate(others):
            each.position = position
    session.flush()
    record(
        session,
        events.GroundSaved(row.name),
        actor=actor,
        organization_id=organization.id,
    )
    return row.id


def _fill(row: Ground, values: Mapping[str, Any], locale: str) -> list[Problem]:
    """Put values into a row and return what is wrong with them."""
    problems: list[Problem] = []
    for name in LONGEST:
        if name in values:
            setattr(row, name, _localized(name, values[name], problems))
        if name != "reply" and not getattr(row, name).get(locale):
            problems.append(Problem(name, _l("Escríbalo en el idioma de la entidad.")))
    for name in ("severity", "is_urgent", "merges", "is_active"):
        if values.get(name) is not None:
            setattr(row, name, values[name])
    if "severity" in values and not MILDEST <= row.severity <= GRAVEST:
        problems.append(Problem("severity", _l("Elija de 1 (leve) a 3 (grave).")))
    if row.merges and row.is_urgent:
        problems.append(
            Problem("is_urgent", _l("Lo repetido se une: no se retira, y menos de urgencia."))
        )
    return problems


def _localized(path: str, texts: Any, problems: list[Problem]) -> Localized:
    given = {SOURCE_LOCALE: texts} if isinstance(texts, str) else dict(texts or {})
    found = {code: normalize(text) for code, text in given.items()}
    for text in found.values():
        if control_characters(text):
            problems.append(Problem(path, _l("El texto trae caracteres invisibles. Bórrelos.")))
        elif len(text) > LONGEST[path]:
            problems.append(
                Problem(
                    path,
                    _l(
                        "Son %(length)s caracteres y caben %(maximum)s.",
                        length=len(text),
                        maximum=LONGEST[path],
                    ),
                )
            )
    return Localized(found)


def _key(session: Session, name: str) -> str:
    """Return a key for a new ground: the words of its name, numbered where they are taken."""
    taken = {each.key for each in queries.grounds(session, active=False)}
    wanted = "-".join(words.normalize(name).split())[:30].strip("-") or "motivo"
    number, key = 1, wanted
    while key in taken:
        number += 1
        key = f"{wanted}-{number}"
    return key
