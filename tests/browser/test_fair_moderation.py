"""What moderation promises, from the first word to the last, without a mouse.

A citizen comments, a neighbour answers, another reports, a moderator removes, the author appeals,
the same moderator may not answer that, a second one gives it back: it is as it was, and all know.
"""

import re
import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from participa.app import create_app
from participa.core.config import Config
from participa.demo.city import DOMAIN, NEIGHBOURS_DOMAIN, PASSWORD
from tests.browser.axe import complaints
from tests.browser.city import IDEAS, PROPOSALS
from tests.browser.hands import Hands
from tests.browser.tour import Tour

pytestmark = pytest.mark.browser

QUEUE = f"/gestion{IDEAS}/moderacion"
GROUND = "Insultos, amenazas u odio"
HANDWRITTEN = "Dígalo sin nombrar a nadie y lo publicamos."
APPEAL = "No nombro a nadie: hablo de un caballo, que se llama así."
ANSWER = "Tiene razón: se trata de un caballo."
PATIENCE = 60
"""Seconds until the worker has told somebody something."""


@dataclass
class Case:
    """What is said in this run, and where."""

    words: str
    reply: str
    proposal: str = ""
    comment: str = ""
    before: str = ""
    """What a visitor reads of the comment and its answers before anybody reports it."""
    address: str = ""
    """Of the case, for moderators."""


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def script(request):
    return request.param


@pytest.fixture
def sit_down(open_browser, script):
    """Let somebody sit down at a keyboard: the mailbox of an account, or nobody's."""

    def sit(mailbox: str = "", *, domain: str = DOMAIN) -> Hands:
        hands = Hands(open_browser(script=script))
        if mailbox:
            hands.sign_in(f"{mailbox}@{domain}", PASSWORD)
        return hands

    return sit


def test_removed_appealed_and_given_back(sit_down, script):
    name = "Lucero" if script else "Relámpago"
    case = Case(
        words=f"A ese {name} lo que le falta es vergüenza, y una herradura.",
        reply=f"Yo le presto herraduras a {name}.",
    )
    rosa, neighbour = sit_down("ciudadana"), sit_down("vecino4", domain=NEIGHBOURS_DOMAIN)
    visitor = sit_down()

    catch_up(rosa)
    comment(rosa, case)
    answer(sit_down("concejo"), case)
    case.before = read(visitor, case)
    assert case.words in case.before
    assert case.reply in case.before

    report(neighbour, case)
    assert read(visitor, case) == case.before, "a report alone changes nothing"

    martha = sit_down("moderadora")
    remove(martha, case, script=script)
    see_the_tombstone(visitor, case)
    told(neighbour, "La moderación revisó lo que usted reportó y lo retiró")

    appeal(rosa, case, script=script)
    told(neighbour, "La moderación revisó lo que usted reportó y lo retiró")
    see_the_tombstone(visitor, case, appealed=True)

    is_refused(martha, case)
    give_back(sit_down("funcionaria"), case, script=script)

    assert read(visitor, case) == case.before, "restoring brings back exactly what was"
    told(neighbour, "Otra persona revisó el retiro de lo que usted reportó")
    know_in_the_end(rosa)
    mails_kept_quiet(visitor.page, case)


def line(page: Page, case: Case) -> Locator:
    return page.locator(f"#{case.comment}")


def audit(page: Page, *, script: bool) -> None:
    """Let axe look; without script it cannot run, and the page is the same."""
    if script:
        assert not (found := complaints(page)), "\n".join(found)


def read(hands: Hands, case: Case) -> str:
    """Return what stands in the place of the comment, as text."""
    hands.page.goto(case.proposal)
    return line(hands.page, case).inner_text()


def comment(hands: Hands, case: Case) -> None:
    page = hands.page
    page.goto(PROPOSALS)
    hands.type(page.get_by_role("searchbox", name="Buscar"), "hospital")
    hands.press("Enter")
    expect(page).to_have_url(re.compile("q=hospital"))
    hands.enter(page.locator("article.card").get_by_role("heading").get_by_role("link").first)
    expect(page).to_have_url(re.compile(rf"{PROPOSALS}/\d+"))
    case.proposal = page.url.partition("#")[0]
    hands.choose(page.locator("fieldset", has=page.get_by_label("En contra")), "En contra")
    hands.type(page.get_by_label("Su comentario"), case.words)
    hands.enter(page.get_by_role("button", name="Comentar", exact=True))
    expect(page.get_by_role("status").first).to_contain_text("Su comentario ya está publicado")
    made = page.locator(".comment", has_text=case.words)
    expect(made).to_have_count(1)
    case.comment = made.get_attribute("id")


def answer(hands: Hands, case: Case) -> None:
    page = hands.page
    page.goto(case.proposal)
    vote = line(page, case).get_by_role("button", name=re.compile("^Útil"))
    hands.to(vote)
    hands.press("Space")
    expect(vote).to_have_attribute("aria-pressed", "true")
    hands.enter(line(page, case).get_by_role("link", name=re.compile("^Responder")))
    hands.type(page.get_by_label("Su respuesta"), case.reply)
    hands.enter(page.get_by_role("button", name="Publicar la respuesta"))
    expect(page.locator(".replies .comment", has_text=case.reply)).to_be_visible()


def report(hands: Hands, case: Case) -> None:
    page = hands.page
    page.goto(case.proposal)
    # The first is of the comment itself, the next of the answer.
    hands.enter(line(page, case).get_by_role("link", name=re.compile("^Reportar")).first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Reportar")
    hands.choose(page.locator("fieldset", has=page.get_by_label(GROUND)), re.compile(f"^{GROUND}"))
    hands.type(page.get_by_label("¿Quiere agregar algo?"), "Se burla de un vecino.")
    hands.enter(page.get_by_role("button", name="Enviar el reporte"))
    expect(page.locator("main")).to_contain_text("Usted ya lo reportó")


def remove(hands: Hands, case: Case, *, script: bool) -> None:
    page = hands.page
    page.goto(QUEUE)
    link = page.locator(".inbox h3 a", has_text=case.words[:40])
    expect(link).to_have_count(1)
    if script:
        hands.press_until(link, "j")
        hands.press("Enter")
    else:
        hands.enter(link)
    page.wait_for_url("**/moderacion/casos/*")
    case.address = page.url.partition("?")[0].partition("#")[0]
    assert "Rosa (" not in page.locator("main").inner_text(), "one judges what is written, not who"
    fold = page.locator("#retirar")
    if script:
        hands.press("r")
    else:
        hands.enter(fold.locator("summary"))
    hands.choose(fold, re.compile(f"^{GROUND}"))
    hands.type(page.locator("#remove-reply"), f" {HANDWRITTEN}")
    hands.to(page.locator("#seguir-remove"))
    hands.press("Space")
    hands.enter(fold.get_by_role("button", name="Retirar", exact=True))
    expect(page.locator("main")).to_contain_text("Retirado por la moderación")
    audit(page, script=script)


def see_the_tombstone(hands: Hands, case: Case, *, appealed: bool = False) -> None:
    page = hands.page
    page.goto(case.proposal)
    grave = line(page, case)
    expect(grave).to_contain_text("La moderación lo retiró el")
    expect(grave).to_contain_text(f"Motivo: {GROUND}")
    assert case.words[:30] not in page.content()
    assert HANDWRITTEN not in page.content()
    # What hangs under it is folded, not lost.
    below = grave.get_by_text(case.reply)
    expect(below).to_be_hidden()
    hands.enter(grave.locator("summary"))
    expect(below).to_be_visible()
    # How to appeal is one link away.
    hands.to(grave.get_by_role("link", name=re.compile("cómo se apela")), back=True)
    hands.press("Enter")
    expect(page.get_by_role("heading", name="Cómo se apela")).to_be_visible()
    address = f"{case.proposal}/../comentarios/{case.comment.removeprefix('comentario-')}"
    gone = page.goto(address)
    assert gone.status == 410
    assert case.words[:30] not in page.content()
    assert appealed or "apeló" not in page.content()


def catch_up(hands: Hands) -> None:
    """Leave nothing unread: what is unread from now on is of this story."""
    hands.page.goto("/avisos")
    button = hands.page.get_by_role("button", name=re.compile("^Marcar todo"))
    if button.count():
        with hands.page.expect_navigation():
            hands.enter(button)


def open_notice(hands: Hands, sentence: str) -> None:
    """Open the unread notice that says something; the worker may take a moment."""
    end = time.monotonic() + PATIENCE
    button = hands.page.get_by_role("button", name=re.compile(f"^Ver: .*{re.escape(sentence)}"))
    while True:
        hands.page.goto("/avisos")
        if button.count():
            hands.enter(button.first)
            return
        assert time.monotonic() < end, f"nobody said {sentence!r}"
        time.sleep(0.5)


def told(hands: Hands, sentence: str) -> None:
    """See that an inbox says something; the worker may take a moment."""
    end = time.monotonic() + PATIENCE
    while True:
        hands.page.goto("/avisos")
        if sentence in hands.page.locator("main").inner_text():
            return
        assert time.monotonic() < end, f"nobody said {sentence!r}"
        time.sleep(0.5)


def appeal(hands: Hands, case: Case, *, script: bool) -> None:
    page = hands.page
    open_notice(hands, f"La moderación retiró su aporte. Motivo: {GROUND}")
    page.wait_for_url("**/moderacion/casos/*")
    main = page.locator("main")
    expect(main).to_contain_text(case.words)
    expect(main).to_contain_text(HANDWRITTEN)
    for nobody in ("Martha", "Se burla de un vecino"):
        expect(main).not_to_contain_text(nobody)
    audit(page, script=script)
    hands.enter(main.get_by_role("link", name="Apelar", exact=True))
    # Nothing typed: the browser says so at the field, and the next sending is the one that counts.
    hands.enter(page.get_by_role("button", name="Enviar la apelación"))
    expect(main.get_by_role("textbox")).to_be_focused()
    hands.type(main.get_by_role("textbox"), APPEAL)
    hands.enter(page.get_by_role("button", name="Enviar la apelación"))
    expect(page.get_by_role("status").first).to_contain_text("Recibimos su apelación")
    expect(main).to_contain_text(APPEAL)
    audit(page, script=script)


def is_refused(hands: Hands, case: Case) -> None:
    """Who removed it reads the appeal, and has no button to answer it."""
    page = hands.page
    page.goto(case.address)
    main = page.locator("main")
    expect(main).to_contain_text(APPEAL)
    expect(main).to_contain_text("La decisión fue suya: la revisa otra persona.")
    for button in ("Confirmar el retiro", "Devolverlo", "Deshacer mi decisión"):
        expect(page.get_by_role("button", name=button, exact=True)).to_have_count(0)
    hands.press("a")
    hands.press("m")
    expect(page).to_have_url(re.compile(re.escape(case.address)))


def give_back(hands: Hands, case: Case, *, script: bool) -> None:
    page = hands.page
    page.goto(f"{QUEUE}")
    tab = page.get_by_role("link", name=re.compile("^Apelaciones"))
    hands.enter(tab)
    expect(page).to_have_url(re.compile("estado=apelaciones"))
    hands.enter(page.locator(".inbox h3 a", has_text=case.words[:40]))
    page.wait_for_url("**/moderacion/casos/*")
    fold = page.locator("#devolver")
    if script:
        hands.press("a")
    else:
        hands.enter(fold.locator("summary"))
    hands.type(page.locator("#revert-reply"), ANSWER)
    hands.to(page.locator("#seguir-revert"))
    hands.press("Space")
    hands.enter(fold.get_by_role("button", name="Devolverlo"))
    # Nobody can undo this: it is asked twice, by the script or by a page.
    hands.enter(page.get_by_role("button", name="Sí, devolverlo"))
    expect(page.get_by_role("status").first).to_contain_text("Devolvió a su lugar")
    audit(page, script=script)


def know_in_the_end(hands: Hands) -> None:
    page = hands.page
    open_notice(hands, "revisó el retiro de su aporte y lo revirtió")
    page.wait_for_url("**/moderacion/casos/*")
    expect(page.locator("main")).to_contain_text(ANSWER)
    expect(page.locator("main")).to_contain_text("Devuelto")
    expect(page.locator("main")).not_to_contain_text("Carolina")


def mails_kept_quiet(page: Page, case: Case) -> None:
    """No mail of moderation repeats what was removed, the appeal or its answer."""
    page.goto(f"/buzon?para=ciudadana@{DOMAIN}")
    mails = page.locator(".inbox a", has_text=re.compile("moderación|Otra persona"))
    expect(mails.first).to_be_visible()
    for address in [each.get_attribute("href") for each in mails.all()]:
        page.goto(address)
        for words in (case.words[:30], case.reply, APPEAL, ANSWER):
            expect(page.locator("main")).not_to_contain_text(words)


def test_every_page_of_a_removal_is_for_everybody(open_browser, tmp_path):
    """What only exists while something is removed: looked at by axe, narrow, filled in wrongly."""
    case = Case("A ese Centella le falta un tornillo y media herradura.", "Se la presto yo.")
    rosa, neighbour, visitor = (Hands(open_browser()) for _person in range(3))
    rosa.sign_in(f"ciudadana@{DOMAIN}", PASSWORD)
    neighbour.sign_in(f"vecino5@{NEIGHBOURS_DOMAIN}", PASSWORD)
    julio = Hands(open_browser())
    julio.sign_in(f"concejo@{DOMAIN}", PASSWORD)
    comment(rosa, case)
    answer(julio, case)
    report(neighbour, case)
    found = complaints(neighbour.page)
    martha = Hands(open_browser())
    martha.sign_in(f"moderadora@{DOMAIN}", PASSWORD)
    remove(martha, case, script=True)

    number = case.comment.removeprefix("comentario-")
    about = case.proposal.rpartition("/")[2]
    for address in (
        case.proposal,
        f"{PROPOSALS}/comentarios/{number}",
        f"{PROPOSALS}/comentarios/propuesta-{about}",
    ):
        visitor.page.goto(address)
        expect(visitor.page.locator("main")).to_contain_text("La moderación lo retiró")
        found += complaints(visitor.page)
    neighbour.page.goto("/cuenta/reportes")
    expect(neighbour.page.locator(".inbox")).to_contain_text("La moderación lo retiró")
    found += complaints(neighbour.page)

    app = create_app(Config(data_dir=str(tmp_path), demo=True), testing=True)
    own = f"/moderacion/casos/{case.address.rpartition('/')[2]}"
    seen = dict.fromkeys(("moderation.own_case", "moderation.appeal", "moderation.correct"), 1)
    tour = Tour(rosa.page, app, most=0, more=seen)
    tour.walk([own, f"{own}/apelar", f"{own}/corregir"])
    assert tour.seen.keys() == seen.keys()
    assert tour.spoiled["moderation.appeal"] == 1
    assert tour.spoiled["moderation.correct"] == 1
    found += tour.problems
    assert not found, "\n".join(found)
