"""Whatever is written, what is stored holds only the allowed tags, attributes and protocols."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participa.core.sanitize import (
    ALLOWED_TAGS,
    clean,
    control_characters,
    markdown_to_html,
    markdown_to_text,
    normalize,
    trusted,
)

ALLOWED = {"a": {"href", "title", "rel"}}
PROTOCOLS = ("http:", "https:", "mailto:", "tel:")


class Strict(HTMLParser):
    """Collects what must not be there. Entities are resolved, as a browser does."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.wrong = []

    def handle_starttag(self, tag, attrs):
        if tag not in ALLOWED_TAGS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ALLOWED.get(tag, set()):
                self.wrong.append(f"<{tag} {name}>")
            if name == "href":
                address = re.sub(r"[\x00-\x20]", "", value or "").lower()
                scheme = re.match(r"[a-z][a-z0-9+.-]*:", address)
                if scheme and not address.startswith(PROTOCOLS):
                    self.wrong.append(f"href={value!r}")
        if tag == "a" and dict(attrs).get("href") is not None:
            rel = (dict(attrs).get("rel") or "").split()
            if not {"nofollow", "noopener"} <= set(rel):
                self.wrong.append("a without rel")

    def handle_comment(self, data):
        self.wrong.append("comment")

    def handle_decl(self, decl):
        self.wrong.append("declaration")

    def handle_pi(self, data):
        self.wrong.append("instruction")

    def unknown_decl(self, data):
        self.wrong.append("declaration")


def wrong(html):
    parser = Strict()
    parser.feed(html)
    parser.close()
    return parser.wrong


CORPUS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</script>",
    "<script/x>alert(1)</script>",
    "<script\n>alert(1)</script\n>",
    "<<script>alert(1)//<</script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=`x` onerror=alert(1)>",
    '<img """><script>alert(1)</script>">',
    "<img src=x:alert(alt) onerror=eval(src) alt=0>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert&#40;1)</script>",
    "<svg><a xlink:href=javascript:alert(1)><text y=1>x</text></a>",
    "<svg><animate onbegin=alert(1)>",
    "<svg><use href=data:image/svg+xml;base64,PHN2Zz4=>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href=javascript:alert(1)>x</math>",
    "<iframe src=javascript:alert(1)></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>">',
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x>",
    "<base href=javascript:/evil/>",
    "<link rel=stylesheet href=//evil.test/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<style>@import '//evil.test';</style>",
    "<style><!--</style><script>alert(1)//--></script>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    '<p style="width:expression(alert(1))">x',
    "<div onmouseover=alert(1)>x</div>",
    "<body onload=alert(1)>",
    "<p onclick=alert(1)>x</p>",
    "<a href=\"x\" onclick='alert(1)'>x</a>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='&#x6A&#x61&#x76&#x61script:alert(1)'>x</a>",
    "<a href='javascript&colon;alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='feed:javascript:alert(1)'>x</a>",
    "<a href='view-source:x'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='blob:x'>x</a>",
    "<a target=_blank href=//evil.test>x</a>",
    "<form action=javascript:alert(1)><input type=submit>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<isindex type=image src=1 onerror=alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<template><script>alert(1)</script></template>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<frameset onload=alert(1)>",
    "<!--><script>alert(1)</script-->",
    "<!-- --!><img src=x onerror=alert(1)>",
    "<![CDATA[<script>alert(1)</script>]]>",
    '<?xml version="1.0"?><script>alert(1)</script>',
    "<!DOCTYPE x [<!ENTITY y 'z'>]>",
    "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
    "</p><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'-alert(1)-'",
    "{{7*7}}{% raw %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<a title='x\" onmouseover=\"alert(1)' href='#'>x</a>",
    "<p id=csrf_token name=x>x</p>",
    "<p class='button primary'>x</p>",
    "<a hx-get='/salir' hx-trigger=load href=#>x</a>",
    "<p hx-on:load='alert(1)'>x</p>",
    "<p data-confirm=x>x</p>",
]

MARKDOWN = [
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1))",
    "[x](java&#x73;cript:alert(1))",
    "[x](  javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html;base64,PHN2Zz4=)",
    "[x](vbscript:x)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    '![x](x "onerror=alert(1)")',
    '![x](x"onerror="alert(1))',
    "[x]: javascript:alert(1)\n\n[x]",
    '[a](http://x "t" onmouseover=alert(1)")',
    "[x](http://a'onclick='alert(1))",
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '```html onload=alert(1)"><script>\nx\n```',
    "    <script>alert(1)</script>",
    "<p>\n<script>alert(1)</script>",
    "# <img src=x onerror=alert(1)>",
    "> <svg onload=alert(1)>",
    "* [x](javascript&colon;alert(1))",
    '["><img src=x onerror=alert(1)>](http://x)',
    "\\<script>alert(1)</script>",
    '<http://x"onclick=alert(1)>',
    "[x](\\javascript:alert(1))",
    "[x](//evil.test)",
    "[x](http://x.test?a=b&lt;script&gt;)",
    "***<b onclick=x>***",
    "a  \n<script>\n  b",
]


def test_the_corpus_is_large_enough():
    assert len({*CORPUS, *MARKDOWN}) >= 100


@pytest.mark.parametrize("payload", [*CORPUS, *MARKDOWN])
def test_nothing_dangerous_is_left(payload):
    for html in (
        clean(payload),
        markdown_to_html(payload),
        markdown_to_html(payload, line_breaks=False),
        clean(f"<p>{payload}"),
        markdown_to_html(f"Hola {payload}\n\n- {payload}\n\n{payload}"),
    ):
        assert wrong(html) == [], html
        assert clean(html) == html, "cleaning again changes nothing"


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                "<",
                ">",
                "/",
                "script",
                "a",
                " href=",
                "javascript:",
                "'",
                '"',
                "onclick=",
                "&",
                ";",
                "#106",
                "[",
                "](",
                ")",
                "!",
                "`",
                "\n",
                "p",
                "svg",
                "--",
                "x",
                "=",
                "\\",
                "style",
            ]
        ),
        max_size=25,
    ).map("".join)
)
def test_nothing_dangerous_can_be_put_together(text):
    assert wrong(markdown_to_html(text)) == []
    assert wrong(clean(text)) == []


def test_what_people_write_is_kept():
    html = markdown_to_html(
        "# Luces\n\nHay **poca** *luz*:\n\n1. de noche\n2. [mapa](https://mapa.test 'Mapa')\n\n"
        "> dijo\n\n---\n\n##### Fin\nuna\ndos"
    )
    assert "<h3>Luces</h3>" in html
    assert "<h4>Fin</h4>" in html
    assert "<strong>poca</strong>" in html
    assert 'href="https://mapa.test"' in html
    assert "una<br>\ndos" in html.replace("<br />", "<br>")
    assert "<h1" not in html
    assert "<h2" not in html
    assert "<br" not in markdown_to_html("una\ndos", line_breaks=False)
    assert trusted(html).__html__() == html


@pytest.mark.parametrize(
    "text", ["a\x00", "a\x1b[1m", "a\x7f", "\x85", "\u202eabc", "\u2066", "\ufeff"]
)
def test_control_characters_are_named(text):
    found = control_characters(text)
    assert len(found) == 1
    assert re.fullmatch(r"U\+[0-9A-F]{4}", found[0])


def test_ordinary_text_has_no_control_characters():
    assert control_characters("Señora, ¿qué\tpasó?\r\n👩🏽‍🌾 中文 \u05e2\u05d1\u05e8") == []


def test_normalize():
    assert normalize(" a\r\nb\rc\u0301 ") == "a\nb\nć"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("3*4*5 = 60", "3*4*5 = 60"),
        ("Vía #2, plan_b_c y 3 > 2", "Vía #2, plan_b_c y 3 > 2"),
        ("Un **gran** *parque*, `a*b*c`", "Un gran parque, a*b*c"),
        ("# Título\n\nHola\nvecina\n\n- uno\n- dos\n\n1. tres", "Título Hola vecina uno dos tres"),
        ("[La alcaldía](https://ejemplo.gov.co) & <b>yo</b>", "La alcaldía & <b>yo</b>"),
        ("```\ncódigo\n```", "código"),
        ("", ""),
    ],
)
def test_plain_text_is_what_the_page_shows(typed, shown):
    assert markdown_to_text(typed) == shown
    without_marks = re.sub(r"<[^>]+>", " ", markdown_to_html(typed))
    assert " ".join(unescape(without_marks).split()).replace(" ,", ",") == shown
