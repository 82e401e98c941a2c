"""What people type is shown as text, also inside a sentence that is translated late."""

from flask import render_template_string
from flask_babel import lazy_gettext as _l


def test_a_lazy_sentence_is_escaped_with_the_words_in_it(app):
    sentence = _l("«%(value)s» no sirve", value="<script>alert(1)</script>")
    template = "{{ s }}|{{ [s, s]|join(', ') }}|{{ 'a %s'|format(s) }}|{{ _('Error: %(s)s', s=s) }}"
    with app.test_request_context():
        assert "<script>" not in render_template_string(template, s=sentence)
