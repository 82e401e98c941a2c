"""Comments as people meet them, without script."""

import re
import xml.etree.ElementTree as ET
from html import unescape

import pytest
import sqlalchemy as sa
import time_machine

from participa.accounts.models import KeptForm
from participa.comments.models import Comment
from participa.comments.queries import lists
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.policy import Role
from participa.notifications.models import Follow, Notification
from participa.processes.models import Process
from tests import factories
from tests.comments.conftest import AGAINST, DAY, FOR, LIST, make_component, make_talk

HERE = f"{LIST}/comentarios"


@pytest.fixture
def page(talk):
    return f"{LIST}/{talk.ref.id}"


@pytest.fixture
def about(talk):
    return f"{HERE}/propuesta-{talk.ref.id}"


def submission(page):
    return re.search(r'name="submission"[^>]*value="([^"]+)"', page).group(1)


def lines(page):
    """Return the ids of the comments of a page, in order."""
    return [int(each) for each in re.findall(r'<li class="comment" id="comentario-(\d+)">', page)]


def turn(talk, opens):
    """Say anew what the phase opens."""
    row = talk.session.get_one(Process, talk.component.process.id)
    row.phases[0].opens[0].capabilities = opens
    row.version += 1
    talk.session.commit()


# --- writing -------------------------------------------------------------------------------------


def test_without_its_key_a_form_is_known_by_its_words(client, session, talk, nubia, page, about):
    factories.sign_in(client, session, nubia)
    for body in ("Sirve mucho.", "Sirve mucho.", "Sirve poco."):
        assert client.post(f"{about}/nuevo", data={"body": body}).status_code == 303
    opening = session.scalars(sa.select(Comment.id)).first()
    for _each in range(2):  # the same words, as an answer
        client.post(f"{HERE}/{opening}/responder", data={"body": "Sirve mucho."})
    bodies = session.scalars(sa.select(Comment.body).order_by(Comment.id)).all()
    assert bodies == ["Sirve mucho.", "Sirve poco.", "Sirve mucho."]


def test_writing_answering_correcting_and_deleting(client, session, talk, nubia, page, about):
    factories.sign_in(client, session, nubia)
    form = client.get(page).text
    assert "Nadie ha comentado todavía" in form
    sent = {"body": "Sirve para el *colegio*.", "position": "for", "submission": submission(form)}
    answer = client.post(f"{about}/nuevo", data=sent)
    (made,) = session.scalars(sa.select(Comment.id)).all()
    assert answer.location == f"{page}#comentario-{made}"
    shown = client.get(page).text
    assert "Su comentario ya está publicado." in shown
    assert "<em>colegio</em>" in shown
    assert f'data-draft-clear="comentario-proposal-{talk.ref.id}"' in shown
    assert "data-draft-clear" not in client.get(page).text

    client.post(f"{HERE}/{made}/corregir", data={"body": "Sirve mucho.", "position": "for"})
    shown = client.get(page).text
    assert "Sirve mucho." in shown
    assert "editado" in shown

    answer = client.post(f"{HERE}/{made}/responder", data={"body": "Y a la escuela también."})
    reply = session.scalars(sa.select(Comment.id).order_by(Comment.id.desc())).first()
    assert answer.location == f"{HERE}/{made}#comentario-{reply}"
    assert lines(client.get(page).text) == [made, reply]

    assert "Las respuestas se quedan" in client.get(f"{HERE}/{made}/borrar").text
    client.post(f"{HERE}/{made}/borrar")
    shown = client.get(page).text
    assert "Comentario borrado por su autor o autora." in shown
    assert "Sirve mucho." not in shown
    assert "Y a la escuela también." in shown
    assert client.get(f"{HERE}/{made}").status_code == 410
    assert client.get(f"{HERE}/{made}/corregir").status_code == 403


def test_a_wrong_form_says_why_and_keeps_what_was_typed(client, session, talk, nubia, about):
    factories.sign_in(client, session, nubia)
    answer = client.post(f"{about}/nuevo", data={"body": "x" * 1501, "position": "against"})
    assert answer.status_code == 422
    assert "caben 1500" in answer.text
    assert "x" * 1501 in answer.text
    assert re.search(r'value="against"[^>]*checked|checked[^>]*value="against"', answer.text)
    assert client.post(f"{about}/nuevo", data={"body": ""}).status_code == 422


def test_who_is_warned_can_send_it_all_the_same(client, session, talk, nubia, about):
    factories.sign_in(client, session, nubia)
    typed = {"body": "Mi celular es 310 456 7890 y el de Rosa 320 4567891", "submission": "una"}
    answer = client.post(f"{about}/nuevo", data=typed)
    assert answer.status_code == 422
    message = re.search(r'role="alert".*?</form>', answer.text, re.DOTALL)[0]
    assert all(number in unescape(message) for number in ("310 456 7890", "320 4567891"))
    assert re.search(r'<button[^>]* name="acknowledged" value="y"', message)
    # What Enter presses is the first button: it publishes nothing that was warned of.
    form = answer.text[answer.text.index("<form", answer.text.index("<main")) :]
    assert "acknowledged" not in re.search(r"<button[^>]*>", form)[0]
    assert client.post(f"{about}/nuevo", data={**typed, "acknowledged": "y"}).status_code == 303


def test_nothing_typed_is_lost_through_sign_in(client, session, talk, nubia, page, about):
    text = "Lo que escribí antes de entrar."
    form = client.get(page).text
    assert "Le pediremos entrar con su cuenta; lo que escriba no se pierde." in form
    answer = client.post(
        f"{about}/nuevo",
        data={"body": text, "submission": "una", "volver": f"{page}#comentarios"},
    )
    assert answer.status_code == 303
    assert answer.location.startswith("/entrar")
    assert session.scalars(sa.select(KeptForm)).one().path == f"{page}#comentarios"
    factories.sign_in(client, session, nubia)
    shown = client.get(page).text
    assert text in shown
    sent = {"body": text, "submission": submission(shown)}
    assert client.post(f"{about}/nuevo", data=sent).status_code == 303
    assert 'id="body"' in client.get(page).text
    assert session.scalars(sa.select(KeptForm)).all() == []


def test_the_form_that_answers_an_answer_names_whom(client, session, talk, nubia, efrain):
    opening = talk.say(nubia)
    answer = talk.answer(efrain, opening)
    factories.sign_in(client, session, nubia)
    form = client.get(f"{HERE}/{answer}/responder").text
    assert "@Efraín S. </textarea>" in form
    assert "escriba @ y su nombre: Efraín S." in form
    assert "@Nubia" not in client.get(f"{HERE}/{opening}/responder").text


# --- votes ---------------------------------------------------------------------------------------


def test_a_vote_without_script_and_with(client, session, talk, nubia, efrain, page):
    comment = talk.say(nubia)
    factories.sign_in(client, session, efrain)
    back = f"{page}#comentario-{comment}"
    answer = client.post(f"{HERE}/{comment}/util", data={"on": "1", "volver": back})
    assert answer.location == back
    assert 'aria-pressed="true"' in client.get(page).text
    # Pressed again in a second window: what was wanted already holds.
    assert client.post(f"{HERE}/{comment}/util", data={"on": "1"}).status_code == 303
    part = client.post(f"{HERE}/{comment}/util", data={"on": "0"}, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert part.text.strip().startswith(f'<div class="vote" id="util-{comment}">')
    assert 'aria-pressed="false"' in part.text
    assert talk.row(comment).useful_count == 0


def test_a_vote_does_not_lead_away(client, session, talk, nubia, efrain):
    comment = talk.say(nubia)
    factories.sign_in(client, session, efrain)
    for target in ("https://evil.test", "//evil.test"):
        answer = client.post(f"{HERE}/{comment}/util", data={"on": "1", "volver": target})
        assert answer.location == f"{HERE}/{comment}#comentario-{comment}"


def test_no_vote_on_ones_own(client, session, talk, nubia, page):
    comment = talk.say(nubia)
    factories.sign_in(client, session, nubia)
    assert f'id="util-{comment}"' not in client.get(page).text
    answer = client.post(f"{HERE}/{comment}/util", data={"on": "1"})
    assert answer.status_code == 403
    assert "Es su comentario" in answer.text


# --- what each state of the phase shows ----------------------------------------------------------


def test_read_only(client, session, talk, nubia, efrain, page, about):
    comment = talk.say(nubia, "Se lee.")
    talk.vote(efrain, comment)
    turn(talk, {"comment": "shown"})
    factories.sign_in(client, session, efrain)
    for address in (page, about, f"{HERE}/{comment}"):
        shown = client.get(address)
        assert shown.status_code == 200
        assert "Se lee." in shown.text
        assert "<textarea" not in shown.text
        assert "/responder" not in shown.text
        assert f'id="util-{comment}"' not in shown.text
    assert "Por ahora no se reciben comentarios." in client.get(page).text
    refused = client.post(f"{about}/nuevo", data={"body": "Tarde."})
    assert refused.status_code == 403
    assert "Por ahora no se reciben comentarios." in refused.text


def test_closed(client, talk, nubia, page, about):
    comment = talk.say(nubia, "No se lee.")
    turn(talk, {"create": "open"})
    shown = client.get(page)
    assert shown.status_code == 200
    assert "comentarios" not in shown.text.lower()
    for address in (about, f"{about}.atom", f"{HERE}.atom", f"{HERE}/{comment}"):
        answer = client.get(address)
        assert answer.status_code == 403, address
        assert "En esta fase no se muestran comentarios." in answer.text
        assert "No se lee." not in answer.text


def test_after_the_end_the_page_says_until_when(client, talk, nubia, page):
    talk.say(nubia, "Queda escrito.")
    with time_machine.travel(clock.now() + 30 * DAY):
        shown = client.get(page).text
    assert "Queda escrito." in shown
    assert "Se pudo comentar hasta el" in shown


def test_components_without_comments_have_no_such_pages(client, talk, about):
    kind = talk.component.type
    without = tuple(each for each in kind.capabilities if each.name != "comment")
    with_comments = kind.capabilities
    object.__setattr__(kind, "capabilities", without)
    try:
        for address in (about, f"{about}.atom", f"{HERE}.atom", f"{HERE}/1"):
            assert client.get(address).status_code == 404
        assert client.post(f"{about}/nuevo").status_code == 404
        assert 'id="comentarios"' not in client.get(f"{LIST}/{talk.ref.id}").text
    finally:
        object.__setattr__(kind, "capabilities", with_comments)


@pytest.mark.parametrize(
    "path", ["propuesta-999999", "nada-1", "proposal-1", "999999", "propuesta-x", "comment-1"]
)
def test_what_does_not_exist(client, talk, path):
    assert client.get(f"{HERE}/{path}").status_code == 404


# --- who sees what is not published --------------------------------------------------------------


def browser(talk, person=None):
    client = talk.app.test_client()
    return client if person is None else factories.sign_in(client, talk.session, person)


def test_what_waits_is_seen_by_its_author_and_moderators_only(talk, nubia, efrain, page, about):
    process = talk.component.process.id
    moderator = talk.person("Martha", roles=[(Role.MODERATOR, process)])
    opening = talk.say(efrain, "Se ve.")
    waiting = talk.say(nubia, "Todavía no.", position=AGAINST)
    answer = talk.answer(nubia, opening, "Tampoco esta.")
    for each in (waiting, answer):
        talk.stand(each, Standing.WAITING)
    for person, sees in ((None, False), (efrain, False), (nubia, True), (moderator, True)):
        client = browser(talk, person)
        for address in (page, about, f"{about}?orden=oldest", f"{about}?orden=useful"):
            shown = client.get(address).text
            assert ("Todavía no." in shown) is sees, address
            assert ("Tampoco esta." in shown) is sees, address
            assert "Se ve." in shown
            assert 'Comentarios <span class="muted">1</span>' in shown or address != page
        assert client.get(f"{HERE}/{waiting}").status_code == (200 if sees else 404)
        assert "Todavía no." not in client.get(f"{about}.atom").text
        assert "Todavía no." not in client.get(f"{about}?posicion=against").text


def test_what_was_removed_leaves_a_line_and_its_answers_folded(
    talk, nubia, efrain, page, about, client
):
    opening = talk.say(nubia, "palabrafea", position=FOR)
    answer = talk.answer(efrain, opening, "Una respuesta sensata.")
    other = talk.say(efrain, "Otra cosa.")
    talk.stand(opening, Standing.REMOVED)
    for address in (page, about, f"{about}?orden=useful", f"{HERE}/{opening}"):
        shown = client.get(address).text
        assert "palabrafea" not in shown
        assert "Nubia O." not in shown
        assert "La moderación" in shown
        assert re.search(
            r'<details class="comment-fold">.*Una respuesta sensata\..*</details>',
            shown,
            re.DOTALL,
        )
    assert lines(client.get(page).text) == [other, opening, answer]
    assert client.get(f"{HERE}/{opening}").status_code == 410
    assert lines(client.get(f"{about}?posicion=for").text) == []
    for feed in (f"{about}.atom", f"{HERE}.atom"):
        told = client.get(feed).text
        assert "palabrafea" not in told
        assert "Una respuesta sensata." in told
    # Its author still reads the words; nobody can answer or vote.
    shown = browser(talk, nubia).get(page).text
    assert "palabrafea" in shown
    assert f"{HERE}/{opening}/responder" not in shown
    talk.stand(opening, Standing.PUBLISHED)
    assert "palabrafea" in client.get(page).text


@pytest.mark.parametrize("standing", [Standing.REMOVED, Standing.WITHDRAWN])
def test_what_was_said_about_what_is_gone_is_folded_not_lost(
    talk, nubia, page, about, client, standing
):
    talk.say(nubia, "Lo que se dijo.")
    talk.stand(talk.ref.id, standing, "proposal")
    shown = client.get(page)
    assert shown.status_code == 410
    assert re.search(
        r'<details class="comment-fold">.*Lo que se dijo\..*</details>', shown.text, re.DOTALL
    )
    everything = client.get(about)
    assert everything.status_code == 200
    for text in (shown.text, everything.text):
        assert "Luces en el sendero" not in text
        assert "/nuevo" not in text
        assert "/responder" not in text
    assert client.get(f"{about}.atom").status_code == 404
    assert "Lo que se dijo." not in client.get(f"{HERE}.atom").text


def test_a_comment_under_review_keeps_its_place(talk, nubia, page, client, session):
    comment = talk.say(nubia, "Discutible.")
    talk.row(comment).under_review = True
    session.commit()
    shown = client.get(page).text
    assert "En revisión" in shown
    assert "Discutible." in shown


# --- lists ---------------------------------------------------------------------------------------


def walk(client, address, link="next"):
    """Return every page from an address on, by its links."""
    pages = []
    while address:
        shown = client.get(address).text
        pages.append(shown)
        found = re.search(rf'href="([^"]+)" rel="{link}"', shown)
        address = found.group(1).replace("&amp;", "&") if found else None
    return pages


@pytest.mark.parametrize("number", [9, 10, 11, 20, 21])
@pytest.mark.parametrize("order", list(lists.ORDERS))
def test_every_thread_once_and_back(talk, nubia, about, client, session, order, number):
    made = [talk.say(nubia, f"Número {key}") for key in range(number)]
    for key, comment in enumerate(made):
        session.get_one(Comment, comment).useful_count = key % 3
    session.commit()
    pages = walk(client, f"{about}?orden={order}")
    seen = [comment for page in pages for comment in lines(page)]
    expected = {
        "newest": made[::-1],
        "oldest": made,
        "useful": sorted(made, key=lambda each: (made.index(each) % 3, each), reverse=True),
    }[order]
    assert seen == expected
    assert len(pages) == -(-number // 10)
    if len(pages) > 1:
        last = re.search(r'href="([^"]+)" rel="prev"', pages[-1]).group(1).replace("&amp;", "&")
        back = walk(client, last, "prev")
        assert [lines(each) for each in back] == [lines(each) for each in pages[-2::-1]]


def test_cursors_at_the_edges(talk, nubia, about, client):
    talk.say(nubia)
    for cursor in ("", "x", "W10", "WzAsMV0", "WzEsMV0", "WzAsIjEiXQ", "Wy0xXQ", "A" * 500):
        assert client.get(f"{about}?desde={cursor}").status_code == 200
        assert client.get(f"{about}?orden=useful&desde={cursor}").status_code == 200


@pytest.mark.parametrize("query", ["orden=nada", "posicion=nada", "orden=", "posicion=for&orden=x"])
def test_unknown_wishes_are_the_first_page(talk, nubia, about, client, query):
    comment = talk.say(nubia, position=FOR)
    assert lines(client.get(f"{about}?{query}").text) == [comment]


def test_answers_beyond_three_are_on_the_threads_page(talk, nubia, efrain, page, client):
    opening = talk.say(nubia)
    made = [talk.answer(efrain, opening, f"Respuesta {key}") for key in range(5)]
    shown = client.get(page).text
    assert lines(shown) == [opening, *made[:3]]
    assert "Ver las 5 respuestas" in shown
    assert lines(client.get(f"{HERE}/{opening}").text) == [opening, *made]


def test_exactly_three_need_no_link(talk, nubia, efrain, page, client):
    opening = talk.say(nubia)
    for key in range(3):
        talk.answer(efrain, opening, f"Respuesta {key}")
    assert "Ver las" not in client.get(page).text


@pytest.mark.parametrize("which", [0, 29, 30, 59, 60])
def test_an_answers_address_leads_to_the_page_that_holds_it(talk, nubia, client, session, which):
    opening = talk.say(nubia)
    row = talk.row(opening)
    session.add_all(
        [
            Comment(
                subject_kind="proposal",
                subject_id=talk.ref.id,
                process_id=row.process_id,
                component_id=row.component_id,
                author_id=nubia.id,
                parent_id=opening,
                body="a",
                body_html="<p>a</p>",
                published_at=clock.now(),
                submission=f"r{key}",
            )
            for key in range(61)
        ]
    )
    session.commit()
    answers = session.scalars(
        sa.select(Comment.id).where(Comment.parent_id == opening).order_by(Comment.id)
    ).all()
    answer = client.get(f"{HERE}/{answers[which]}")
    assert answer.status_code == 303
    assert answer.location.endswith(f"#comentario-{answers[which]}")
    assert answers[which] in lines(client.get(answer.location).text)
    assert sum(len(lines(each)) - 1 for each in walk(client, f"{HERE}/{opening}")) == 61


def test_sides(talk, nubia, efrain, about, page, client):
    mine = talk.say(nubia, position=FOR)
    talk.say(efrain, position=AGAINST)
    shown = client.get(page).text
    assert re.search(r"A favor <b>1</b>.*En contra <b>1</b>.*Neutral <b>0</b>", shown, re.DOTALL)
    assert lines(client.get(f"{about}?posicion=for").text) == [mine]
    assert "No hay comentarios de ese lado" in client.get(f"{about}?posicion=neutral").text


def test_where_no_side_is_asked_none_is_shown(app, session, organization, client):
    talk = make_talk(app, session, organization, make_component(session))
    talk.say(talk.person())
    shown = client.get(f"{LIST}/{talk.ref.id}").text
    assert "A favor" not in shown
    assert "posición" not in shown


# --- feeds ---------------------------------------------------------------------------------------

ATOM = "{http://www.w3.org/2005/Atom}"


def test_feeds_tell_what_is_published(talk, nubia, about, client):
    empty = client.get(f"{about}.atom")
    assert ET.fromstring(empty.data).findall(f"{ATOM}entry") == []  # noqa: S314 - our own words
    comment = talk.say(nubia, "Con **fuerza** & ganas.")
    for address in (f"{about}.atom", f"{HERE}.atom"):
        answer = client.get(address)
        assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        assert answer.headers["Cache-Control"] == "public, no-cache"
        feed = ET.fromstring(answer.data)  # noqa: S314 - our own words
        (entry,) = feed.findall(f"{ATOM}entry")
        assert entry.find(f"{ATOM}title").text == "Nubia O. comentó «Luces en el sendero»"
        assert entry.find(f"{ATOM}content").text == (
            "<p>Con <strong>fuerza</strong> &amp; ganas.</p>\n"
        )
        assert entry.find(f"{ATOM}id").text == f"http://localhost{HERE}/{comment}"
        again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
    talk.stand(comment, Standing.REMOVED)
    gone = client.get(f"{about}.atom", headers={"If-None-Match": answer.headers["ETag"]})
    assert gone.status_code == 200
    assert "fuerza" not in gone.text


def test_the_list_names_its_feed(talk, about, client):
    assert (
        f'type="application/atom+xml" title="Comentarios a «Luces en el sendero»" href="{about}.atom"'
        in client.get(about).text
    )


# --- told ----------------------------------------------------------------------------------------


def test_commenting_follows_and_tells_the_author(app, client, session, talk, nubia, efrain):
    opening = talk.say(nubia)
    reply = talk.answer(efrain, opening, "¿Y si se apagan?")
    app.extensions["participa_jobs"].run_due()
    session.expire_all()
    followed = session.execute(sa.select(Follow.person_id, Follow.subject_kind)).all()
    assert {(nubia.id, "proposal"), (efrain.id, "proposal")} <= set(map(tuple, followed))
    told = session.execute(
        sa.select(Notification.person_id, Notification.fact_name, Notification.direct)
    ).all()
    assert (talk.author.id, "comments.published", True) in told
    assert (nubia.id, "comments.replied", True) in told
    inbox = browser(talk, nubia).get("/avisos").text
    assert "Efraín S. respondió en los comentarios de «Luces en el sendero»" in inbox
    assert "¿Y si se apagan?" not in inbox
    note = session.scalars(
        sa.select(Notification.id).where(
            Notification.person_id == nubia.id, Notification.fact_name == "comments.replied"
        )
    ).one()
    answer = browser(talk, nubia).post(f"/avisos/{note}/leido", data={"ver": "1"})
    assert answer.location == f"{HERE}/{reply}"


def test_the_rules_of_comments_are_public(client, talk):
    page = client.get("/procesos/presupuesto/quien-puede-que").text
    for sentence in ("Comentar", "Responder a un comentario", "Decir que un comentario es útil"):
        assert sentence in page
