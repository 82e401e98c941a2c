"""The end of a vote in a browser: closed by its checklist, counted, published, read, counted again.

Each journey ends the vote of a city of its own; in its box are the ballots of invented neighbours.
"""

import hashlib
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from participa.demo.points import SCHOOL
from tests.browser.axe import complaints
from tests.browser.city import BUDGET, PROGRAM, City, built

pytestmark = pytest.mark.browser

STAFF = f"/gestion{BUDGET}"
PHASE = "/gestion/procesos/presupuesto-participativo/fases/votacion/ahora"
SEED = "4821"
WHY = "El predio está en pleito y no se puede construir ahí."


@pytest.fixture(scope="module")
def voted(tmp_path_factory):
    """A city with ballots in the box, to be copied."""
    folder = tmp_path_factory.mktemp("voted") / "city"
    shutil.copytree(built(), folder)
    subprocess.run([sys.executable, "-m", "tests.browser.ballots", folder], check=True)
    return folder


@pytest.fixture
def city(voted, tmp_path):
    """The city of one journey: what it closes stays closed."""
    city = City(tmp_path, like=voted)
    yield city
    city.stop()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_vote_is_closed_counted_published_and_counted_again(open_browser, tmp_path, script):
    found = []

    def inspect(page):
        # Without script axe cannot run; the same pages are looked at with it.
        found.extend(complaints(page) if script else [])

    staff = open_browser(who="Carolina", script=script)
    visitor = open_browser(script=script)
    in_order(staff, inspect)
    assert visitor.goto(f"{BUDGET}/resultado").status == 403
    expect(visitor.locator("main")).to_contain_text("todavía no está publicado")
    inspect(visitor)
    close(staff, inspect)
    count(staff, inspect, script=script)
    wait_for_outcome(staff, inspect, script=script)

    winners = read_outcome(visitor, inspect)
    assert count_again(visitor, tmp_path) == winners
    out = leave_out(staff, inspect, script=script)
    now = read_editions(visitor, out, inspect)
    assert now[1:] == winners[1:]
    assert out == winners[0][0]
    assert out not in now[0]
    assert count_again(visitor, tmp_path) == now
    assert not found, "\n".join(found)


def press(page, name, sure=None):
    """Press a button, and confirm: in a dialog, or without script on a page of its own."""
    page.locator("main").get_by_role("button", name=name, exact=True).click()
    if sure is not None:
        page.get_by_role("button", name=sure, exact=True).click()


def in_order(staff, inspect):
    """Mend what the checklist says, one thing after another, as far as a page can."""
    staff.goto(f"{STAFF}/cierre")
    wrong = staff.locator("#lista + ul > li").filter(has_text="Falta")
    expect(staff.locator("main")).to_contain_text("sigue abierto hasta")
    expect(staff.get_by_role("button", name="Cerrar la votación")).to_have_count(0)
    before = wrong.count()
    inspect(staff)
    staff.goto(PHASE)
    staff.get_by_label("Razón").fill("Se acordó con el comité de veeduría.")
    press(staff, "Ver lo que pasaría")
    press(staff, "Sí, cerrar ahora")
    staff.goto(f"{STAFF}/cierre")
    expect(wrong).to_have_count(before - 1)
    expect(staff.locator("main")).not_to_contain_text("sigue abierto")
    finish_typing(staff)
    staff.goto(f"{STAFF}/puntos")
    staff.get_by_role("link", name=SCHOOL[0]).click()
    staff.wait_for_url(re.compile(r"/puntos/\d+$"))
    staff.goto(f"{staff.url}/acta")
    staff.get_by_label("Firmas en la lista").fill("3")
    press(staff, "Cerrar el acta", "Sí, cerrarla")
    expect(staff.locator("main")).to_contain_text("Acta cerrada el")


def finish_typing(staff):
    """Be the second person for the sheet that waits for one; what it is, its paper says."""
    staff.goto(f"{STAFF}/puntos")
    staff.get_by_role("link", name=SCHOOL[0]).click()
    sheets = f"{staff.url}/hojas"
    staff.goto(f"{sheets}?estado=first")
    number = staff.locator("main tbody th").inner_text()
    for label in ("De la hoja", "A la hoja"):
        staff.get_by_label(label).fill(number)
    staff.get_by_label("Motivo").fill("Se mojó la primera.")
    press(staff, "Imprimir otra vez")
    number, check = staff.locator(".paper-code").inner_text().split()
    staff.goto(f"{STAFF}/digitar")
    staff.get_by_label("Número de la hoja").fill(number)
    staff.get_by_label("Letras").fill(check)
    staff.locator("[name=cause]").select_option("blank")
    press(staff, "Guardar y seguir")
    expect(staff.locator(".flashes")).to_contain_text("no se cuenta")


def close(staff, inspect):
    """Close the vote from its checklist, where everything is in order now."""
    staff.goto(f"{STAFF}/cierre")
    expect(staff.locator("#lista + ul > li").filter(has_text="Falta")).to_have_count(0)
    inspect(staff)
    press(staff, "Cerrar la votación", "Sí, cerrar")
    expect(staff.locator(".flashes")).to_contain_text("quedó cerrada")
    expect(staff.get_by_label("Semilla del sorteo")).to_be_visible()
    inspect(staff)


def count(staff, inspect, *, script):
    """Type the seed, a wrong one first, and wait until the outcome is published."""
    for seed in ("48#21", SEED):
        staff.get_by_label("Semilla del sorteo").fill(seed)
        is_wrong = seed != SEED
        press(staff, "Contar y publicar", None if is_wrong and not script else "Sí, publicar")
        if is_wrong:
            expect(staff.locator("main")).to_contain_text("Use solo letras")
            expect(staff.get_by_label("Semilla del sorteo")).to_have_value(seed)
            inspect(staff)


def wait_for_outcome(staff, inspect, *, script):
    """Watch the count; without script, by the link that asks again."""
    done = staff.get_by_text(re.compile("^Publicado el"))
    for _turn in range(40):
        if script or done.count():
            break
        staff.get_by_role("link", name="Actualizar").click()
        staff.wait_for_timeout(500)
    expect(done).to_be_visible()
    inspect(staff)


def read_outcome(visitor, inspect):
    """Read what won and why, what did not and why, and the act. Returns the winners, in order."""
    visitor.goto(BUDGET)
    inspect(visitor)
    visitor.get_by_role("link", name="Vea el resultado").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Qué se decidió")
    inspect(visitor)
    winners = numbers(visitor)
    visitor.get_by_role("link", name="Por qué ganó cada uno").first.click()
    inspect(visitor)
    won, lost = (
        visitor.locator("section").filter(has=visitor.get_by_role("heading", name=name))
        for name in ("Se financian", "No alcanzaron")
    )
    assert own_numbers(won) == winners[0]
    for part, badge in ((won, "Ganó"), (lost, "No alcanzó")):
        for each in part.locator("li").all():
            expect(each.get_by_role("heading", level=3)).to_contain_text(badge)
            assert len(each.locator("p").last.inner_text()) > 30
    visitor.get_by_role("link", name="Volver al resultado").click()
    visitor.get_by_role("link", name="Acta del cierre").click()
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("Acta de cierre")
    expect(visitor.locator("main")).to_contain_text(SEED)
    inspect(visitor)
    return winners


def leave_out(staff, inspect, *, script):
    """Leave the first winner out, first without saying why. Returns its number."""
    staff.goto(f"{STAFF}/cierre")
    row = staff.locator("main table").first.locator("tbody tr").first
    title = row.locator("th").inner_text()
    row.get_by_role("link", name="Dejar fuera").click()
    inspect(staff)
    for reason in ("  ", WHY):
        staff.get_by_label("Motivo").fill(reason)
        is_wrong = reason != WHY
        press(staff, "Contar de nuevo", None if is_wrong and not script else "Sí, contar de nuevo")
        if is_wrong:
            expect(staff.locator("main")).to_contain_text("Escriba el motivo")
            inspect(staff)
    expect(staff.locator(".flashes")).to_contain_text("es la edición 1")
    expect(staff.get_by_role("link", name=re.compile("Volver a contar"))).to_be_visible()
    inspect(staff)
    return title.split(".")[0]


def read_editions(visitor, out, inspect):
    """Read both: what was published first, what stands now, and why. Returns the winners."""
    visitor.goto(f"{BUDGET}/resultado")
    inspect(visitor)
    now = numbers(visitor)
    told = visitor.locator("section[aria-labelledby^=bolsa-]").first.locator(".notice")
    expect(told).to_contain_text("Se contó de nuevo")
    expect(told).to_contain_text(WHY)
    gone = told.get_by_role("link", name=re.compile(rf"^{out}\. ")).inner_text().split(". ", 1)[1]
    for name in ("bolsa-ciudad.pb", "bolsa-ciudad.edicion-1.pb"):
        expect(
            visitor.locator("#archivos").locator("..").get_by_text(name, exact=True)
        ).to_be_visible()
    visitor.get_by_role("link", name="Por qué ganó cada uno").first.click()
    told = visitor.locator(".notice")
    expect(told).to_contain_text("El primer resultado fue: ")
    expect(told).to_contain_text(gone)
    inspect(visitor)
    visitor.goto(f"{BUDGET}/resultado/acta")
    expect(visitor.locator("main")).to_contain_text(WHY)
    inspect(visitor)
    return now


def numbers(page):
    """Return the numbers of the winners as the page tells them, pot by pot."""
    return [
        own_numbers(pot) for pot in page.locator("section[aria-labelledby^=bolsa-] tbody").all()
    ]


def own_numbers(part):
    return [
        re.match(r"\d+", text).group()
        for text in part.locator("a[href]").all_inner_texts()
        if re.match(r"\d+\.", text)
    ]


def count_again(visitor, folder):
    """Download the ballots of every pot and run the command that the page gives."""
    visitor.goto(f"{BUDGET}/resultado")
    found = []
    for steps in visitor.locator("#verifiquelo").locator("..").locator("ol").all():
        with visitor.expect_download() as download:
            steps.locator("a[download]").click()
        name = download.value.suggested_filename
        download.value.save_as(folder / name)
        command = shlex.split(steps.locator(".hash").inner_text())
        assert command[:3] == ["participa", "tally", name]
        said = subprocess.run(
            [PROGRAM, *command[1:]], cwd=folder, check=True, capture_output=True, text=True
        ).stdout
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert f"sha256 {digest}" in said
        row = visitor.locator("#archivos").locator("..").locator("tr").filter(has_text=name)
        expect(row.locator(".hash")).to_have_text(digest)
        won = [line.split("\t")[0] for line in said.splitlines() if "\t" in line]
        expect(steps).to_contain_text(", ".join(won))
        found.append(won)
    assert found == numbers(visitor)
    return found
