"""Pages of participatory budgets: one module per noun."""

from flask import Blueprint

blueprint = Blueprint("budgets", __name__, template_folder="../templates")

PREFIX = '/procesos/<process>/<component("presupuesto"):component>'
STAFF = f"/gestion{PREFIX}"
"""Where the staff pages of a budget begin."""
