"""Pages of moderation: for citizens, for authors and for moderators; one module per noun."""

from flask import Blueprint

blueprint = Blueprint("moderation", __name__, template_folder="../templates")
