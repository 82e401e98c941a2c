"""Public pages of proposals: one module per noun."""

from flask import Blueprint

blueprint = Blueprint("proposals", __name__, template_folder="../templates")

PREFIX = '/procesos/<process>/<component("propuestas"):component>'
