"""Words for searching."""

from concurrent.futures import ThreadPoolExecutor

from participa.core import words


def test_threads_do_not_cut_each_others_words():
    text = "Arreglémoslo diciéndoselo a las vecinas del acueducto veredal " * 20
    alone = words.normalize(text)
    with ThreadPoolExecutor(8) as threads:
        together = set(threads.map(words.normalize, [text] * 200))
    assert together == {alone}
