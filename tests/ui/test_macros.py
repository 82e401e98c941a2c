"""What the macros promise to the pages that use them."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask, render_template, render_template_string
from wtforms import (
    BooleanField,
    FileField,
    Form,
    PasswordField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

import participa.ui
from participa.ui.style_page import PHASES

ROOM = Path(participa.ui.__file__).parent
TEMPLATES = sorted((ROOM / "templates").rglob("*.*"))
PAGES = [path for path in TEMPLATES if "mail" not in path.parts]


@pytest.fixture
def bare_app():
    app = Flask("bare")
    app.secret_key = "x"
    app.testing = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(
        lambda text: text, lambda one, many, n: one if n == 1 else many, newstyle=True
    )
    app.jinja_env.globals["confirmation_token"] = lambda: ""
    participa.ui.init_app(app)
    return app


@pytest.fixture
def render(bare_app):
    def call(source, **values):
        with bare_app.test_request_context():
            return render_template_string('{% import "ui/macros.html" as ui %}' + source, **values)

    return call


class IdeaForm(Form):
    title = StringField("Título", [DataRequired("Escriba un título.")], description="Corto.")
    body = TextAreaField("Texto", [Length(max=500)])
    topic = RadioField(
        "Tema",
        [InputRequired("Elija.")],
        choices=[SelectChoice("a", "Agua"), SelectChoice("b", "Vías")],
    )
    agree = BooleanField("Acepto", [DataRequired("Marque la casilla.")])


class Bounded(Form):
    name = StringField("Nombre", [Length(max=80)])
    place = StringField("Lugar", render_kw={"maxlength": 150})


# ---- fields ----


def test_a_field_ties_hint_and_error_to_its_input(render):
    form = IdeaForm(data={})
    form.validate()
    html = render("{{ ui.field(form.title) }}", form=form)
    assert 'aria-describedby="title-hint title-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="title-error"' in html
    assert "Escriba un título." in html
    assert "(obligatorio)" in html


def test_a_field_without_error_says_nothing_about_errors(render):
    html = render("{{ ui.field(form.body) }}", form=IdeaForm())
    assert "aria-invalid" not in html
    assert "(opcional)" in html


def test_the_browser_never_cuts_a_pasted_text(render):
    html = render("{{ ui.field(form.body) }}", form=IdeaForm())
    assert "maxlength=" not in html.replace("data-maxlength-counter=", "")
    assert 'data-maxlength-counter="500"' in html
    for form in (Bounded(), Bounded(data={"name": "a" * 90})):
        form.validate()
        for line in (form.name, form.place):
            assert "maxlength=" not in render("{{ ui.field(line) }}", line=line)
    assert "a" * 90 in render("{{ ui.field(form.name) }}", form=form)
    assert "Hasta 500 caracteres" in html


def test_radios_are_a_group_with_a_legend(render):
    html = render("{{ ui.field(form.topic, hints={'a': 'Quebradas'}) }}", form=IdeaForm())
    assert "<fieldset" in html
    assert "<legend>Tema" in html
    assert 'aria-describedby="topic-0-hint"' in html
    assert html.count('type="radio"') == 2


def test_what_people_type_is_escaped(render):
    form = IdeaForm(data={"title": "<b>", "body": "</textarea><script>"})
    html = render(
        "{{ ui.field(form.title) }}{{ ui.field(form.body) }}{{ ui.badge('<i>') }}", form=form
    )
    assert "<script>" not in html
    assert "<b>" not in html
    assert "<i>" not in html


def test_the_summary_links_to_every_field_in_error(render):
    form = IdeaForm(data={})
    form.validate()
    html = render("{{ ui.error_summary(form) }}", form=form)
    assert re.findall(r'href="#(\w+)"', html) == ["title", "topic", "agree"]
    assert not render("{{ ui.error_summary(form) }}", form=IdeaForm()).strip()


class AccountForm(IdeaForm):
    password = PasswordField("Clave")


class PictureForm(IdeaForm):
    picture = FileField("Foto")


@pytest.mark.parametrize(
    ("form", "said", "unsaid"),
    [
        (IdeaForm(data={}), "no se ha perdido nada", "otra vez"),
        (AccountForm(data={}), "Escriba la clave otra vez", "no se ha perdido nada"),
        (PictureForm(data={}), "elíjalo otra vez", "no se ha perdido nada"),
    ],
    ids=["neither", "password", "file"],
)
def test_the_summary_claims_nothing_of_what_a_browser_does_not_keep(render, form, said, unsaid):
    form.validate()
    html = render("{{ ui.error_summary(form) }}", form=form)
    assert said in html
    assert unsaid not in html


# ---- phases ----


def test_the_timeline_says_in_words_what_it_draws(render):
    html = render("{{ ui.timeline(phases, now=0.29) }}", phases=PHASES)
    words = re.sub(r"<svg class=\"timeline-chart.*?</svg>", "", html, flags=re.DOTALL)
    for phase in PHASES:
        assert phase.title in words
        assert phase.kind_label in words
        assert f"Del {phase.start_label} al {phase.end_label}" in words
    assert words.count(">Ahora<") == 2
    assert words.count(">Terminó<") == 1
    assert words.count(">Después<") == 2
    assert html.count('aria-current="step"') == 2


def test_phases_that_overlap_are_drawn_one_above_the_other(render):
    html = render("{{ ui.timeline(phases, now=0.29) }}", phases=PHASES)
    heights = set(re.findall(r'class="tl-bar"[^>]* y="(\d+)"', html))
    assert len(heights) == 2


@dataclass
class Phase:
    title: str = "Ideas"
    kind: str = "ideation"
    kind_label: str = "Ideación"
    start_label: str = "3 de marzo"
    end_label: str = "30 de abril"
    state: str = "now"
    url: str = ""
    x0: float = 0
    x1: float = 1
    lane: int = 0


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("now", "hasta el 30 de abril"),
        ("future", "Sigue: Ideas, desde el 3 de marzo"),
        ("past", "Terminó el 30 de abril"),
    ],
)
def test_the_compact_timeline_answers_until_when(render, state, sentence):
    html = render("{{ ui.timeline([p], compact=true) }}", p=Phase(state=state))
    assert sentence in html


def test_the_past_ends_with_the_phase_that_ended_last(render):
    """A long phase may outlive the ones listed after it."""
    long = Phase(title="Larga", state="past", end_label="31 de mayo", x1=1)
    short = Phase(title="Corta", state="past", end_label="30 de abril", x1=0.5, lane=1)
    assert "Terminó el 31 de mayo" in render("{{ ui.timeline(p, compact=true) }}", p=[long, short])


def test_a_process_without_dates_says_so(render):
    assert "aún no se han publicado" in render("{{ ui.timeline([]) }}")


# ---- the rest ----


def test_no_data_is_not_zero(render):
    assert "Sin dato" in render("{{ ui.meter(none, 10, label='Ferias') }}")
    assert "0 de 10" in render("{{ ui.meter(0, 10, label='Ferias') }}")


def test_a_meter_never_leaves_its_box(render):
    assert 'width="100.0%" height="100%"' in render("{{ ui.meter(30, 10) }}").replace(
        'width="100%"', 'width="100.0%"'
    )


def test_a_refusal_shows_its_reason_and_invites(render):
    html = render(
        "{{ ui.support_button('/x', 1, denial='Entre para apoyar.', invite_url='/entrar') }}"
    )
    assert "Entre para apoyar." in html
    assert 'href="/entrar"' in html
    assert "<form" not in html
    assert ">apoyo<" in html


def test_support_given_can_be_taken_back_even_when_closed_to_others(render):
    html = render("{{ ui.support_button('/x', 5, true, denial='Tope alcanzado.') }}")
    assert 'name="on" value="0"' in html
    assert "Tope alcanzado" not in html


def test_every_page_template_compiles_and_the_style_page_renders(bare_app):
    for path in TEMPLATES:
        bare_app.jinja_env.get_template(path.relative_to(ROOM / "templates").as_posix())
    answer = bare_app.test_client().get("/estilo")
    assert answer.status_code == 200
    bare_app.testing = False
    assert bare_app.test_client().get("/estilo").status_code == 404


# ---- house rules ----


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_nothing_inline_that_a_strict_policy_would_block(path):
    text = path.read_text()
    assert not re.search(r"\sstyle=", text), "use a class or an SVG attribute"
    assert not re.search(r"\son[a-z]+=\"", text), "listen in participa.js"
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), "scripts are files"
    assert "<style" not in text


def test_every_icon_named_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (ROOM / "static/icons.svg").read_text()))
    named = set()
    for path in PAGES:
        text = path.read_text()
        named |= set(re.findall(r"_?icon\('([\w-]+)'\)", text))
        named |= set(re.findall(r"icon='([\w-]+)'", text))
    named |= {"clipboard-list", "lightbulb", "hammer", "sprout", "scale"}
    assert named <= sprite


# ---- mail ----


def test_a_message_in_plain_text_keeps_its_lines(bare_app):
    with bare_app.test_request_context():
        text = render_template(
            "ui/mail/base.txt",
            organization={"name": "Lab Usme", "entity": "Alcaldía Local"},
            phase_line="Ahora: Ideas, hasta el 30 de abril",
            sentence="Su propuesta fue publicada.",
            link_url="https://ejemplo.test/p/1",
            stop_url="https://ejemplo.test/s",
        )
    assert [line for line in text.splitlines() if line.strip()] == [
        "Lab Usme",
        "Ahora: Ideas, hasta el 30 de abril",
        "Su propuesta fue publicada.",
        "Ver en el sitio:",
        "https://ejemplo.test/p/1",
        "-- ",
        "Alcaldía Local",
        "No quiero recibir estos mensajes: https://ejemplo.test/s",
    ]
