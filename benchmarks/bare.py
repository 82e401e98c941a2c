"""The reference: a bare Flask app with a Jinja page of twenty cards, and a bare "hello".

Served exactly as participa is, but with no database, no session, no translation and no addresses to
build: what is left is the price of Flask, Jinja and the server for as many bytes. The cards are
those of the proposals' list written plainly: the same elements and values, in one loop.
"""

import sys
from typing import Any

from flask import Flask

from participa.cli.serve import InTurns, Server, gunicorn_options
from participa.core.config import Config

PAGE = """<!doctype html>
<html lang="es"><head><title>{{ title }}</title></head><body>
<!-- {{ layout }} -->
<ul class="grid-cards plain-list">
{% for card in cards %}<li><article class="card card-link">
<h2 class="card-title"><a href="{{ card.url }}">{{ card.title }}</a></h2>
<p>{{ card.excerpt }}</p>
<p class="card-meta">{% for item in card.meta %}<span>{{ item }}</span>{% endfor %}</p>
<div class="card-foot"><div class="support" id="apoyo-{{ card.id }}">
{%- if card.open %}<form method="post" action="{{ card.url }}/apoyo" \
hx-post="{{ card.url }}/apoyo" hx-target="#apoyo-{{ card.id }}" hx-select="#apoyo-{{ card.id }}" \
hx-swap="outerHTML">
<input type="hidden" name="on" value="1">
<button class="btn" id="apoyo-{{ card.id }}-btn"><svg class="icon" aria-hidden="true">\
<use href="/recursos/icons.0123456789.svg#hand-heart"/></svg> Apoyar\
<span class="sr-only">: {{ card.title }}</span></button></form>{% endif -%}
<span class="support-count">{{ card.count }} <small>apoyos</small></span></div></div></article></li>
{% endfor %}
</ul></body></html>
"""


def make_app(size: int, cards: int) -> Flask:
    """Return the bare app, whose page has so many cards and, at least, so many bytes."""
    app = Flask("bare", static_folder=None)
    template = app.jinja_env.from_string(PAGE)
    shown = {
        "title": "Propuestas",
        "cards": [
            {
                "id": number,
                "url": f"/procesos/presupuesto/propuestas/{number}",
                "title": "Arreglar la plaza de mercado junto a la escuela",
                "excerpt": "Desde hace años las familias pedimos una solución y nadie responde. "
                * 2,
                "meta": ("Rosa Quintero", "Barrio 2a", "Agua", "20/11/2026"),
                "open": True,
                "count": number,
            }
            for number in range(1001, 1001 + cards)
        ],
    }
    with app.app_context():
        missing = size - len(template.render(**shown, layout="").encode())
    layout = "x" * max(0, missing)

    @app.get("/")
    def page() -> str:
        return template.render(**shown, layout=layout)

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    return app


class BareServer(Server):
    """The same server, with the bare app in it."""

    page: tuple[int, int]

    def load(self) -> Any:
        return InTurns(make_app(*self.page))


def main() -> None:
    """Serve: ``python -m benchmarks.bare PORT WORKERS THREADS SIZE CARDS``."""
    port, workers, threads, size, cards = map(int, sys.argv[1:])
    BareServer.page = size, cards
    options = gunicorn_options(
        host="127.0.0.1", port=port, workers=workers, threads=threads, quiet=True
    )
    BareServer(Config(secret_key="x" * 32), options).run()


if __name__ == "__main__":
    main()
