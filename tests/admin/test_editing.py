"""Pages that edit a process: what is typed is never lost, and nothing is saved unseen."""

import datetime as dt
import io

import pytest
import time_machine

from participa.core.policy import Role
from participa.processes import queries
from participa.processes.models import PhaseKind
from participa.proposals import services as proposals
from tests import factories

BASE = "/gestion/procesos/presupuesto"
NOW = dt.datetime(2026, 3, 10, 15, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MIDNIGHT = dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC)
"""The first of March in Bogotá."""


@pytest.fixture(autouse=True)
def march():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def process(session):
    return factories.make_process(
        session,
        phases=[
            {
                "key": "ideas",
                "kind": PhaseKind.IDEATION,
                "start": MIDNIGHT,
                "end": MIDNIGHT + 31 * DAY,
                "opens": {"propuestas": {"create": "open", "support": "open"}},
            },
            {
                "key": "cierre",
                "kind": PhaseKind.EVALUATION,
                "start": MIDNIGHT + 31 * DAY,
                "end": MIDNIGHT + 61 * DAY,
                "opens": {"propuestas": {"support": "shown"}},
            },
        ],
    )


@pytest.fixture
def now(session, process):
    def read():
        session.expire_all()
        return queries.by_id(session, process.id)

    return read


@pytest.fixture
def edit(admin, fields_of):
    """Return a hand that opens a page, changes fields and presses a button."""

    def hand(path, name="version", action="revisar", drop=(), **changes):
        typed = fields_of(admin.get(path).text, name)
        typed.update(changes)
        for key in drop:
            typed.pop(key)
        typed["accion"] = action
        return admin.post(path, data=typed)

    return hand


def press(admin, page, fields_of, action):
    """Press a button of the page that reviews a change."""
    typed = fields_of(page, "version")
    typed["accion"] = action
    return typed


@pytest.mark.parametrize(
    "path",
    [
        "/textos",
        "/textos?idioma=en",
        "/fases",
        "/componentes",
        "/componentes/propuestas",
        "/permisos?componente=propuestas",
        "/archivo",
    ],
)
def test_sending_a_page_as_it_is_changes_nothing(edit, now, path):
    answer = edit(BASE + path)
    assert answer.status_code == 200
    assert "No hay nada distinto" in answer.text
    assert edit(BASE + path, action="guardar").status_code == 303
    assert now().version == 1


def test_dates_are_looked_at_and_then_saved(admin, edit, fields_of, now):
    look = edit(f"{BASE}/fases", **{"phases[0].end": "2026-03-20"})
    assert look.status_code == 200
    assert "cerrará el 20 de marzo de 2026 en vez del 31 de marzo de 2026" in look.text
    assert now().version == 1
    saved = admin.post(f"{BASE}/fases", data=press(admin, look.text, fields_of, "guardar"))
    assert saved.status_code == 303
    assert now().phase("ideas").end == MIDNIGHT + 20 * DAY
    assert now().version == 2


def test_one_can_go_back_to_what_was_typed(admin, edit, fields_of):
    look = edit(f"{BASE}/fases", **{"phases[0].title": "Ideas de «todos» <b>"})
    back = admin.post(f"{BASE}/fases", data=press(admin, look.text, fields_of, "editar"))
    assert back.status_code == 200
    assert "Ideas de «todos» &lt;b&gt;" in back.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phases[0].end": "2026-02-01"}, "La fase debe terminar después de empezar"),
        ({"phases[0].end": ""}, "Falta la fecha"),
        ({"phases[0].end": "31 de abril"}, "fecha año-mes-día"),
        ({"phases[0].start_hour": "25:00"}, "no existe en el calendario"),
        ({"phases[0].title": ""}, "Póngale un título"),
        ({"phases[0].title": "a" * 161}, "máximo"),
        ({"phases[0].title": "a\x07b"}, "invisibles"),
        ({"phases[0].end": "2026-04-20"}, "están activas a la vez"),
        ({"phases[0].kind": "fiesta"}, "No se conoce «fiesta»"),
    ],
)
def test_errors_are_beside_the_field_and_keep_what_was_typed(edit, now, changes, words):
    answer = edit(f"{BASE}/fases", **{"phases[1].title": "Se conserva", **changes})
    assert answer.status_code == 422
    assert words in answer.text
    assert "data-error-summary" in answer.text
    assert "Se conserva" in answer.text
    assert now().version == 1


def test_phases_are_added_moved_and_removed_without_script(admin, edit, fields_of, now):
    added = edit(f"{BASE}/fases", action="agregar")
    assert 'name="phases[2].start"' in added.text
    typed = fields_of(added.text, "version")
    typed |= {
        "phases[2].title": "Cuéntenos qué pasó",
        "phases[2].start": "1/6/2026",
        "phases[2].end": "2026-06-30",
        "phases[2].end_hour": "18:00",
    }
    moved = admin.post(f"{BASE}/fases", data={**typed, "accion": "subir-2"})
    typed = fields_of(moved.text, "version")
    assert typed["phases[1].title"] == "Cuéntenos qué pasó"
    typed = fields_of(
        admin.post(f"{BASE}/fases", data={**typed, "accion": "quitar-0"}).text, "version"
    )
    assert "phases[2].title" not in typed
    saved = admin.post(f"{BASE}/fases", data={**typed, "accion": "guardar"})
    assert saved.status_code == 303
    after = now()
    assert [each.key for each in after.phases] == ["cuentenos-que-paso", "cierre"]
    assert after.phase("cuentenos-que-paso").end == dt.datetime(2026, 6, 30, 23, tzinfo=dt.UTC)


def test_somebody_else_saved_first_and_is_told_kindly(session, admin, app, fields_of, now):
    mine = fields_of(admin.get(f"{BASE}/fases").text, "version")
    other = factories.sign_in(
        app.test_client(),
        session,
        factories.make_person(session, "Otra", roles=[Role.ORGANIZATION_ADMIN]),
    )
    theirs = fields_of(other.get(f"{BASE}/textos").text, "version")
    theirs |= {"title.es": "Otro título", "accion": "guardar"}
    assert other.post(f"{BASE}/textos", data=theirs).status_code == 303
    mine |= {"phases[0].end": "2026-03-25", "accion": "guardar"}
    late = admin.post(f"{BASE}/fases", data=mine)
    assert late.status_code == 409
    assert "Alguien cambió el proceso mientras usted escribía" in late.text
    again = admin.post(f"{BASE}/fases", data=press(admin, late.text, fields_of, "guardar"))
    assert again.status_code == 303
    after = now()
    assert str(after.title) == "Otro título"
    assert after.phase("ideas").end == MIDNIGHT + 25 * DAY


@pytest.fixture
def other(session, app):
    person = factories.make_person(session, "Otra", roles=[Role.ORGANIZATION_ADMIN])
    return factories.sign_in(app.test_client(), session, person)


@pytest.mark.parametrize("page", ["textos", "fases", "permisos?componente=propuestas", "archivo"])
def test_reviewing_an_old_page_reverts_nothing(admin, other, fields_of, now, page):
    mine = fields_of(admin.get(f"{BASE}/{page}").text, "version")
    theirs = fields_of(other.get(f"{BASE}/textos").text, "version")
    theirs |= {"title.es": "Otro título", "phases[0].title.es": "Otra fase", "accion": "guardar"}
    assert other.post(f"{BASE}/textos", data=theirs).status_code == 303
    theirs = fields_of(other.get(f"{BASE}/fases").text, "version")
    theirs |= {"phases[0].end": "2026-03-25", "accion": "guardar"}
    assert other.post(f"{BASE}/fases", data=theirs).status_code == 303
    before = now().version
    look = admin.post(f"{BASE}/{page}", data={**mine, "accion": "revisar"})
    assert look.status_code == 200
    assert "No hay nada distinto" in look.text
    admin.post(f"{BASE}/{page}", data={**fields_of(look.text, "version"), "accion": "guardar"})
    assert now().version == before
    if page == "textos":
        mine["description.es"] = "Lo que yo escribí."
        look = admin.post(f"{BASE}/{page}", data={**mine, "accion": "revisar"})
        assert "Otro título" not in look.text.partition("Lo que cambia")[2].partition("</ul>")[0]
        admin.post(f"{BASE}/{page}", data={**fields_of(look.text, "version"), "accion": "guardar"})
        assert "Lo que yo escribí" in admin.get(f"{BASE}/textos").text
    after = now()
    assert (str(after.title), str(after.phases[0].title)) == ("Otro título", "Otra fase")
    assert after.phase("ideas").end == MIDNIGHT + 25 * DAY


def test_both_values_are_shown_where_two_people_changed_the_same(admin, other, fields_of, now):
    mine = fields_of(admin.get(f"{BASE}/textos").text, "version")
    theirs = fields_of(other.get(f"{BASE}/textos").text, "version")
    theirs |= {"title.es": "El de la otra", "summary.es": "Resumen suyo", "accion": "guardar"}
    assert other.post(f"{BASE}/textos", data=theirs).status_code == 303
    mine |= {"title.es": "El mío", "notice.es": "Aviso mío", "accion": "revisar"}
    clash = admin.post(f"{BASE}/textos", data=mine)
    assert clash.status_code == 409
    assert "«El de la otra». Deje lo que valga." in clash.text
    shown = fields_of(clash.text, "version")
    assert (shown["title.es"], shown["summary.es"]) == ("El mío", "Resumen suyo")
    assert str(now().title) == "El de la otra"
    look = admin.post(f"{BASE}/textos", data={**shown, "accion": "revisar"})
    assert look.status_code == 200
    done = press(admin, look.text, fields_of, "guardar")
    assert admin.post(f"{BASE}/textos", data=done).status_code == 303
    after = now()
    assert [str(after.title), str(after.summary)] == ["El mío", "Resumen suyo"]
    assert str(after.notice) == "Aviso mío"


def test_texts_are_edited_one_language_at_a_time(admin, edit, now):
    edit(
        f"{BASE}/textos?idioma=en",
        action="guardar",
        **{
            "title.en": "Participatory budget",
            "phases[0].title.en": "Ideas!",
            "components[0].title.en": "Proposals",
        },
    )
    after = now()
    assert dict(after.title) == {"es": "Presupuesto participativo", "en": "Participatory budget"}
    assert after.phase("ideas").title["en"] == "Ideas!"
    assert after.component("propuestas").title["en"] == "Proposals"
    edit(f"{BASE}/textos?idioma=en", action="guardar", **{"title.en": ""})
    assert dict(now().title) == {"es": "Presupuesto participativo"}


def test_a_process_keeps_a_title(edit):
    answer = edit(
        f"{BASE}/textos", **{"title.es": "", "summary.es": "a" * 301, "slug": "Con Espacios"}
    )
    assert answer.status_code == 422
    for words in ("Póngale un título", "301", "minúsculas"):
        assert words in answer.text


def test_a_changed_address_leads_to_the_new_page(edit, admin):
    answer = edit(f"{BASE}/textos", action="guardar", slug="otra-direccion")
    assert answer.status_code == 303
    assert admin.get("/gestion/procesos/otra-direccion").status_code == 200
    assert admin.get(answer.headers["Location"]).status_code == 200


def test_components_are_added_renamed_and_removed(admin, edit, fields_of, now):
    added = edit(
        f"{BASE}/componentes",
        action="agregar",
        **{"new.type": "proposals", "new.title": "Ideas de colegios"},
    )
    typed = fields_of(added.text, "version")
    assert typed["components[1].key"] == "propuestas-ideas-de-colegios"
    typed |= {"components[0].title": "Ideas del barrio", "accion": "guardar"}
    assert admin.post(f"{BASE}/componentes", data=typed).status_code == 303
    assert [str(each.title) for each in now().components] == [
        "Ideas del barrio",
        "Ideas de colegios",
    ]
    removed = edit(f"{BASE}/componentes", action="quitar-0")
    look = admin.post(f"{BASE}/componentes", data=press(admin, removed.text, fields_of, "revisar"))
    assert "Desaparece «Ideas del barrio»" in look.text
    admin.post(f"{BASE}/componentes", data=press(admin, look.text, fields_of, "guardar"))
    assert [each.key for each in now().components] == ["propuestas-ideas-de-colegios"]


def test_settings_are_drawn_from_their_declarations(edit, now):
    path = f"{BASE}/componentes/propuestas"
    prefix = "components[0].settings"
    saved = edit(
        path, action="guardar", **{f"{prefix}.support_limit": "7", f"{prefix}.with_theme": ""}
    )
    assert saved.status_code == 303
    settings = now().component("propuestas").settings
    assert (settings.support_limit, settings.with_theme) == (7, False)
    for value, words in (("muchos", "número entero"), ("-3", "menor"), ("99999999", "mayor")):
        answer = edit(path, **{f"{prefix}.support_limit": value})
        assert answer.status_code == 422
        assert words in answer.text
        assert value in answer.text


def test_the_matrix_says_who_may_do_what_and_when(admin, edit, now):
    path = f"{BASE}/permisos?componente=propuestas"
    cell = "phases[0].opens.propuestas.create"
    look = edit(
        path,
        **{
            f"{cell}.email": "1",
            f"{cell}.age": "14",
            f"{cell}.territory": "la-loma",
            f"{cell}.verified": "in_person",
        },
    )
    assert "desde los 14 años" in look.text
    closed = edit(path, **{"phases[0].opens.propuestas.support.state": "closed"})
    assert "al guardar se cierra ahora" in closed.text
    saved = edit(
        path,
        action="guardar",
        **{f"{cell}.email": "1", f"{cell}.age": "14", f"{cell}.territory": "la-loma"},
    )
    assert saved.status_code == 303
    rule = now().component("propuestas").rule("create", NOW)
    assert [each.plain() for each in rule.requires] == [
        "confirmed_email",
        {"age": 14},
        {"territory": "la-loma"},
    ]
    assert "desde los 14 años" in admin.get(f"{BASE}/permisos").text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("age", "catorce", "La edad debe ser"),
        ("territory", "narnia", "No se conoce «narnia»"),
        ("state", "quizas", "quizas"),
        ("extra", '["magia"]', "magia"),
        ("extra", "{", "No se conoce"),
    ],
)
def test_the_matrix_refuses_what_does_not_exist(edit, now, field, value, words):
    answer = edit(
        f"{BASE}/permisos?componente=propuestas",
        **{f"phases[0].opens.propuestas.create.{field}": value},
    )
    assert answer.status_code == 422
    assert words in answer.text
    assert now().version == 1


def test_two_overlapping_phases_may_not_both_open_a_component(session, edit, now):
    edit(
        f"{BASE}/permisos?componente=propuestas",
        action="guardar",
        **{"phases[1].opens.propuestas.support.state": "closed"},
    )
    edit(f"{BASE}/fases", action="guardar", **{"phases[0].end": "2026-04-15"})
    assert now().version == 3
    answer = edit(
        f"{BASE}/permisos?componente=propuestas",
        **{"phases[1].opens.propuestas.support.state": "shown"},
    )
    assert answer.status_code == 422
    assert "están activas a la vez" in answer.text


def test_the_file_goes_out_and_comes_back(admin, edit, fields_of, now):
    text = admin.get(f"{BASE}/archivo.yaml").text
    changed = text.replace("end: 2026-03-31", "end: 2026-03-20")
    assert changed != text
    look = edit(f"{BASE}/archivo", text=changed)
    assert "cerrará el 20 de marzo" in look.text
    assert "<ins>" in look.text
    saved = admin.post(f"{BASE}/archivo", data=press(admin, look.text, fields_of, "guardar"))
    assert saved.status_code == 303
    assert now().phase("ideas").end == MIDNIGHT + 20 * DAY
    bad = edit(f"{BASE}/archivo", text=changed.replace("kind: ideation", "kind: ideacion"))
    assert bad.status_code == 422
    assert "¿quiso decir «ideation»?" in bad.text
    assert "línea" in bad.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: b\n" * 1_000_000, "«plan &lt;1&gt;.yaml» es demasiado grande"),
        ("ñ".encode() * 2_500_000, "«plan &lt;1&gt;.yaml» es demasiado grande"),
        (b"a" * 500_001, "«plan &lt;1&gt;.yaml» es demasiado grande"),
        (b"\xff\xfe\x00", "«plan &lt;1&gt;.yaml» no es de texto"),
        (b"titulo: El del archivo\n", "Lo que sigue es de «plan &lt;1&gt;.yaml»"),
    ],
)
def test_a_wrong_file_leaves_what_was_typed_in_the_page(admin, fields_of, now, content, words):
    # Written out: the test client would leave a temporary file open.
    answer = admin.post(
        f"{BASE}/archivo",
        data="--x\r\nContent-Disposition: form-data; name=text\r\n\r\n"
        "slug: lo-que-escribí\r\n--x\r\n"
        'Content-Disposition: form-data; name=file; filename="plan <1>.yaml"\r\n\r\n'.encode()
        + content
        + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 422
    assert words in answer.text
    assert fields_of(answer.text, "text")["text"] == "slug: lo-que-escribí"
    assert len(answer.text) < 100_000
    assert "elíjalo otra vez" in answer.text
    assert "no se ha perdido nada" not in answer.text
    assert now().version == 1


def test_a_wrong_file_is_shown_where_nothing_was_typed(edit, fields_of):
    file = (io.BytesIO(b"titulo: El del archivo\r\n"), "plan.yaml")
    answer = edit(f"{BASE}/archivo", text="", file=file)
    assert answer.status_code == 422
    assert fields_of(answer.text, "text")["text"] == "titulo: El del archivo\n"


def test_a_good_file_is_read_instead_of_what_was_typed(admin, edit, fields_of, now):
    text = admin.get(f"{BASE}/archivo.yaml").text.replace("end: 2026-03-31", "end: 2026-03-20")
    look = edit(f"{BASE}/archivo", file=(io.BytesIO(text.encode()), "plan.yaml"))
    assert "cerrará el 20 de marzo" in look.text
    admin.post(f"{BASE}/archivo", data=press(admin, look.text, fields_of, "guardar"))
    assert now().phase("ideas").end == MIDNIGHT + 20 * DAY


def test_a_text_that_is_too_long_comes_back_whole(edit, fields_of):
    text = "# ñ\n" * 130_000
    answer = edit(f"{BASE}/archivo", text=text)
    assert answer.status_code == 422
    assert "demasiado grande" in answer.text
    assert fields_of(answer.text, "text")["text"] == text


def test_a_phase_is_closed_now_with_a_public_reason(admin, fields_of, now):
    path = f"{BASE}/fases/ideas/ahora"
    typed = fields_of(admin.get(path).text, "reason")
    look = admin.post(path, data={**typed, "reason": "Se cayó el puente.", "accion": "revisar"})
    assert "se cierra ahora" in look.text
    assert now().version == 1
    assert admin.post(path, data={**typed, "accion": "guardar"}).status_code == 422
    done = admin.post(path, data={**typed, "reason": "Se cayó el puente.", "accion": "guardar"})
    assert done.status_code == 303
    assert not now().phases_at(NOW)
    assert "Se cayó el puente." in admin.get("/procesos/presupuesto").text
    # The page was for closing: sent again, it must not open.
    again = admin.post(path, data={**typed, "reason": "Otra vez", "accion": "guardar"})
    assert again.status_code == 303
    assert not now().phases_at(NOW)


@pytest.mark.parametrize("pressed", ["revisar", "guardar"])
@pytest.mark.parametrize(
    ("phase", "changes", "words"),
    [
        ("ideas", {"reason": "  "}, "Escriba la razón"),
        ("ideas", {"reason": "r" * 2200}, "el máximo es 500"),
        ("ideas", {"until": "2020-01-01"}, "debe estar en el futuro"),
        ("ideas", {"until": "2020-01-01", "reason": ""}, "Escriba la razón"),
        ("cierre", {}, "están activas a la vez"),
    ],
)
def test_looking_at_a_phase_opened_now_refuses_what_opening_does(
    admin, fields_of, now, pressed, phase, changes, words
):
    path = f"{BASE}/fases/{phase}/ahora"
    typed = fields_of(admin.get(path).text, "reason") | {"reason": "Llueve", "until": "2026-03-20"}
    answer = admin.post(path, data={**typed, **changes, "accion": pressed})
    assert answer.status_code == 422
    assert words in answer.text
    assert "Lo que notará la gente" not in answer.text
    kept = fields_of(answer.text, "reason")
    for name, value in (typed | changes).items():
        assert kept[name].strip() == value.strip(), name
    field = "reason" if "razón" in words or "500" in words else "until"
    assert f'id="f-{field}-error"' in answer.text
    assert now().version == 1


@pytest.mark.parametrize("pressed", ["revisar", "guardar"])
def test_looking_refuses_the_address_of_another_process(session, admin, edit, now, pressed):
    factories.make_process(session, slug="mercado")
    text = admin.get(f"{BASE}/archivo.yaml").text.replace("slug: presupuesto", "slug: mercado")
    for answer in (
        edit(f"{BASE}/archivo", action=pressed, text=text),
        edit(f"{BASE}/textos", action=pressed, slug="mercado"),
    ):
        assert answer.status_code == 422
        assert "hay un proceso con la dirección «mercado»" in answer.text
        assert "Así quedará el calendario" not in answer.text
    assert now().version == 1


def test_looking_refuses_to_take_away_what_people_used(
    session, organization, process, admin, edit, fields_of
):
    author = factories.actor_of(session, factories.make_person(session))
    draft = proposals.Draft("Un puente", "Hace falta un puente para cruzar la quebrada.")
    proposals.create(session, author, organization, process.components[0], draft, "una")
    session.commit()
    removed = edit(f"{BASE}/componentes", action="quitar-0")
    answer = admin.post(
        f"{BASE}/componentes", data=press(admin, removed.text, fields_of, "revisar")
    )
    assert answer.status_code == 422
    assert "la gente ya participó ahí" in answer.text


def test_hostile_field_names_do_no_harm(admin, fields_of):
    typed = fields_of(admin.get(f"{BASE}/fases").text, "version")
    typed |= {
        "phases[999999].title": "x",
        "phases[0]": "x",
        "..": "x",
        "a" * 5000: "x",
        "phases.x.y": "z",
    }
    assert admin.post(f"{BASE}/fases", data={**typed, "accion": "revisar"}).status_code in {
        200,
        422,
    }
    assert admin.post(f"{BASE}/fases", data={"accion": "quitar-99"}).status_code == 200
    assert (
        admin.post(f"{BASE}/fases", data={"accion": "guardar", "version": "x"}).status_code == 409
    )
