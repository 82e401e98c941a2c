"""What happens at polling points and to paper sheets.

No fact carries a choice, a document number, a telephone or a receipt, and none names who voted.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact, How
from participa.core.i18n import Localized


@dataclass(frozen=True)
class PointSaved(Fact):
    """Staff added or changed a polling point."""

    NAME = "budgets.point_saved"
    LABEL = _l("Punto de votación guardado")
    SENTENCE = _l("%(actor)s guardó el punto de votación «%(name)s»")

    name: str


@dataclass(frozen=True)
class PointRemoved(Fact):
    """Staff removed a point that nobody had used."""

    NAME = "budgets.point_removed"
    LABEL = _l("Punto de votación quitado")
    SENTENCE = _l("%(actor)s quitó el punto de votación «%(name)s»")

    name: str


@dataclass(frozen=True)
class PromoterGiven(Fact):
    """Somebody is in charge of a point from now on, or their limit changed."""

    NAME = "budgets.promoter_given"
    LABEL = _l("Encargo de un punto de votación")
    SENTENCE = _l(
        "%(actor)s encargó el punto de votación «%(name)s»: hasta %(per_hour)s votos por hora"
    )
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    PAGE = ("budgets.desk", "process", "component", "point")

    name: str
    """Of the point."""
    per_hour: int
    process: str
    component: str
    point: int
    person_id: list[int]


@dataclass(frozen=True)
class PromoterEnded(Fact):
    """Somebody is no longer in charge of a point."""

    NAME = "budgets.promoter_ended"
    LABEL = _l("Fin del encargo de un punto de votación")
    SENTENCE = _l("%(actor)s terminó el encargo del punto de votación «%(name)s»")
    TELLS = (Audience.PERSON,)

    name: str
    person_id: list[int]


@dataclass(frozen=True)
class BallotAssisted(Fact):
    """Whoever is in charge of a point registered somebody's ballot. Does not say whose."""

    NAME = "budgets.ballot_assisted"
    LABEL = _l("Voto registrado con ayuda")
    SENTENCE = _l("%(actor)s registró un voto en el punto «%(name)s»")

    name: str
    point: int


@dataclass(frozen=True)
class SheetHanded(Fact):
    """Whoever is in charge of a point handed out a sheet. Says neither to whom nor which."""

    NAME = "budgets.sheet_handed"
    LABEL = _l("Hoja entregada")
    SENTENCE = _l("%(actor)s entregó una hoja en el punto «%(name)s»")

    name: str
    point: int


@dataclass(frozen=True)
class HandingUndone(Fact):
    """A sheet came back unused; its person has not voted. Does not say who."""

    NAME = "budgets.handing_undone"
    LABEL = _l("Entrega de una hoja deshecha")
    SENTENCE = _l(
        "%(actor)s deshizo una entrega en el punto «%(name)s» y anuló la hoja %(number)s. Motivo: "
        "%(reason)s"
    )

    name: str
    point: int
    number: int
    reason: str


@dataclass(frozen=True)
class PaceUnusual(Fact):
    """Somebody registered more ballots in an hour than their limit says."""

    NAME = "budgets.pace_unusual"
    LABEL = _l("Muchos votos en una hora en un punto")
    SENTENCE = _l(
        "%(actor)s pasó de %(per_hour)s votos en una hora en el punto «%(name)s». Revise qué pasa"
    )
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    PAGE = ("budgets.staff_point", "process", "component", "point")

    name: str
    per_hour: int
    process: str
    component: str
    point: int
    person_id: list[int]
    """Who administers the process."""


@dataclass(frozen=True)
class SheetsPrinted(Fact):
    """Numbered sheets were made for a point."""

    NAME = "budgets.sheets_printed"
    LABEL = _l("Hojas de votación impresas")
    SENTENCE = _l("%(actor)s imprimió las hojas %(first)s a %(last)s para el punto «%(name)s»")

    name: str
    point: int
    first: int
    last: int


@dataclass(frozen=True)
class SheetsReprinted(Fact):
    """Sheets that had been printed were printed once more."""

    NAME = "budgets.sheets_reprinted"
    LABEL = _l("Hojas de votación impresas otra vez")
    SENTENCE = _l(
        "%(actor)s volvió a imprimir las hojas %(first)s a %(last)s del punto «%(name)s». Motivo: "
        "%(reason)s"
    )

    name: str
    point: int
    first: int
    last: int
    reason: str


@dataclass(frozen=True)
class SheetTyped(Fact):
    """Somebody typed a sheet; another person still has to."""

    NAME = "budgets.sheet_typed"
    LABEL = _l("Hoja digitada")
    SENTENCE = _l("%(actor)s digitó la hoja %(number)s")

    number: int


@dataclass(frozen=True)
class SheetsDiffer(Fact):
    """People typed a sheet differently: somebody has to look at the paper."""

    NAME = "budgets.sheet_differs"
    LABEL = _l("Hoja digitada de dos maneras")
    SENTENCE = _l("La hoja %(number)s se digitó de maneras distintas: hay que mirar el papel")

    number: int


@dataclass(frozen=True)
class SheetCounted(Fact):
    """Two people typed a sheet alike: its ballot is in the box."""

    NAME = "budgets.sheet_counted"
    LABEL = _l("Hoja contada")
    SENTENCE = _l("La hoja %(number)s entró a la urna")

    number: int


@dataclass(frozen=True)
class SheetLeftOut(Fact):
    """Two people agreed that a sheet does not count, and why."""

    NAME = "budgets.sheet_left_out"
    LABEL = _l("Hoja que no se cuenta")
    SENTENCE = _l("La hoja %(number)s no se cuenta: %(why)s")

    number: int
    cause: str
    """A :class:`participa.budgets.models.Cause`."""
    why: Localized


@dataclass(frozen=True)
class PointReconciled(Fact):
    """The act of a point was made: its figures do not move any more."""

    NAME = "budgets.point_reconciled"
    LABEL = _l("Acta de un punto de votación")
    SENTENCE = _l(
        "%(actor)s cerró el acta del punto «%(name)s»: %(signed)s firmas, %(counted)s hojas "
        "contadas, %(left_out)s que no se cuentan"
    )

    name: str
    point: int
    signed: int
    counted: int
    left_out: int
    """Rejected and spoiled; those given back are not in it."""
    marks: int
    """People marked as having voted on paper here."""
    remarks: str


@dataclass(frozen=True)
class PointReopened(Fact):
    """The act of a point was opened again, with a reason."""

    NAME = "budgets.point_reopened"
    LABEL = _l("Acta de un punto reabierta")
    SENTENCE = _l("%(actor)s reabrió el acta del punto «%(name)s». Motivo: %(reason)s")

    name: str
    point: int
    reason: str


FACTS: tuple[type[Fact], ...] = (
    PointSaved,
    PointRemoved,
    PromoterGiven,
    PromoterEnded,
    BallotAssisted,
    SheetHanded,
    HandingUndone,
    PaceUnusual,
    SheetsPrinted,
    SheetsReprinted,
    SheetTyped,
    SheetsDiffer,
    SheetCounted,
    SheetLeftOut,
    PointReconciled,
    PointReopened,
)
