"""What an attacker needs: a whole city, and every address in it."""

import pytest

from tests.conftest import ENGINES
from tests.pages import world as worlds


@pytest.fixture(params=ENGINES[:1])
def engine_name(request):
    """One engine: what is attacked here stands before the database. Fuzzing asks for all."""
    return str(request.param)


@pytest.fixture
def world(app, any_session, organization):
    return worlds.build(app, any_session, organization)


def all_rules(app):
    """Every rule, those for machines too."""
    return list(app.url_map.iter_rules())
