"""What staff are told before they save: what opens, what closes, and when."""

import copy
import datetime as dt
from dataclasses import replace

import pytest

from participa.processes import changes, definition
from participa.processes.models import ProcessStatus

NOW = dt.datetime(2026, 3, 15, 12, tzinfo=dt.UTC)

DOCUMENT = {
    "slug": "proceso",
    "title": "Proceso",
    "phases": [
        {
            "key": "ideas",
            "kind": "ideation",
            "title": "Ideas",
            "start": "2026-03-03",
            "end": "2026-04-30",
            "opens": {"propuestas": {"create": "open", "support": "open"}},
        },
        {
            "key": "apoyos",
            "kind": "evaluation",
            "title": "Apoyos",
            "start": "2026-06-01",
            "end": "2026-06-30",
            "opens": {"propuestas": {"support": "open"}},
        },
    ],
    "components": [{"key": "propuestas", "type": "proposals", "title": "Propuestas"}],
}


def told(place, change, *, now=NOW, status=ProcessStatus.PUBLISHED):
    """The sentences for a change of the document, which ``change`` makes in place."""
    after = copy.deepcopy(DOCUMENT)
    change(after)
    read_before, problems = definition.read(DOCUMENT, place)
    assert problems == []
    read_after, problems = definition.read(after, place)
    assert problems == [], [str(each) for each in problems]
    before = replace_status(definition.preview_view(read_before, place), status)
    found = changes.consequences(before, definition.preview_view(read_after, place, before), now)
    return [(each.kind, str(each.sentence).replace(" de 2026", "")) for each in found]


def replace_status(view, status):
    changed = replace(view, status=status)
    changed.__dict__["components"] = tuple(
        replace(each, process=changed) for each in view.components
    )
    return changed


def put(*path_and_value):
    *path, last, value = path_and_value

    def change(document):
        for step in path:
            document = document[step]
        document[last] = value

    return change


TOLD = [
    ("nothing", put("title", "Otro"), []),
    (
        "closes now",
        put("phases", 0, "opens", "propuestas", {"create": "open"}),
        [
            (
                "closes_now",
                "Propuestas · Apoyar: al guardar se cierra ahora (estaba abierto hasta el 30 de abril) y abrirá de nuevo el 1 de junio.",
            )
        ],
    ),
    (
        "closes now for good",
        put("phases", 0, "opens", "propuestas", {"support": "open"}),
        [
            (
                "closes_now",
                "Propuestas · Proponer: al guardar se cierra ahora (estaba abierto hasta el 30 de abril).",
            )
        ],
    ),
    (
        "ends earlier",
        put("phases", 0, "end", "2026-04-15"),
        [
            (
                "closes",
                f"Propuestas · {what}: cerrará el 15 de abril en vez del 30 de abril.",
            )
            for what in ("Proponer", "Apoyar")
        ],
    ),
    (
        "a later phase moves",
        put("phases", 1, "start", "2026-06-10"),
        [
            (
                "opens",
                "Propuestas · Apoyar: cambian las fechas en que abrirá después: 10 de junio → 30 de junio.",
            )
        ],
    ),
    (
        "asks for more",
        put(
            "phases",
            0,
            "opens",
            "propuestas",
            "create",
            {"state": "open", "requires": [{"age": 14}]},
        ),
        [
            (
                "rule",
                "Propuestas · Proponer: al guardar pasa de «Abierto» a «Abierto, desde los 14 años».",
            )
        ],
    ),
    (
        "hides",
        put("phases", 0, "opens", "propuestas", "support", "open_hidden"),
        [
            (
                "rule",
                "Propuestas · Apoyar: al guardar pasa de «Abierto» a «Abierto, resultados ocultos».",
            )
        ],
    ),
]


@pytest.mark.parametrize(("change", "expected"), [e[1:] for e in TOLD], ids=[e[0] for e in TOLD])
def test_what_staff_are_told(place, change, expected):
    assert told(place, change) == expected


def test_starting_later_closes_now(place):
    found = told(place, put("phases", 0, "start", "2026-03-20"))
    assert found[0] == (
        "closes_now",
        "Propuestas · Proponer: al guardar se cierra ahora (estaba abierto hasta el 30 de abril) y abrirá de nuevo el 20 de marzo.",
    )


BEFORE_ALL = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
BETWEEN = dt.datetime(2026, 5, 15, tzinfo=dt.UTC)


def test_before_it_opens(place):
    found = told(place, put("phases", 0, "start", "2026-03-10"), now=BEFORE_ALL)
    assert found[0] == (
        "opens",
        "Propuestas · Proponer: abrirá el 10 de marzo en vez del 3 de marzo, hasta el 30 de abril.",
    )
    found = told(place, put("phases", 0, "start", "2026-02-20"), now=BEFORE_ALL)
    assert found[0] == (
        "opens_now",
        "Propuestas · Proponer: al guardar se abre ahora, hasta el 30 de abril (iba a abrir el 3 de marzo).",
    )
    found = told(
        place,
        put(
            "phases",
            0,
            "opens",
            "propuestas",
            "create",
            {"state": "open", "requires": ["confirmed_email"]},
        ),
        now=BEFORE_ALL,
    )
    assert found == [
        (
            "rule",
            "Propuestas · Proponer: cuando abra será «Abierto, con correo confirmado» en vez de «Abierto».",
        )
    ]


def test_between_two_phases(place):
    assert told(place, put("phases", 1, "opens", {}), now=BETWEEN) == [
        ("closes", "Propuestas · Apoyar: ya no abrirá el 1 de junio.")
    ]
    opened = {"propuestas": {"support": "open", "create": "open"}}
    assert told(place, put("phases", 1, "opens", opened), now=BETWEEN) == [
        (
            "opens",
            "Propuestas · Proponer: abrirá el 1 de junio, hasta el 30 de junio.",
        )
    ]
    late = told(place, put("phases", 0, "end", "2026-05-20"), now=BETWEEN)
    assert late[0] == (
        "opens_now",
        "Propuestas · Proponer: al guardar se abre ahora, hasta el 20 de mayo.",
    )
    assert late[1][1].endswith("(iba a abrir el 1 de junio).")


def test_what_is_over_stays_over(place):
    later = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    assert told(place, put("phases", 0, "end", "2026-04-15"), now=later) == []


def test_a_component_that_goes(place):
    def change(document):
        document["components"] = []
        document["phases"][0]["opens"] = document["phases"][1]["opens"] = {}

    assert told(place, change) == [
        ("removed", "Desaparece «Propuestas», que está abierto o iba a abrir.")
    ]


def test_a_component_that_comes(place):
    def change(document):
        document["components"].append(
            {"key": "propuestas-2", "type": "proposals", "title": "Otras"}
        )
        document["phases"][0]["opens"]["propuestas-2"] = {"create": "open"}

    assert told(place, change) == [
        ("opens_now", "Otras · Proponer: al guardar se abre ahora, hasta el 30 de abril.")
    ]


def test_a_draft_is_noticed_by_nobody_yet(place):
    found = told(place, put("phases", 0, "end", "2026-04-15"), status=ProcessStatus.DRAFT)
    assert found[0] == (
        "note",
        "El proceso no está publicado: la gente lo notará cuando se publique.",
    )
    assert told(place, put("title", "Otro"), status=ProcessStatus.DRAFT) == []


# --- differences ----------------------------------------------------------------------------


def lines(place, change):
    after = copy.deepcopy(DOCUMENT)
    change(after)
    before, _none = definition.read(DOCUMENT, place)
    read, problems = definition.read(after, place)
    assert problems == []
    return changes.differences(before, read, place)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (put("title", {"es": "Otro"}), ["Título (es): Proceso → Otro"]),
        (put("title", {"es": "Proceso", "pt": "Processo"}), ["Título (pt): — → Processo"]),
        (put("slug", "otro"), ["Dirección: «proceso» → «otro»"]),
        (put("theme", "agua"), ["Tema: — → agua"]),
        (put("description", "a" * 100), [f"Descripción (es): — → {'a' * 79}…"]),
        (put("phases", 0, "kind", "pilot"), ["Fase «Ideas», clase: ideation → pilot"]),
        (
            put("phases", 0, "end", "2026-04-30T18:00"),
            [
                "Fase «Ideas»: termina el 30 de abril de 2026 a las 18:00 en vez del 30 de abril de 2026"
            ],
        ),
        (
            put("phases", 1, "opens", "propuestas", "support", "shown"),
            ["Fase «Apoyos», Propuestas, Apoyar: Abierto → Solo lectura"],
        ),
        (
            put("phases", 1, "opens", "propuestas", "settings", {"instructions": "Lea"}),
            ["Fase «Apoyos», Propuestas, Indicaciones (es): — → Lea"],
        ),
        (
            put("components", 0, "settings", {"support_limit": 10, "with_theme": False}),
            [
                "Componente «Propuestas», Apoyos por persona: 0 → 10",
                "Componente «Propuestas», Pedir el tema: sí → no",
            ],
        ),
        (
            put("components", 0, "title", {"es": "Ideas"}),
            ["Componente «Ideas», título (es): Propuestas → Ideas"],
        ),
        (
            lambda document: document["phases"].reverse(),
            ["Cambia el orden de las fases"],
        ),
        (
            lambda document: document["phases"].pop(),
            ["Se quita la fase «Apoyos» (apoyos)"],
        ),
        (
            lambda document: document["components"].append(
                {"key": "propuestas-2", "type": "proposals", "title": "Otras"}
            ),
            ["Se agrega el componente «Otras» (propuestas-2)"],
        ),
    ],
)
def test_lines_of_difference(place, change, expected):
    assert lines(place, change) == expected


def test_a_long_text_is_counted_not_shown(place):
    def texts(letter):
        return definition.read({**DOCUMENT, "description": letter * 200}, place)[0]

    assert changes.differences(texts("a"), texts("b"), place) == [
        "Descripción (es): texto cambiado (200 → 200 caracteres)"
    ]


def test_a_new_process_is_all_new(place):
    read, _none = definition.read(DOCUMENT, place)
    found = changes.differences(None, read, place)
    assert found[0] == "Título (es): — → Proceso"
    assert any(each.startswith("Se agrega la fase «Ideas» (ideas), desde el") for each in found)


def test_a_change_says_for_how_many_people(place):
    def told_with(people, change):
        after = copy.deepcopy(DOCUMENT)
        change(after)
        read_before, _problems = definition.read(DOCUMENT, place)
        read_after, _problems = definition.read(after, place)
        before = replace_status(
            definition.preview_view(read_before, place), ProcessStatus.PUBLISHED
        )
        wanted = definition.preview_view(read_after, place, before)
        found = changes.consequences(before, wanted, NOW, people)
        return [str(each.sentence) for each in found if each.kind == "people"]

    def closes(document):
        document["phases"] = document["phases"][:1]

    assert told_with({"propuestas": 48}, closes) == [
        "En «Propuestas» han participado hasta hoy 48 personas: esto les toca."
    ]
    assert told_with({"propuestas": 1}, closes) == [
        "En «Propuestas» ha participado hasta hoy 1 persona: esto le toca."
    ]
    assert told_with({"propuestas": 0}, closes) == []
    assert told_with({"propuestas": 48}, lambda _document: None) == []
