"""Invented ballots for the open vote of a city that nobody serves yet: run with its folder.

In a process of its own, as a city is: what is kept in memory goes by ids, which begin again here.
"""

import sys

from participa.app import create_app
from participa.core.config import Config
from participa.core.db import bind_to_organization, db
from participa.organizations import queries as organizations
from participa.organizations.views import use
from participa.processes import queries as processes
from tests.browser.city import BUDGET
from tests.budgets.ended import Ended

PEOPLE = 60


def fill(folder):
    """Let neighbours of another city's imagination vote on the web; the same ones every time."""
    app = create_app(Config(data_dir=str(folder), demo=True))
    with app.app_context():
        session = db.session()
        organization = organizations.by_slug(session, "valle-sereno")
        bind_to_organization(session, organization.id)
        use(organization)
        _root, _where, process, key = BUDGET.split("/")
        component = processes.by_slug(session, process).component(key)
        vote = Ended.standing(session, component)
        vote.fill(vote.invented(PEOPLE))


if __name__ == "__main__":
    fill(sys.argv[1])
