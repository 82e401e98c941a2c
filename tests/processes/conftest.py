"""What the tests of processes share: an organization without a database, and a second component."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from participa.core.i18n import Localized
from participa.core.policy import Capability, State
from participa.core.registry import ComponentType, registry
from participa.organizations.models import Territory, Theme
from participa.organizations.queries import OrganizationView
from participa.proposals.component import COMPONENT

registry.register(COMPONENT)


def make_place(zone: str = "America/Bogota") -> OrganizationView:
    """Return an organization that is in no database."""
    return OrganizationView(
        id=1,
        version=1,
        host=None,
        slug="aurora",
        name="Aurora",
        summary=Localized(),
        locales=("es", "en", "pt"),
        locale="es",
        country="CO",
        time_zone=zone,
        currency="COP",
        accent="#0b5c53",
        theme="neutral",
        logo_digest=None,
        address="",
        hours="",
        phone="",
        email="",
        reporting_url="",
        footer=Localized(),
        consent_version="1",
        consent_text=Localized(),
        staff_second_factor=False,
        staff_second_factor_from=None,
        territories={
            1: Territory(id=1, code="aurora", name="Aurora", level="municipio", path=["aurora"]),
            2: Territory(id=2, code="la-loma", name="La Loma", level="vereda", path=["aurora"]),
        },
        themes={1: Theme(id=1, code="agua", name=Localized("Agua"), position=0)},
    )


@pytest.fixture(scope="session")
def place_in() -> Callable[[str], OrganizationView]:
    return make_place


@pytest.fixture(scope="session")
def place() -> OrganizationView:
    return make_place()


@dataclass
class Content:
    """What people have put into the components of the tests."""

    of: set[int]


@pytest.fixture
def diary() -> Iterator[Content]:
    """A component without settings, registered for one test; says which instances have content."""
    content = Content(set())
    kind = ComponentType(
        name="diary",
        segment="diario",
        label="Diario",
        capabilities=(
            Capability(
                "write",
                "Escribir",
                opens_on=lambda date: f"Se escribe desde el {date}.",
                closed_on=lambda date: f"Se escribió hasta el {date}.",
                never="Nadie escribe.",
                states=(State.CLOSED, State.OPEN),
            ),
        ),
        has_content=lambda _session, component_id: component_id in content.of,
    )
    registry.register(kind)
    yield content
    registry._rooms.pop("diary")
