"""Public pages of processes: one module per noun."""

from flask import Blueprint

blueprint = Blueprint("processes", __name__, template_folder="../templates")
