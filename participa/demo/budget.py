"""The invented vote of the demonstration city: two pots and the projects that compete for them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.budgets.models import Category, Pot, Project, ProjectStatus
from participa.budgets.services import lock
from participa.budgets.services.projects import fill
from participa.core.i18n import Localized
from participa.core.policy import Actor
from participa.organizations.queries import OrganizationView
from participa.processes.models import LinkKind, ResourceLink
from participa.processes.snapshot import ComponentView
from participa.proposals.models import Proposal

TEMPLATE = "presupuesto-participativo"
VOTING = "votacion"
"""The phase of the template that is open today."""
_CENTS = 100
_MILLION = 1_000_000 * _CENTS

POTS = (
    ("ciudad", ("Toda la ciudad", "The whole city", "Toda a cidade"), 1_200, True, None),
    (
        "corregimiento-norte",
        ("Corregimiento Norte", "Northern district", "Distrito Norte"),
        420,
        False,
        "corregimiento-norte",
    ),
)
"""(key, name in three languages, millions, citywide, territory)."""

CATEGORIES = (
    ("calle", ("Calles y parques", "Streets and parks", "Ruas e praças")),
    ("agua", ("Agua y ambiente", "Water and environment", "Água e ambiente")),
    ("cuidado", ("Cuidado y salud", "Care and health", "Cuidado e saúde")),
    ("cultura", ("Cultura, deporte y educación", "Culture, sport, education", "Cultura e esporte")),
)

# (pot, category, title, summary, millions, territory, latitude, longitude, area, months, for whom,
#  upkeep a year in millions)
PROJECTS: tuple[tuple[Any, ...], ...] = (
    ("ciudad", "calle", "Andenes con rampas alrededor del hospital",
     "Novecientos metros de andén ancho y parejo, con rampas y guía para el bastón.",
     310, "centro", 6.5231, -73.1012, "Infraestructura", 8, "Unas 1.800 personas al día", 6),
    ("ciudad", "calle", "Luces y bancas en el parque central",
     "Cuarenta luminarias que gastan poco y veinte bancas con espaldar, a la sombra.",
     145, "centro", 6.5219, -73.1031, "Infraestructura", 4, "Todo el centro", 4),
    ("ciudad", "calle", "Cruces seguros en seis colegios",
     "Pasos al nivel del andén, señales y topes para que los carros frenen de verdad.",
     180, "villa-rosa", 6.5262, -73.0978, "Movilidad", 6, "2.400 estudiantes", 3),
    ("ciudad", "calle", "Un parque de juegos para todas las niñas y los niños",
     "Juegos en los que también caben sillas de ruedas, con piso blando y sombra.",
     220, "villa-rosa", 6.5274, -73.0961, "Infraestructura", 7, "650 familias de Villa Rosa", 8),
    ("ciudad", "agua", "La quebrada limpia, de la plaza al puente",
     "Se recogen escombros, se siembran 1.200 árboles de aquí y se arman tres miradores.",
     260, "centro", 6.5207, -73.1048, "Ambiente", 12, "Cinco barrios de la orilla", 15),
    ("ciudad", "agua", "Puntos para separar la basura en los barrios",
     "Doce puntos techados, con ruta de las recicladoras dos veces por semana.",
     95, "villa-rosa", 6.5288, -73.0990, "Ambiente", 5, "3.100 viviendas", 12),
    ("ciudad", "cuidado", "Casa de respiro para quien cuida",
     "Una casa con profesionales donde dejar unas horas a quien necesita cuidado.",
     340, "centro", 6.5240, -73.1003, "Salud", 10, "280 personas que cuidan", 90),
    ("ciudad", "cuidado", "Unidad móvil de salud para las veredas",
     "Una camioneta con consultorio que visita cada vereda una vez al mes.",
     285, None, None, None, "Salud", 6, "1.900 personas del campo", 70),
    ("ciudad", "cultura", "La biblioteca, abierta los sábados y domingos",
     "Personal, aseo y actividades para abrir cien fines de semana.",
     120, "centro", 6.5226, -73.1022, "Cultura", 24, "Cerca de 400 visitas al día", 0),
    ("ciudad", "cultura", "Escuela de música en las tardes",
     "Instrumentos y cuatro docentes para 160 niñas, niños y jóvenes.",
     165, "villa-rosa", 6.5269, -73.0984, "Cultura", 12, "160 estudiantes", 40),
    ("ciudad", "cultura", "Cancha cubierta en la Comuna 1",
     "Techo, graderías y baños para la cancha que hoy no se usa cuando llueve.",
     450, "comuna-1", 6.5253, -73.0969, "Deporte", 9, "Once clubes y tres colegios", 18),
    ("ciudad", "calle", "Ciclorruta del centro a Villa Rosa",
     "Dos kilómetros y medio separados de los carros, con parqueadero de bicicletas.",
     520, "comuna-1", 6.5247, -73.0995, "Movilidad", 11, "1.100 viajes al día", 20),
    ("corregimiento-norte", "agua", "Tanque de reserva para El Mirador",
     "Un tanque de ochenta mil litros junto a la escuela y 400 metros de tubo nuevo.",
     130, "el-mirador", 6.5602, -73.0841, "Servicios públicos", 7, "96 familias", 5),
    ("corregimiento-norte", "agua", "Protección del nacimiento de La Esperanza",
     "Cerca viva, bebederos lejos del agua y acuerdos con las fincas vecinas.",
     60, "la-esperanza", 6.5711, -73.0912, "Ambiente", 6, "140 familias aguas abajo", 2),
    ("corregimiento-norte", "calle", "Placa huella en la cuesta de El Mirador",
     "Seiscientos metros de vía en los tramos donde se entierran los carros.",
     210, "el-mirador", 6.5588, -73.0856, "Infraestructura", 5, "96 familias y la ruta escolar", 6),
    ("corregimiento-norte", "cultura", "Internet y computadores en las dos escuelas",
     "Antena, veinte computadores y un salón abierto en las tardes para la vereda.",
     85, "la-esperanza", 6.5699, -73.0897, "Educación", 4, "118 estudiantes", 14),
    ("corregimiento-norte", "cuidado", "Puesto de salud abierto tres días a la semana",
     "Arreglo del puesto y enfermera los martes, jueves y sábados.",
     150, "la-esperanza", 6.5705, -73.0903, "Salud", 12, "700 personas", 60),
    ("corregimiento-norte", "calle", "Centro de acopio del mercado campesino",
     "Bodega con báscula y cuarto frío para sacar la cosecha sin perderla.",
     190, "el-mirador", 6.5610, -73.0828, "Desarrollo rural", 8, "74 familias productoras", 16),
    ("corregimiento-norte", "cultura", "Salón comunal de La Esperanza",
     "Techo nuevo, cocina y baños para reuniones, velorios y fiestas.",
     115, "la-esperanza", 6.5716, -73.0921, "Infraestructura", 6, "140 familias", 4),
)  # fmt: skip

INFEASIBLE: tuple[Any, ...] = (
    "ciudad", "calle", "Teleférico del centro a las veredas",
    "Un cable aéreo de seis kilómetros con tres estaciones.",
    1_000, None, None, None, "Movilidad", 36, "Todo el municipio", 900,
)  # fmt: skip
WHY_NOT = (
    "No es viable con este presupuesto: solo los estudios cuestan más que la bolsa, y mantenerlo "
    "cada año costaría casi lo mismo que la bolsa completa."
)
REVIEWED = (
    "Viable. El predio es público, el costo incluye la interventoría y el área responsable se "
    "compromete a mantenerlo."
)
NOTICE = Localized(
    {
        "es": "Demostración: las fechas están corridas para que hoy se vote.",
        "en": "Demonstration: the dates are shifted so that the vote is open today.",
        "pt": "Demonstração: as datas estão deslocadas para que hoje se vote.",
    }
)
SEED_SOURCE = "El número ganador de la Lotería de Santander en el primer sorteo después del cierre."
FROM_PROPOSALS = {
    "Tanque de reserva para El Mirador": "Agua todos los días en la vereda El Mirador",
    "Andenes con rampas alrededor del hospital": "Andenes anchos frente al hospital",
    "La biblioteca, abierta los sábados y domingos": "Biblioteca que abre los sábados por la tarde",
}
"""Projects that came of a proposal of the same process, by title."""


def fill_vote(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
) -> None:
    """Write pots, categories and projects into a component, and make them firm."""
    write_projects(session, organization, component)
    lock.lock(session, actor, component, seed_source=SEED_SOURCE)


def write_projects(
    session: Session, organization: OrganizationView, component: ComponentView
) -> None:
    """Write pots, categories and projects into a component."""
    territories = {each.code: each.id for each in organization.territories.values()}
    pots: dict[str, Pot] = {}
    for position, (key, names, millions, citywide, territory) in enumerate(POTS):
        pots[key] = Pot(
            organization_id=organization.id,
            component_id=component.id,
            key=key,
            name=_names(names),
            amount=millions * _MILLION,
            citywide=citywide,
            territory_id=territories.get(territory or ""),
            position=position,
        )
    categories = {
        key: Category(
            organization_id=organization.id,
            component_id=component.id,
            key=key,
            name=_names(names),
            position=position,
        )
        for position, (key, names) in enumerate(CATEGORIES)
    }
    session.add_all([*pots.values(), *categories.values()])
    session.flush()
    rows = []
    for number, each in enumerate((*PROJECTS, INFEASIBLE), 1):
        pot, category, title, summary, cost, place, latitude, longitude, *sheet = each
        area, months, people, upkeep = sheet
        row = Project(organization_id=organization.id, component_id=component.id, number=number)
        stands = each is not INFEASIBLE
        fill(
            row,
            {
                "pot_id": pots[pot].id,
                "category_id": categories[category].id,
                "status": ProjectStatus.FEASIBLE if stands else ProjectStatus.INFEASIBLE,
                "title": title,
                "summary": summary,
                "body": "",
                "cost": cost * _MILLION,
                "territory_id": territories.get(place or ""),
                "latitude": latitude,
                "longitude": longitude,
                "sheet": {"area": area, "months": months, "beneficiaries": people}
                | ({"upkeep": upkeep * _MILLION} if upkeep else {}),
                "feasibility": REVIEWED if stands else WHY_NOT,
            },
        )
        rows.append(row)
    session.add_all(rows)
    session.flush()
    _link(session, organization, component, rows)


def _names(names: tuple[str, str, str]) -> Localized:
    return Localized(dict(zip(("es", "en", "pt"), names, strict=True)))


def _link(
    session: Session, organization: OrganizationView, component: ComponentView, rows: list[Project]
) -> None:
    """Tie projects to the proposals that they came of."""
    places = [each.id for each in component.process.components]
    known = {
        title: key
        for key, title in session.execute(
            sa.select(Proposal.id, Proposal.title).where(Proposal.component_id.in_(places))
        )
    }
    session.add_all(
        [
            ResourceLink(
                organization_id=organization.id,
                kind=LinkKind.DERIVES_FROM,
                source_kind="budget_project",
                source_id=row.id,
                target_kind="proposal",
                target_id=known[FROM_PROPOSALS[row.title]],
            )
            for row in rows
            if FROM_PROPOSALS.get(row.title) in known
        ]
    )
