"""What the invented neighbours of the demonstration city say about each other's proposals."""

import datetime as dt
import random
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.comments.models import Comment, CommentVote, Position
from participa.comments.services import counters
from participa.comments.services.writing import Draft, fill
from participa.contributions.models import Standing
from participa.contributions.services import Screened, enter
from participa.contributions.texts import fingerprint
from participa.core import clock
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.processes.snapshot import ComponentView
from participa.proposals.models import Proposal

FOR, AGAINST, NEUTRAL = Position.FOR, Position.AGAINST, Position.NEUTRAL
AUTHOR = "autor"
"""Who wrote the proposal answers."""

# Title of the proposal: threads of (side, text, how many find it useful, answers); an answer is a
# pair (who: a number of neighbour in the thread, 5 who opened it, or the author; text).
THREADS: dict[str, tuple[tuple[Position | None, str, int, tuple[tuple[object, str], ...]], ...]] = {
    "Agua todos los días en la vereda El Mirador": (
        (
            FOR,
            "En la parte de arriba llevamos **tres años** comprando agua en el verano. Un tanque "
            "junto a la escuela serviría también para el restaurante escolar.",
            9,
            (
                (AUTHOR, "Sí, por eso pensamos en ese lote: es de la junta y tiene entrada."),
                (0, "¿Ya hablaron con la profesora? Ella sabe por dónde pasa el tubo viejo."),
                (AUTHOR, "Ya, y nos prestó el plano de cuando lo hicieron."),
                (1, "Mi papá ayudó a enterrarlo. Está a menos de medio metro, por eso se rompe."),
                (2, "Entonces que el cambio lo entierren más hondo, o en dos años estamos igual."),
            ),
        ),
        (
            NEUTRAL,
            "Antes de cambiar los 400 metros habría que medir cuánta agua se pierde. De pronto el "
            "daño grande está en un solo punto.",
            6,
            ((3, "En la curva del guayacán siempre está mojado, aun sin llover."),),
        ),
        (
            AGAINST,
            "Un tanque más no trae más agua. Lo que falta es cuidar el nacimiento: sin eso, en "
            "cinco años el tanque está vacío.",
            4,
            (
                (AUTHOR, "De acuerdo en cuidar el nacimiento. Hay otra propuesta justo para eso."),
                (4, "Se pueden hacer las dos cosas, no es una o la otra."),
            ),
        ),
        (FOR, "El cuaderno de turnos a la vista de todos evita peleas. Eso ya vale.", 3, ()),
    ),
    "Andenes anchos frente al hospital": (
        (
            FOR,
            "Empujo la silla de mi mamá dos veces por semana y siempre toca por la calle.",
            8,
            ((0, "Y en hora pico los buses pasan rozando."),),
        ),
        (
            AGAINST,
            "Esos tres parqueaderos los usan las familias que llegan con un enfermo. ¿Dónde van a "
            "parar?",
            5,
            (
                (AUTHOR, "Se puede dejar uno de *parada rápida* en la entrada de urgencias."),
                (1, "Con la parada rápida yo estaría a favor."),
            ),
        ),
        (FOR, "Que las rampas tengan la franja con relieve para las personas ciegas.", 7, ()),
    ),
    "Luces con sensor en el sendero de la quebrada": (
        (
            FOR,
            "Mi hija sale a las seis y media del colegio. La esperamos entre varias mamás porque "
            "sola no se puede.",
            11,
            (
                (0, "Nosotros hacemos lo mismo del lado de la cancha."),
                (AUTHOR, "Si nos ponemos de acuerdo, la junta puede empezar por ese tramo."),
            ),
        ),
        (
            NEUTRAL,
            "Las solares que pusieron en el parque duraron un año. ¿Quién cambia las baterías?",
            6,
            (
                (
                    AUTHOR,
                    "La junta se compromete a cuidarlas; falta definir quién compra el repuesto.",
                ),
            ),
        ),
        (None, "Ojalá con luz cálida: hay mucha luciérnaga en la quebrada.", 4, ()),
    ),
    "Mercado campesino cada quince días en el parque": (
        (
            FOR,
            "Se puede aprovechar para vender también semillas y plántulas. En mi vereda hay tres "
            "familias que tienen vivero.",
            7,
            ((0, "Anótenos: tenemos mora y uchuva."),),
        ),
        (
            AGAINST,
            "El parque queda sucio cada vez que hay evento y al otro día nos toca barrer a quienes "
            "vivimos al frente.",
            5,
            (
                (
                    AUTHOR,
                    "Tiene razón. Podemos poner en la propuesta que cada puesto recoge lo suyo.",
                ),
                (1, "Y separar lo orgánico, que sirve de abono."),
            ),
        ),
    ),
    "Biblioteca que abre los sábados por la tarde": (
        (FOR, "Yo podría ir de voluntaria dos sábados al mes a leerles a los niños.", 6, ()),
        (
            NEUTRAL,
            "¿Y los domingos en la mañana? Los sábados hay mercado y mucha gente no puede.",
            2,
            ((AUTHOR, "Podríamos empezar con el sábado y preguntar a los dos meses."),),
        ),
    ),
    "Recuperar el nacimiento de agua de la loma": (
        (
            FOR,
            "Los del grado noveno podemos sembrar. El año pasado pegaron ocho de cada diez "
            "arbolitos porque los regamos en vacaciones.",
            10,
            ((0, "¡Qué bueno leer esto! ¿Qué especies sembraron?"), (5, "Aliso y encenillo.")),
        ),
        (FOR, "Cercar primero, sembrar después: si no, el ganado se lo come todo.", 5, ()),
    ),
    "Arreglar la placa de la cancha y ponerle techo": (
        (
            AGAINST,
            "El techo vale tres veces lo que vale arreglar la placa. Yo arreglaría la placa ya, y "
            "el techo que sea otra etapa.",
            6,
            ((0, "Eso mismo pienso. Lo urgente son las grietas."),),
        ),
        (FOR, "En invierno perdemos la mitad de los entrenamientos por la lluvia.", 4, ()),
    ),
}


def converse(
    session: Session,
    component: ComponentView,
    neighbours: Sequence[Person],
    dice: random.Random,
) -> None:
    """Write the conversations about a component's proposals, from when each was published."""
    if not any("comment" in opening.rules for opening in component.openings):
        return
    proposals = session.scalars(
        sa.select(Proposal).where(
            Proposal.component_id == component.id, Proposal.title.in_(THREADS)
        )
    ).all()
    for proposal in proposals:
        others = [each for each in neighbours if each.id != proposal.author_id]
        last = min(_closing(component), clock.now() - dt.timedelta(minutes=40))
        at = proposal.published_at
        threads = THREADS[proposal.title]
        for number, (side, text, useful, answers) in enumerate(threads):
            step = (last - at) / (len(threads) - number + 1)
            at += step * (0.5 + dice.random() / 2)
            people = dice.sample(others, 6)
            opening = write(session, component, proposal, people[-1], text, at, side)
            if number == 1:
                opening.edited_at = at + dt.timedelta(minutes=6)
            _find_useful(session, opening, neighbours, useful, dice)
            moment = at
            for who, words in answers:
                moment += min(dt.timedelta(minutes=dice.randrange(8, 600)), (last - moment) / 3)
                author = (
                    next(each for each in neighbours if each.id == proposal.author_id)
                    if who == AUTHOR
                    else people[int(str(who))]
                )
                answer = write(session, component, proposal, author, words, moment, parent=opening)
                _find_useful(session, answer, neighbours, dice.randrange(4), dice)


def _closing(component: ComponentView) -> dt.datetime:
    """Return when the component's first phase with comments ends."""
    opened = [each for each in component.openings if each.rules.get("comment")]
    return opened[0].phase.end


def write(
    session: Session,
    component: ComponentView,
    proposal: Proposal,
    author: Person,
    text: str,
    at: dt.datetime,
    side: Position | None = None,
    *,
    parent: Comment | None = None,
) -> Comment:
    """Publish a comment on a proposal as of a moment that is past."""
    row = Comment(
        organization_id=proposal.organization_id,
        subject_kind="proposal",
        subject_id=proposal.id,
        process_id=component.process.id,
        component_id=component.id,
        author_id=author.id,
        status=Standing.PUBLISHED,
        parent_id=parent.id if parent is not None else None,
        answers_id=parent.id if parent is not None else None,
        published_at=at,
        submission=str(uuid.uuid4()),
    )
    fill(row, Draft(text, side if component.settings.comment_positions else None))
    session.add(row)
    counters.change(session, row, 1)
    screened = Screened(Standing.PUBLISHED, (), fingerprint(text))
    writer = Actor(proposal.organization_id, author.id)
    enter(session, writer, component, Ref("comment", row.id), screened, at)
    return row


def _find_useful(
    session: Session,
    row: Comment,
    neighbours: Sequence[Person],
    number: int,
    dice: random.Random,
) -> None:
    voters = dice.sample([each for each in neighbours if each.id != row.author_id], number)
    session.add_all(
        [
            CommentVote(
                organization_id=row.organization_id,
                comment_id=row.id,
                person_id=each.id,
                at=row.published_at,
            )
            for each in voters
        ]
    )
    row.useful_count = number
    session.flush()
