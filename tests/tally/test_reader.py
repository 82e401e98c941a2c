"""Reading `.pb` files: what real ones look like, and every way of being wrong."""

import hashlib

import pytest

from participa.tally import VoteType, WrongFile, read

GOOD = """META
key;value
description;Presupuesto de prueba
country;Colombia
unit;Usme
instance;2026
num_projects;3
num_votes;4
budget;1000
vote_type;approval
rule;greedy
date_begin;01.03.2026
date_end;21.03.2026
max_length;2
PROJECTS
project_id;cost;votes;name;selected
a;600;3;"Parque ""La Flora""; con cancha";1
b;300;2;Salón comunal;1
c;500;1;Huerta;0
VOTES
voter_id;vote;age
1;a;30
2;a,b;41
3;b,a;
4;c;25
"""
POINTS = (
    GOOD.replace("approval", "cumulative")
    .replace("max_length;2", "max_sum_points;10")
    .replace(
        "vote;age\n1;a;30\n2;a,b;41\n3;b,a;\n4;c;25",
        "vote;points\n1;a;3\n2;a,b;4,5\n3;b,a;1,2\n4;c;10",
    )
)


def change(old, new, text=GOOD):
    assert old in text
    return text.replace(old, new, 1)


def test_what_a_file_says():
    found = read(GOOD.encode())
    election = found.election
    assert [(each.id, each.cost, each.name) for each in election.projects] == [
        ("a", 600, 'Parque "La Flora"; con cancha'),
        ("b", 300, "Salón comunal"),
        ("c", 500, "Huerta"),
    ]
    assert (election.budget, election.vote_type, election.unit) == (1000, VoteType.APPROVAL, 1)
    assert election.ballots == {((0,), ()): 1, ((0, 1), ()): 2, ((2,), ()): 1}
    assert election.votes == [3, 2, 1]
    assert found.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()
    assert found.notes == ()


def test_points():
    election = read(POINTS.encode()).election
    assert election.scores == [9, 6, 10]
    assert election.ballots[(0, 1), (4, 5)] == 1


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r\n").replace("4;c;25\r\n", "4;c;25\n"),
        GOOD.rstrip("\n"),
        GOOD + "\n\r\n",
        "\ufeff" + GOOD,
        GOOD.replace("1;a;30", '"1";"a";"30"'),
        GOOD.replace("budget;1000", "budget;1000.00").replace(";300;", ";300.0;"),
    ],
    ids=[
        "CRLF",
        "CRLF mixed with LF",
        "no final newline",
        "empty lines at the end",
        "byte order mark",
        "quotes",
        "decimals that say nothing",
    ],
)
def test_seen_in_real_files(text):
    found = read(text.encode())
    assert found.election.ballots == read(GOOD.encode()).election.ballots
    assert (found.election.unit, found.notes) == (1, ())


def test_decimal_costs_are_kept_to_the_cent():
    election = read(
        change(";300;", ";300.5;", change("budget;1000", "budget;900.49")).encode()
    ).election
    assert (election.unit, election.budget, election.projects[1].cost) == (100, 90_049, 30_050)


def test_a_project_named_twice_counts_once_and_is_reported():
    found = read(change("2;a,b;41", "2;a,b,a;41").encode())
    assert found.election.votes == [3, 2, 1]
    assert [(each.line, str(each.text)) for each in found.notes] == [
        (23, "la papeleta nombra dos veces «a»: cuenta una")
    ]
    with_four = change("a;600;3;", "a;600;4;", change("2;a,b;41", "2;a,b,a;41"))
    assert "dice 4 y las papeletas dan 3" in str(read(with_four.encode()).notes[0].text)


def test_selected_from_other_money_is_kept():
    election = read(change("Huerta;0", "Huerta;3").encode()).election
    assert election.projects[2].columns["selected"] == "3"


def test_totals_that_are_off_are_noted_as_the_official_checker_does():
    found = read(change("max_sum_points;10", "max_sum_points;9", POINTS).encode())
    assert [each.line for each in found.notes] == [25]
    found = read(change("max_length;2", "max_sum_cost;800").encode())
    assert [each.line for each in found.notes] == [23, 24]


def test_a_withdrawn_project():
    election = read(change("c;500;", "c;999999999;").encode()).election
    assert [each.withdrawn for each in election.projects] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("", 1, 1, "debe empezar la sección META"),
        (change("META\n", "META\n\n"), 2, 1, "falta la columna «key»"),
        (change("unit;Usme", "unit"), 5, 1, "tiene una celda y el encabezado 2"),
        (change("unit;Usme", "unit;Usme;x"), 5, 11, "tiene 3 celdas"),
        (change("unit;Usme\n", ""), 1, 1, "le falta «unit»"),
        (change("unit;Usme", "unit;"), 5, 1, "le falta «unit»"),
        (change("unit;Usme", "country;Usme"), 5, 1, "la clave «country» está dos veces"),
        (change("unit;Usme", " unit;Usme"), 5, 1, "espacios alrededor"),
        (change("01.03.2026", "2026-03-01"), 12, 12, "una fecha se escribe"),
        (change("21.03.2026", "21.13.2026"), 13, 10, "una fecha se escribe"),
        (change("approval", "ranking"), 10, 11, "no conozco este tipo"),
        (change("budget;1000", "budget;1.000,50"), 9, 8, "no es una suma de dinero"),
        (change("budget;1000", "budget;-5"), 9, 8, "no es una suma de dinero"),
        (change("budget;1000", "budget;0.0"), 9, 8, "debe ser más que 0"),
        (change("num_votes;4", "num_votes;5"), 8, 11, "VOTES tiene 4 líneas"),
        (change("num_projects;3", "num_projects;tres"), 7, 14, "no es un número entero"),
        (change("num_projects;3", "num_projects;1"), 7, 14, "PROJECTS tiene 3 líneas"),
        (change("PROJECTS\n", ""), 15, 17, "tiene 5 celdas"),
        (change("project_id;cost", "id;cost"), 16, 1, "falta la columna «project_id»"),
        (change("votes;name", "cost;name"), 16, 17, "la columna «cost» está dos veces"),
        (change("b;300;", "a;300;"), 18, 1, "«a» está dos veces"),
        (change("b;300;", ";300;"), 18, 1, "celda vacía"),
        (change("b;300;", '"b,d";300;'), 18, 1, "no lleva comas"),
        (change("b;300;", "b;gratis;"), 18, 3, "no es una suma de dinero"),
        (change("b;300;", "b;0;"), 18, 3, "debe costar más que 0"),
        (change("b;300;2;", "b;300;dos;"), 18, 7, "no es un número entero"),
        (change("b;300;2;", "b;300;5;"), 18, 7, "«votes» dice 5 y las papeletas dan 2"),
        (change("comunal;1", "comunal;4"), 18, 23, "«selected» debe ser 0, 1, 2 o 3"),
        (change("VOTES\nvoter_id;vote;age\n", ""), 20, 5, "tiene 3 celdas"),
        (change("voter_id;vote", "voter_id;voto"), 21, 1, "falta la columna «vote»"),
        (change("3;b,a;", "3;b,a"), 24, 3, "tiene 2 celdas y el encabezado 3"),
        (change("3;b,a;\n", "3;b,a;\n\n"), 25, 1, "tiene 0 celdas"),
        (change("3;b,a;", "2;b,a;"), 24, 1, "«2» ya votó"),
        (change("3;b,a;", ";b,a;"), 24, 1, "celda vacía"),
        (change("3;b,a;", "3;b,z;"), 24, 5, "no hay un proyecto «z»"),
        (change("3;b,a;", "3;b, a;"), 24, 5, "no hay un proyecto « a»"),
        (change("3;b,a;", "3;;"), 24, 3, "aquí falta un proyecto"),
        (change("3;b,a;", "3;b,a,;"), 24, 7, "aquí falta un proyecto"),
        (change("3;b,a;", "3;b,a,c;"), 24, 3, "la cantidad de proyectos pasa del máximo"),
        (change("max_length;2", "min_length;2"), 22, 3, "no llega al mínimo"),
        (change("approval", "choose-1"), 23, 3, "un solo proyecto"),
        (change("3;b,a;", '3;"b,a;'), 24, 1, "las comillas o los finales de línea"),
        (change("3;b,a;", "3;b,\ra;"), 24, 1, "las comillas o los finales de línea"),
        (change('con cancha";1', 'con cancha"x;1'), 17, 1, "las comillas"),
        (change("max_sum_points;10\n", "", POINTS), 1, 1, "le falta «max_sum_points»"),
        (change("2;a,b;4,5", "2;a,b;4", POINTS), 23, 7, "hay un puntaje para 2 proyectos"),
        (change("2;a,b;4,5", "2;a,b;4,x", POINTS), 23, 9, "no es un número entero"),
        (change("2;a,b;4,5", "2;a,b;4,-5", POINTS), 23, 9, "hay puntos negativos"),
        (change("max_sum_points;10", "max_sum_points;10\nmax_points;4", POINTS), 24, 9, "pasa del máximo"),
        (change("vote;age\n1;a;30", "vote;points\n1;a;3"), 22, 5, "no llevan puntos"),
        (change("b;300", "b;\u0663"), 18, 3, "no es una suma"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(text, line, column, reason):
    with pytest.raises(WrongFile) as refused:
        read(text.encode())
    assert reason in str(refused.value.reason)
    assert (refused.value.line, refused.value.column) == (line, column)


def test_what_is_not_text_is_refused():
    with pytest.raises(WrongFile) as refused:
        read(GOOD.encode().replace("Salón".encode(), "Salón".encode("latin-1")))
    assert (refused.value.line, refused.value.column) == (18, 12)


def test_a_cell_over_two_lines_does_not_shift_the_numbers():
    text = change("Usme", '"Usme\nBogotá"', change("3;b,a;", "3;b,z;"))
    with pytest.raises(WrongFile) as refused:
        read(text.encode())
    assert (refused.value.line, refused.value.column) == (25, 5)


@pytest.mark.parametrize("name", ['"Uno" y medio', '"Uno" y "dos"'])
def test_a_name_that_begins_with_a_quote(name):
    lines = GOOD.split("\n")
    place = lines.index("PROJECTS") + 3
    cells = lines[place].split(";")
    cells[lines[place - 2].split(";").index("name")] = name
    lines[place] = ";".join(cells)
    names = [each.name for each in read("\n".join(lines).encode()).election.projects]
    assert name in names


def test_points_of_ballots_that_rank_are_noted_and_not_counted():
    ranks = GOOD.replace("vote_type;approval", "vote_type;ordinal")
    header, votes = ranks.split("VOTES\n")
    lines = votes.strip().split("\n")
    place = lines[0].split(";").index("vote")
    pointed = [f"{lines[0]};points"] + [
        f"{line};{','.join('7' for _each in line.split(';')[place].split(','))}"
        for line in lines[1:]
    ]
    header = header.replace(";score", ";other")
    found = read((header + "VOTES\n" + "\n".join(pointed) + "\n").encode())
    plain = read((header + "VOTES\n" + "\n".join(lines) + "\n").encode())
    assert found.election.ballots == plain.election.ballots
    assert len([each for each in found.notes if "cuenta el orden" in str(each.text)]) == 1
