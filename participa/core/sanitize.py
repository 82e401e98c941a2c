"""Untrusted text to safe HTML. The only module that may vouch for markup.

Text passes bleach and then nh3 with one allow-list when it is *written*; the result is stored with
:data:`VERSION`, so that reading costs nothing and a changed list can be applied again.
"""

import re
import unicodedata

import bleach
import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.utils import OptionsDict, OptionsType
from markupsafe import Markup

VERSION = 1

ALLOWED_TAGS = frozenset(
    {
        "p",
        "br",
        "strong",
        "em",
        "ul",
        "ol",
        "li",
        "blockquote",
        "a",
        "h3",
        "h4",
        "hr",
        "code",
        "pre",
    }
)
ALLOWED_ATTRIBUTES = {"a": {"href", "title"}}
ALLOWED_PROTOCOLS = {"http", "https", "mailto", "tel"}

_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False}).disable(
    ["image"]
)


def _star_inside_word(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  (its interface)
    """Take a star between two letters or digits as typed: "3*4*5" is no emphasis."""
    at = state.pos
    inside = 0 < at < len(state.src) - 1 and state.src[at] == "*"
    if not (inside and state.src[at - 1].isalnum() and state.src[at + 1].isalnum()):
        return False
    if not silent:
        state.pending += "*"
    state.pos += 1
    return True


_markdown.inline.ruler.before("emphasis", "star_inside_word", _star_inside_word)


def clean(html: str) -> str:
    """Return ``html`` with only the allowed tags, attributes and link protocols left."""
    bleached = bleach.clean(
        html,
        tags=ALLOWED_TAGS,
        attributes={tag: sorted(names) for tag, names in ALLOWED_ATTRIBUTES.items()},
        protocols=ALLOWED_PROTOCOLS,
        strip=False,
    )
    return nh3.clean(
        bleached,
        tags=set(ALLOWED_TAGS),
        attributes=ALLOWED_ATTRIBUTES,
        url_schemes=ALLOWED_PROTOCOLS,
        link_rel="nofollow ugc noopener noreferrer",
    )


def markdown_to_html(text: str, *, line_breaks: bool = True) -> str:
    """Return Markdown as safe HTML; headings start at ``h3``, since the page owns the first two.

    ``line_breaks`` keeps each line end, as people expect who type in a box; a file that wraps its
    lines turns it off, as CommonMark does.
    """
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.tag in {"h1", "h2", "h3"}:
            token.tag = "h3"
        elif token.tag in {"h4", "h5", "h6"}:
            token.tag = "h4"
    options: OptionsType = {**_markdown.options, "breaks": line_breaks}  # type: ignore[typeddict-item]
    return clean(_markdown.renderer.render(tokens, OptionsDict(options), {}))


def markdown_to_text(text: str) -> str:
    """Return Markdown as one line of plain text: what its HTML shows, without the marks."""
    blocks = [
        "".join(
            " " if token.type in {"softbreak", "hardbreak"} else token.content
            for token in block.children or [block]
        )
        for block in _markdown.parse(text)
    ]
    return " ".join(" ".join(blocks).split())


def trusted(html: str) -> Markup:
    """Mark HTML as safe to show: what :func:`clean` returned, or what we wrote ourselves."""
    return Markup(html)  # noqa: S704  (the one place: the argument comes from clean())


def control_characters(text: str) -> list[str]:
    """Return the names of invisible control characters in ``text`` that no keyboard types.

    Line breaks and tabs are ordinary; bidirectional overrides are not, since they can disguise what
    a text says.
    """
    suspicious = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
    return sorted(
        {
            f"U+{ord(char):04X}"
            for char in text
            if (unicodedata.category(char) == "Cc" and char not in "\n\r\t") or char in suspicious
        }
    )


_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u2064\u206a-\u206f"
    "\u3164\ufe00-\ufe0e\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
# A flag of a region is a black flag and tags; what joins two pictures, or two letters of a script
# that joins them, is part of what is seen.
_INVISIBLE = re.compile(
    f"(\U0001f3f4[\U000e0030-\U000e007a]{{1,6}}\U000e007f)|[{_UNSEEN}]|[\u200c\u200d]"
)
_JOINED = frozenset({"Lo", "Mn", "Mc", "So", "Sk"})


def visible(text: str) -> str:
    """Return text without what nobody sees: zero-width characters, tags, soft hyphens."""

    def seen(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        start, end = found.span()
        if found[0] in "\u200c\u200d" and start > 0 and end < len(text):
            around = {unicodedata.category(text[start - 1]), unicodedata.category(text[end])}
            return found[0] if around <= _JOINED else ""
        return ""

    return _INVISIBLE.sub(seen, text)


def normalize(text: str) -> str:
    """Return text in NFC with Unix line ends, nothing that is not seen, and no blanks around it."""
    composed = unicodedata.normalize("NFC", visible(text))
    return composed.replace("\r\n", "\n").replace("\r", "\n").strip()
